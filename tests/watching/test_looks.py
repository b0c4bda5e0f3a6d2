import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from configs.automation import Automation
from resources.catalog.datasets import Dataset, add_missing
from resources.catalog.processed_files import ProcessedFiles
from resources.stores.local_store import LocalStore
from selection_assets.watching.looks import Looks, look
from selection_assets.watching.plan import Seen
from tests.assets.small_tables import draw


def dataset(name: str, **source: str) -> Dataset:
    now = datetime.now(UTC)
    settings = {"datasource": source, "run_folder": {"output_dir": source.get("input_dir", "") + "/out"}}
    return Dataset(name, "images", settings, now, now, Automation(watch=True))


def test_a_look_that_takes_long_is_collected_later() -> None:
    done = threading.Event()

    def slow(each: Dataset) -> Seen:
        if each.name == "slow":
            done.wait(30)
        return Seen(each.name, 1)

    looks, both = Looks(slow), [dataset("slow"), dataset("fast")]
    assert looks.collect(both, 0.3) == {"fast": Seen("fast", 1)}
    assert "slow" not in looks.collect([dataset("slow")], 0.0)
    done.set()
    assert looks.collect([dataset("slow")], 30) == {"slow": Seen("slow", 1)}


def test_one_that_is_not_asked_for_any_more_is_dropped() -> None:
    done = threading.Event()
    looks = Looks(lambda each: (done.wait(30), Seen(each.name, 1))[1])
    assert looks.collect([dataset("a")], 0.0) == {}
    done.set()
    while looks.collect([], 0.1) or looks._under_way:
        pass
    assert looks._under_way == {}


def test_one_that_fails_says_so_and_keeps_no_other() -> None:
    def broken(each: Dataset) -> Seen:
        if each.name == "broken":
            raise RuntimeError("x" * 1000)
        return Seen("d", 1)

    found = Looks(broken).collect([dataset("broken"), dataset("a")], 30)
    assert found["a"] == Seen("d", 1)
    assert found["broken"] == Seen(fault="RuntimeError: " + "x" * 486)


def test_more_datasets_than_threads() -> None:
    every = [dataset(f"d{number}") for number in range(100)]
    assert set(Looks(lambda each: Seen(each.name, 1)).collect(every, 30)) == {each.name for each in every}


def test_what_a_look_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    add_missing(["d"])
    place = tmp_path / "in"
    assert look(dataset("d", input_dir=str(place))).fault.startswith(f"input_dir={place}: No such file")
    place.mkdir()
    assert look(dataset("d", input_dir=str(place))) == Seen()
    draw(place / "a.png")
    draw(place / "b.png")
    (place / "notes.txt").write_text("no picture")
    both = look(dataset("d", input_dir=str(place)))
    assert (both.files, both.fault, len(both.digest)) == (2, "", 64)
    assert look(dataset("d", input_dir=str(place))) == both
    listed = {each.key: each for each in LocalStore(place).list()}
    import polars as pl

    rows = [(key, listed[key].etag, listed[key].size) for key in ("a.png",)]
    ProcessedFiles("d").add(pl.DataFrame(rows, ["source", "etag", "size"], orient="row"), "run")
    one = look(dataset("d", input_dir=str(place)))
    assert one.files == 1 and one.digest != both.digest
    draw(place / "out" / "c.png")  # results are no input
    assert look(dataset("d", input_dir=str(place))) == one
    (place / "b.png").write_bytes(b"changed")
    assert look(dataset("d", input_dir=str(place))).digest not in (one.digest, both.digest)
