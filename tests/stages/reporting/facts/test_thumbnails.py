from collections.abc import Sequence

from selection_assets.stages.reporting.facts.report_facts import no_thumbnail
from selection_assets.stages.reporting.facts.thumbnails import thumbnail_lookup

CHECKED = {"a.jpg": "key of a", "gone.jpg": "key of gone"}


def stored(keys: Sequence[str]) -> dict[str, bytes]:
    return {key: b"A" for key in keys if key == "key of a"}


def test_stored_thumbnails_come_first_and_others_are_made_from_the_input() -> None:
    thumbnail = thumbnail_lookup(CHECKED, stored, {"a.jpg": b"x", "b.jpg": b"B", "gone.jpg": b"y"}.get)
    assert thumbnail("a.jpg") == b"A"
    assert thumbnail("b.jpg") == b"B"  # of an embeddings file: nobody has checked it
    assert thumbnail("c.jpg") is None
    assert thumbnail("gone.jpg") is None  # the file may be another one by now


def test_without_an_input_only_stored_thumbnails_exist() -> None:
    thumbnail = thumbnail_lookup(CHECKED, stored, None)
    assert [thumbnail(name) for name in ("a.jpg", "a.jpg", "b.jpg")] == [b"A", b"A", None]
    assert no_thumbnail("a.jpg") is None
