"""Packed thumbnails: what goes in comes out, whole or not at all."""

import os
import pickle
from pathlib import Path

import polars as pl
import pytest

from configs.errors import InputError
from resources.tables import Table
from resources.thumbnail_packs import ThumbnailPacks


def pack(packs: ThumbnailPacks, dataset: str, name: str, **jpegs: bytes) -> Table:
    """The table of thumbnails after packing them; names are content keys."""
    with packs.writing(dataset, name) as writer:
        rows = [(key, writer.add(jpeg), len(jpeg)) for key, jpeg in jpegs.items()]
    return Table(pl.DataFrame(rows, schema=["content_key", "begin", "length"], orient="row"), figures={"pack": name})


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    packs = ThumbnailPacks(tmp_path)
    table = pack(packs, "shapes", "one", a=b"first", b=b"", c=b"second")
    assert table.frame["begin"].to_list() == [0, 5, 5]
    packed = packs.of("shapes", table)
    assert packed.jpegs(["c", "a", "unknown"]) == {"c": b"second", "a": b"first"}
    again = pickle.loads(pickle.dumps(packed))
    assert again.jpegs(["b", "c"]) == {"b": b"", "c": b"second"}


def test_no_thumbnails(tmp_path: Path) -> None:
    packs = ThumbnailPacks(tmp_path)
    table = pack(packs, "shapes", "one", a=b"")
    assert packs.of("shapes", table).jpegs(["a"]) == {"a": b""}


def test_a_pack_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    packs = ThumbnailPacks(tmp_path)
    with pytest.raises(RuntimeError), packs.writing("shapes", "one") as writer:
        writer.add(b"first")
        raise RuntimeError
    assert list((tmp_path / "shapes").iterdir()) == []
    table = Table(pl.DataFrame({"content_key": ["a"], "begin": [0], "length": [5]}), figures={"pack": "one"})
    with pytest.raises(InputError, match="materialise checked_samples and thumbnails again"):
        packs.of("shapes", table).jpegs(["a"])


def test_the_last_two_packs_of_a_dataset_stay(tmp_path: Path) -> None:
    packs = ThumbnailPacks(tmp_path)
    for number, name in enumerate("abc"):
        pack(packs, "shapes", name, x=b"x")
        os.utime(tmp_path / "shapes" / f"{name}.jpegs", (number, number))
    pack(packs, "shapes.more", "a", y=b"y")
    assert sorted(file.name for file in (tmp_path / "shapes").iterdir()) == ["b.jpegs", "c.jpegs"]
    assert (tmp_path / "shapes.more" / "a.jpegs").read_bytes() == b"y"


@pytest.mark.parametrize("names", ["abca", "cbac"])
def test_a_pack_that_is_written_again_is_not_an_old_one(tmp_path: Path, names: str) -> None:
    packs = ThumbnailPacks(tmp_path)
    for number, name in enumerate(names[:3]):
        pack(packs, "shapes", name, x=b"x")
        os.utime(tmp_path / "shapes" / f"{name}.jpegs", (number, number))
    table = pack(packs, "shapes", names[3], x=b"again")
    assert packs.of("shapes", table).jpegs(["x"]) == {"x": b"again"}
    assert sorted(file.stem for file in (tmp_path / "shapes").iterdir()) == sorted({names[2], names[3]})


@pytest.mark.parametrize(("dataset", "name"), [("../up", "one"), ("a/b", "one"), ("shapes", "../up")])
def test_keys_are_checked(tmp_path: Path, dataset: str, name: str) -> None:
    packs = ThumbnailPacks(tmp_path / "packs")
    with pytest.raises(InputError, match="use up to 100 letters"), packs.writing(dataset, name):
        pass
