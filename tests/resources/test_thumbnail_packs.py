from pathlib import Path

import pytest

from configs.errors import InputError
from resources.thumbnail_packs import ThumbnailPacks


def pack(packs: ThumbnailPacks, dataset: str, name: str, *jpegs: bytes) -> list[int]:
    with packs.writing(dataset, name) as writer:
        return [writer.add(jpeg) for jpeg in jpegs]


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    packs = ThumbnailPacks(tmp_path)
    begins = pack(packs, "shapes", "one", b"first", b"", b"second")
    assert begins == [0, 5, 5]
    opened = packs.open("shapes", "one")
    assert [opened.jpeg(0, 5), opened.jpeg(5, 0), opened.jpeg(5, 6)] == [b"first", b"", b"second"]


def test_an_empty_pack(tmp_path: Path) -> None:
    packs = ThumbnailPacks(tmp_path)
    pack(packs, "shapes", "one")
    assert packs.open("shapes", "one").jpeg(0, 0) == b""


def test_a_pack_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    packs = ThumbnailPacks(tmp_path)
    with pytest.raises(RuntimeError), packs.writing("shapes", "one") as writer:
        writer.add(b"first")
        raise RuntimeError
    assert list((tmp_path / "shapes").iterdir()) == []
    with pytest.raises(InputError, match="materialise checked_samples and thumbnails again"):
        packs.open("shapes", "one")


def test_the_last_two_packs_of_a_dataset_stay(tmp_path: Path) -> None:
    packs = ThumbnailPacks(tmp_path)
    for number, name in enumerate("abc"):
        pack(packs, "shapes", name, b"x")
        file = tmp_path / "shapes" / f"{name}.jpegs"
        import os

        os.utime(file, (number, number))
    pack(packs, "shapes.more", "a", b"y")
    assert sorted(file.name for file in (tmp_path / "shapes").iterdir()) == ["b.jpegs", "c.jpegs"]
    assert (tmp_path / "shapes.more" / "a.jpegs").read_bytes() == b"y"


@pytest.mark.parametrize("key", ["../up", "a/b"])
def test_keys_are_checked(tmp_path: Path, key: str) -> None:
    with pytest.raises(InputError, match="use up to 100 letters"):
        ThumbnailPacks(tmp_path / "packs").open(key, "one")
