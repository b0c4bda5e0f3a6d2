from collections.abc import Sequence

from selection_assets.stages.dedup.digest_cache import SCOPE, known_digests, remember_digests


class Memory:
    """A cache in memory."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str, str], bytes] = {}

    def get_many(self, kind: str, scope: str, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self.values[kind, scope, key] for key in keys if (kind, scope, key) in self.values}

    def put_many(self, kind: str, scope: str, values: Sequence[tuple[str, bytes]]) -> None:
        self.values.update({(kind, scope, key): value for key, value in values})


def test_what_is_remembered_is_known_by_its_content() -> None:
    cache = Memory()
    assert known_digests(cache, ["x"]) == {}
    remember_digests(cache, {"x": "one", "y": "two"})
    assert known_digests(cache, ["y", "z", "x"]) == {"x": "one", "y": "two"}
    assert set(cache.values) == {("checks", SCOPE, "x"), ("checks", SCOPE, "y")}


def test_digests_of_another_version_are_not_known() -> None:
    cache = Memory()
    cache.put_many("checks", "pixels-0", [("x", b"old")])
    assert known_digests(cache, ["x"]) == {}
