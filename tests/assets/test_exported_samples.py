from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from tests.assets.conftest import Alone, Made
from tests.assets.small_tables import checked, draw, samples, sha256

NAMES = ["a/kept.png", "a/before.jpg", "b/removed.png", "b/pool.png"]
STATUSES = ["selected", "preselected", "removed", "datapool"]


@pytest.fixture(autouse=True)
def pictures(alone: Alone) -> None:
    keys = [f"1/png/{sha256(draw(alone.input / name, 80, 60, seed))}" for seed, name in enumerate(NAMES)]
    alone.write(
        checked_samples=checked(samples(NAMES), content_key=keys),
        selected_samples=pl.DataFrame({"filename": NAMES, "status": STATUSES}),
    )


def exported(alone: Alone, **fields: Any) -> Made:
    return alone("exported_samples", exported_samples={"dump_dataset": True, **fields})


def test_what_is_kept_is_written(alone: Alone) -> None:
    made = exported(alone, output_image_size=[30], output_image_format="png")
    written = dict(made.tables["exported_samples"].frame.rows())
    assert made.tables["exported_samples"].frame.schema == {"filename": pl.String, "written_as": pl.String}
    assert list(written) == ["a/kept.png", "a/before.jpg"]
    assert made.files == {f"data/sampled/{name}" for name in written.values()}
    for name in written.values():
        assert Image.open(made.folder / "data/sampled" / name).size == (40, 30)
    assert made.metadata["exported_samples"]["written"] == 2
    assert f"Writing 2 selected images to {made.folder / 'data/sampled'}." in made.log


def test_pixels_are_those_of_the_input(alone: Alone) -> None:
    made = exported(alone)
    (name,) = made.tables["exported_samples"].frame.filter(pl.col("filename") == "a/kept.png")["written_as"]
    pixels, given = (
        np.asarray(Image.open(path)) for path in (made.folder / "data/sampled" / name, alone.input / NAMES[0])
    )
    assert np.array_equal(pixels, given)


def test_nothing_is_written_where_it_is_not_asked_for(alone: Alone) -> None:
    made = alone("exported_samples")
    assert made.tables["exported_samples"].frame.is_empty()
    assert made.tables["exported_samples"].frame.columns == ["filename", "written_as"]
    assert made.metadata["exported_samples"]["written"] == 0
    assert made.files == set()


def test_a_picture_that_changed_since_the_check_is_not_written(alone: Alone) -> None:
    draw(alone.input / "a/kept.png", 80, 60, seed=9)
    made = exported(alone)
    assert made.tables["exported_samples"].frame["filename"].to_list() == ["a/before.jpg"]
    assert "a/kept.png" in made.log


def test_limits_are_those_of_the_check(alone: Alone) -> None:
    named = {"exported_samples": {"dump_dataset": True}, "checked_samples": {"max_pixels": 80 * 60 - 1}}
    made = alone("exported_samples", **named)
    assert made.tables["exported_samples"].frame.is_empty()
    assert "80 × 60 pixels exceed the limit of 4,799 pixels" in made.log


def test_pictures_of_an_embeddings_file_are_not_compared(alone: Alone) -> None:
    """Nobody has checked them, so there is nothing to compare with."""
    alone.write(checked_samples=checked(samples(NAMES, "vector")))
    made = exported(alone)
    assert made.tables["exported_samples"].frame["filename"].to_list() == ["a/kept.png", "a/before.jpg"]
