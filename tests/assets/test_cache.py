"""What is remembered saves time and changes no table, whichever asset is made after it was lost."""

import os
from typing import Any

import pytest
from PIL import Image

from tests.assets.conftest import ON_CPU, SMALL_MODEL, Alone
from tests.assets.small_tables import draw

STEPS = (
    "input_samples", "datapool_members", "checked_samples", "checkpoint", "embeddings", "dedup_sets",
    "normalized_embeddings", "selected_samples", "exported_samples",
)  # fmt: skip
NAMED: dict[str, Any] = {
    "checkpoint": SMALL_MODEL,
    "embeddings": ON_CPU,
    "checked_samples": {"thumbnail_size": 40, "num_workers": 1},
    "selected_samples": {"stopping_condition": {"n_samples": 3}},
    "exported_samples": {"dump_dataset": True},
}


@pytest.fixture
def versions(alone: Alone) -> dict[str, str]:
    """Of every table that a run makes of small and large pictures, duplicates in two formats, and a broken file."""
    for seed in range(5):
        draw(alone.input / f"a/{seed}.png", 60 + 10 * seed, 50 + 10 * seed, seed)
    Image.open(alone.input / "a/3.png").save(alone.input / "b.bmp")
    (alone.input / "b").mkdir()
    (alone.input / "b.bmp").rename(alone.input / "b/same.bmp")
    (alone.input / "b/copy.png").write_bytes((alone.input / "a/3.png").read_bytes())
    (alone.input / "b/broken.png").write_bytes(b"")
    found: dict[str, str] = {}
    for step in STEPS:
        found |= alone(step, **NAMED).versions
    assert alone.table("dedup_sets").frame["kept"].to_list() == [True] * 5 + [False] * 2
    return found


def test_the_same_bytes_written_later(alone: Alone, versions: dict[str, str]) -> None:
    for file in alone.input.rglob("*.png"):
        os.utime(file, ns=(10**18, 10**18))
    listed = alone("input_samples", **NAMED).versions
    assert listed != {"input_samples": versions["input_samples"]}  # they may be other bytes
    for step in STEPS[1:]:
        again = alone(step, **NAMED).versions
        assert again == {name: versions[name] for name in again}, step


def test_other_bytes_of_the_same_size(alone: Alone, versions: dict[str, str]) -> None:
    file = alone.input / "a/4.png"
    file.write_bytes(file.read_bytes()[:-1] + b"\x83")  # the last byte belongs to no pixel
    alone("input_samples", **NAMED)
    assert alone("checked_samples", **NAMED).versions["checked_samples"] != versions["checked_samples"]


def forget(alone: Alone) -> None:
    (alone.home / "cache.sqlite").unlink(missing_ok=True)
    for rest in alone.home.glob("cache.sqlite-*"):
        rest.unlink()


def test_tables_without_a_cache(alone: Alone, versions: dict[str, str]) -> None:
    assert len(versions) == len(STEPS) + 1  # thumbnails
    for step in STEPS:
        forget(alone)
        again = alone(step, **NAMED).versions
        assert again == {name: versions[name] for name in again}, step


def test_tables_from_what_is_remembered(alone: Alone, versions: dict[str, str]) -> None:
    for step in STEPS:
        again = alone(step, **NAMED).versions
        assert again == {name: versions[name] for name in again}, step
