import pytest
from PIL import Image

from tests.assets.conftest import Alone
from tests.assets.small_tables import draw, embedded, samples

GIVEN = {"embeddings": "e.csv"}
VECTORS = [[1.0, 2.0], [1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [3.0, 4.0]]


def write_vectors(alone: Alone) -> None:
    """a, b and d are equal, and so are c and e; d is masked, e was selected before."""
    frame = samples(
        ["a", "b", "c", "d", "e"],
        "vector",
        label=["7", "7", "-1", "7", "0"],
        masked=[False, False, False, True, False],
        preselected=[False, False, False, False, True],
    )
    alone.write(embeddings=embedded(frame, VECTORS, [7, 7, -1, 7, 0]))


def test_equal_vectors_of_an_embeddings_file(alone: Alone) -> None:
    write_vectors(alone)
    made = alone("dedup_sets", input_samples=GIVEN)
    frame = made.tables["dedup_sets"].frame
    assert frame.columns == ["filename", "group", "kept", "kept_filename"]
    assert frame["filename"].to_list() == ["a", "b", "c", "d", "e"]
    groups = frame["group"].to_list()
    assert groups[0] == groups[1] != groups[2] == groups[4]
    assert groups[3] is None
    assert frame["kept"].to_list() == [True, False, False, True, True]
    assert frame["kept_filename"].to_list() == ["a", "a", "e", "d", "e"]
    assert made.files == {"data/embeddings.csv", "filenames/duplicate_filenames.txt"}
    assert made.names("filenames/duplicate_filenames.txt") == ["b", "c"]
    assert made.csv("data/embeddings.csv") == {
        "filenames": ["a", "d", "e"], "embedding_0": [1, 1, 3], "embedding_1": [2, 2, 4], "labels": [7, 7, 0],
    }  # fmt: skip
    about = made.metadata["dedup_sets"]
    assert (about["duplicates"], about["sets"], about["equal_byte_for_byte"]) == (2, 2, "unknown")
    assert "Removing exact duplicates (disable with remove_exact_duplicates=False)." in made.log
    assert "Found 2 exact duplicates." in made.log
    assert f"Unique embeddings are stored in {made.folder / 'data/embeddings.csv'}" in made.log


def test_where_none_is_equal_the_file_itself_holds_the_unique_ones(alone: Alone) -> None:
    alone.write(embeddings=embedded(samples(["a", "b"], "vector"), [[1.0], [2.0]], [0, 0]))
    made = alone("dedup_sets", input_samples=GIVEN)
    assert made.tables["dedup_sets"].frame.rows() == [("a", None, True, "a"), ("b", None, True, "b")]
    assert made.files == {"filenames/duplicate_filenames.txt"}
    assert made.names("filenames/duplicate_filenames.txt") == []
    assert "Found 0 exact duplicates." in made.log
    assert "Unique embeddings are stored in shared_dir/e.csv" in made.log


def test_all_stay_where_duplicates_are_not_looked_for(alone: Alone) -> None:
    write_vectors(alone)
    made = alone("dedup_sets", input_samples=GIVEN, dedup_sets={"remove_exact_duplicates": False})
    frame = made.tables["dedup_sets"].frame
    assert frame["kept"].to_list() == [True] * 5
    assert frame["kept_filename"].to_list() == frame["filename"].to_list()
    assert frame["group"].null_count() == 5
    assert made.files == {"filenames/duplicate_filenames.txt"}
    assert made.metadata["dedup_sets"]["duplicates"] == made.metadata["dedup_sets"]["sets"] == 0
    assert "exact duplicates" not in made.log


@pytest.fixture
def pictures(alone: Alone) -> list[str]:
    """One picture as two formats and a copy, and another one, with vectors that are all equal."""
    first = draw(alone.input / "x.png")
    Image.open(first).save(alone.input / "same.bmp")
    (alone.input / "copy.png").write_bytes(first.read_bytes())
    draw(alone.input / "other.png", seed=1)
    names = ["copy.png", "other.png", "same.bmp", "x.png"]
    alone.write(input_samples=samples(names))
    checked = alone("checked_samples").tables["checked_samples"].frame
    frame = embedded(samples(names), [[1.0, 0.0]] * 4, [0] * 4)
    alone.write(embeddings=frame.with_columns(checked.select("content_key", "pixel_key")))
    return names


def test_pictures_are_compared_by_their_pixels(alone: Alone, pictures: list[str]) -> None:
    made = alone("dedup_sets")
    frame = made.tables["dedup_sets"].frame
    assert frame["kept_filename"].to_list() == ["copy.png", "other.png", "copy.png", "copy.png"]
    assert frame["kept"].to_list() == [True, True, False, False]
    assert made.names("filenames/duplicate_filenames.txt") == ["same.bmp", "x.png"]
    assert made.metadata["dedup_sets"]["equal_byte_for_byte"] == 1
    assert made.csv("data/embeddings.csv")["filenames"] == ["copy.png", "other.png"]


def test_digests_are_remembered(alone: Alone, pictures: list[str]) -> None:
    first = alone("dedup_sets")
    for name in pictures:
        (alone.input / name).unlink()
    again = alone("dedup_sets")
    assert again.versions == first.versions


def test_a_file_that_changed_since_the_check_is_one_line(alone: Alone, pictures: list[str]) -> None:
    draw(alone.input / "same.bmp", seed=2)
    line = alone.fault("dedup_sets")
    assert line.startswith("same.bmp changed during the run: it is not the content that was checked")
