from pathlib import Path

import pytest

from resources.stores.bucket_store import BucketStore
from resources.stores.location import BucketLocation
from tests.assets.conftest import Alone
from tests.assets.small_tables import draw
from tests.resources.stores.s3_servers import environment, rclone


def test_an_object_that_has_not_changed_is_not_read_again(
    alone: Alone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "served" / "pictures").mkdir(parents=True)
    with rclone(tmp_path / "served") as url:
        for key, value in environment(url).items():
            monkeypatch.setenv(key, value)
        store = BucketStore(BucketLocation("s3", "pictures", "in"))
        for name in ("a.png", "b.png", "c.png"):
            store.put(name, draw(tmp_path / name))
        read: list[str] = []
        get = BucketStore.get_with_etag

        def counted(self: BucketStore, key: str, *limits: int, **how: bool) -> tuple[bytes, str]:
            read.append(key)
            return get(self, key, *limits, **how)

        monkeypatch.setattr(BucketStore, "get_with_etag", counted)

        def check() -> dict[str, object]:
            named = {"datasource": {"input_dir": "s3://pictures/in"}}
            alone("input_samples", **named)
            table = alone("checked_samples", **named).tables["checked_samples"].frame
            return dict(table.select("filename", "content_key").iter_rows())

        first = check()
        assert sorted(read) == ["a.png", "b.png", "c.png"]
        read.clear()
        assert check() == first and read == []
        store.put("b.png", (tmp_path / "b.png").read_bytes() + b" ")
        second = check()
        assert read == ["b.png"] and second["a.png"] == first["a.png"] and second["b.png"] != first["b.png"]
