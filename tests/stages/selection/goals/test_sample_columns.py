import numpy as np
import polars as pl
import pytest

from configs.errors import InputError
from selection_assets.stages.selection.goals import embeddings, metadata, predictions, scores
from selection_assets.stages.selection.goals.sample_columns import with_columns_of_the_input

N = 5


def samples(**extra: list[object]) -> pl.DataFrame:
    """e is masked, d in the datapool; pictures were read of all but d."""
    return pl.DataFrame(
        {
            "filename": list("abcde"),
            "masked": [False, False, False, False, True],
            "preselected": [False, False, False, True, False],
            "datapool": [False, False, False, True, False],
            "sharpness": [1.0, 2.0, 3.0, None, 5.0],
            **{f"extra.{name}": values for name, values in extra.items()},
        }
    )


def test_columns_are_joined_by_name_and_duplicates_share_their_tags() -> None:
    checked = pl.DataFrame(
        {
            "filename": ["a", "b", "c", "broken"],
            "healthy": [True, True, True, False],
            "width": [10, 20, 30, None],
            "extra.lux": [1.0, 2.0, 3.0, 4.0],
            "extra.tag.night": [0.0, 0.0, 1.0, 1.0],
        }
    )
    unique = pl.DataFrame(
        {
            "filename": ["b", "a", "pool"],
            "masked": [False] * 3,
            "preselected": [False, False, True],
            "datapool": [False, False, True],
        }
    )
    dedup = pl.DataFrame({"filename": ["a", "b", "c", "pool"], "kept_filename": ["a", "b", "b", "pool"]})
    table = with_columns_of_the_input(unique, checked, dedup)
    assert table["filename"].to_list() == ["b", "a", "pool"]
    assert table["extra.lux"].to_list() == [2.0, 1.0, None]
    assert table["width"].to_list() == [20, 10, None]
    assert table["extra.tag.night"].to_list() == [1.0, 0.0, None]  # b stands for c, too


def test_scores() -> None:
    table = samples(al_score=[0.0, 0.5, 1.0, None, 7.0])
    assert scores.score(table, "al_score", "x").to_list() == [0.0, 0.5, 1.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0.1, 1.5, 0.1, 0.1, 0.1], "x: the score of b is 1.5; give a number from 0 to 1"),
        ([0.1, 0.1, -0.1, 0.1, 0.1], "x: the score of c is -0.1; give a number from 0 to 1"),
        ([0.1, None, 0.1, 0.1, 0.1], "x: al_score of b is None; give a finite number"),
        ([0.1, float("nan"), 0.1, 0.1, 0.1], "x: al_score of b is nan; give a finite number"),
        (["0.1", "high", "0.1", "0.1", "0.1"], "x: al_score of b is 'high'; give a finite number"),
    ],
)
def test_scores_that_are_none(values: list[object], words: str) -> None:
    with pytest.raises(InputError) as error:
        scores.score(samples(al_score=values), "al_score", "x")
    assert str(error.value) == words


def test_a_missing_column_names_those_that_are_there() -> None:
    with pytest.raises(InputError, match="here al_score; there is no column behind labels"):
        scores.score(samples(), "al_score", "x")
    with pytest.raises(InputError, match=r"x: metadata comes from a column .* here lux; its columns .* are weather"):
        metadata.metadata_numbers(samples(weather=["sun"] * N), "lux", "x")


def test_metadata_is_measured_or_given() -> None:
    measured = metadata.metadata_numbers(samples(), "lightly.sharpness", "x")
    assert measured.to_list() == [1.0, 2.0, 3.0, 0.0, 0.0]  # the datapool and masked samples have no say
    given = samples(**{"lightly.sharpness": [9.0] * N})
    assert metadata.metadata_numbers(given, "lightly.sharpness", "x").to_list()[:3] == [9.0] * 3
    unread = samples().with_columns(sharpness=pl.lit(None, pl.Float64))
    with pytest.raises(InputError, match=r"lightly.sharpness is measured on images, and none were read"):
        metadata.metadata_numbers(unread, "lightly.sharpness", "x")
    with pytest.raises(InputError, match=r"lightly.contrast is not measured; there are: lightly.width, .*lightly.snr"):
        metadata.metadata_numbers(samples(), "lightly.contrast", "x")
    with pytest.raises(InputError, match=r"x: lux of b is inf; give a finite number"):
        metadata.metadata_numbers(samples(lux=[1.0, np.inf, 1.0, 1.0, 1.0]), "lux", "x")


def test_classes_are_text_or_whole_numbers() -> None:
    assert metadata.metadata_classes(samples(w=["a", "b", None, "a", "b"]), "w", "x").to_list()[:3] == [
        "a",
        "b",
        None,
    ]
    whole = metadata.metadata_classes(samples(w=[1.0, 2.0, None, 2.0, 1.0]), "w", "x")
    assert whole.dtype == pl.Int64
    with pytest.raises(InputError, match=r"x: BALANCE needs text, integers or booleans; w holds 0.5"):
        metadata.metadata_classes(samples(w=[1.0, 0.5, 2.0, 2.0, 1.0]), "w", "x")


def test_class_vectors() -> None:
    table = samples(
        **{
            "yolo.category_count.car": [1.0, 0.0, None, 2.0, 1.0],
            "yolo.category_count.bus": [0.0, 3.0, 1.0, 0.0, 0.0],
            "yolo.uncertainty": [0.1] * N,
        }
    )
    lists, classes = predictions.class_vectors(table, "yolo", "category_count", "x")
    assert classes == ("car", "bus")
    assert lists.to_list()[:3] == [[1.0, 0.0], [0.0, 3.0], [0.0, 1.0]]
    with pytest.raises(InputError, match=r"predictions come from a column .* here yolo.class_distribution.<class>"):
        predictions.class_vectors(table, "yolo", "class_distribution", "x")
    for bad, shown in ((-1.0, "-1.0"), (float("nan"), "nan"), (float("inf"), "inf")):
        with pytest.raises(
            InputError, match=rf"x: yolo.category_count.car of b is {shown}; give a number from 0 to 1e\+100"
        ):
            predictions.class_vectors(
                samples(**{"yolo.category_count.car": [1.0, bad, 1.0, 1.0, 1.0]}), "yolo", "category_count", "x"
            )


def test_tags() -> None:
    assert embeddings.tagged(samples(**{"tag.night": [0, 1, None, 0, 1]}), "night", "x").tolist() == [
        False, True, False, False, True,
    ]  # fmt: skip
    with pytest.raises(InputError, match=r"x: the tag night holds no sample"):
        embeddings.tagged(samples(**{"tag.night": [0] * N}), "night", "x")
    with pytest.raises(InputError, match=r"x: tag.night of c is 2; write 1"):
        embeddings.tagged(samples(**{"tag.night": [0, 1, 2, 0, 1]}), "night", "x")
    with pytest.raises(InputError, match=r"x: tag.night of b is 'yes'; write 1"):
        embeddings.tagged(samples(**{"tag.night": ["0", "yes", "1", "0", "1"]}), "night", "x")
    with pytest.raises(InputError, match="samples of a tag come from a column"):
        embeddings.tagged(samples(), "night", "x")


def test_numbers_whose_sums_would_be_infinite() -> None:
    kept = metadata.metadata_numbers(samples(lux=[1e100, -1e100, 0.0, 1e300, 1e300]), "lux", "x")
    assert kept.to_list() == [1e100, -1e100, 0.0, 0.0, 0.0]  # the datapool and masked samples have no say
    with pytest.raises(InputError) as error:
        metadata.metadata_numbers(samples(lux=[1.0, -1.1e100, 0.0, 0.0, 0.0]), "lux", "x")
    assert str(error.value) == "x: lux of b is -1.1e+100; give a number of at most ±1e+100"
    counts = samples(**{"yolo.category_count.car": [1.0, 2.0, 1.1e100, 0.0, 0.0]})
    with pytest.raises(InputError) as error:
        predictions.class_vectors(counts, "yolo", "category_count", "x")
    assert str(error.value) == "x: yolo.category_count.car of c is 1.1e+100; give a number from 0 to 1e+100"


def test_codes_are_classes_as_they_are_written() -> None:
    codes = samples(code=["007", "7", "07", "007", "7"])
    assert metadata.metadata_classes(codes, "code", "x").to_list() == ["007", "7", "07", "007", "7"]
    assert metadata.metadata_numbers(codes, "code", "x").to_list() == [7, 7, 7, 0, 0]
    large = [2**53, 2**53 + 1, 2**53 + 2, 0, 0]
    assert metadata.metadata_classes(samples(id=list(large)), "id", "x").to_list() == large
