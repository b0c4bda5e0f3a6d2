import logging

import polars as pl
import pytest

from configs.errors import InputError
from selection_assets.stages.samples.sample_table import ROOT_LABEL_NAME, input_samples, is_skipped_key, label_names


def table(*names: str) -> pl.DataFrame:
    return input_samples(names, list(range(len(names))), [10 * n for n in range(len(names))], "folder in")


def test_sub_folders_are_labels_and_rows_keep_their_size_and_time() -> None:
    samples = table("b/z.png", "a/y.jpg", "a/x.jpg", "a/notes.txt")
    assert samples.to_dict(as_series=False) == {
        "filename": ["a/x.jpg", "a/y.jpg", "b/z.png"],
        "label": [0, 0, 1],
        "size": [2, 1, 0],
        "modified_ns": [20, 10, 0],
        "kind": ["image"] * 3,
    }
    assert samples.schema == {
        "filename": pl.String,
        "label": pl.Int64,
        "size": pl.Int64,
        "modified_ns": pl.Int64,
        "kind": pl.String,
    }
    assert label_names(samples) == {0: "a", 1: "b"}
    assert label_names(samples.filter(pl.col("label") == 1)) == {1: "b"}


def test_nested_files_belong_to_their_top_folder_and_folder_names_are_sorted_as_names() -> None:
    samples = table("a-b/1.png", "a/deep/er/2.png", "c/3.png")
    assert dict(zip(samples["filename"], samples["label"], strict=True)) == {
        "a/deep/er/2.png": 0,
        "a-b/1.png": 1,
        "c/3.png": 2,
    }


def test_a_flat_folder_has_one_label() -> None:
    samples = table("2.PNG", "1.jpeg")
    assert samples["filename"].to_list() == ["1.jpeg", "2.PNG"]
    assert samples["label"].to_list() == [0, 0]
    assert label_names(samples) == {0: ROOT_LABEL_NAME}


def test_root_pictures_beside_folders_are_left_out_with_a_count(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "winnow"):
        assert table("r1.png", "a/1.png", "r2.png")["filename"].to_list() == ["a/1.png"]
    assert "2 picture(s) lie directly in folder in" in caplog.text


def test_videos_are_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"1 video file\(s\) \(v/x\.MP4\).*reads pictures only"):
        table("a/1.png", "v/x.MP4")


def test_nothing_supported_names_the_extensions() -> None:
    with pytest.raises(InputError, match=r"no pictures found in folder in: accepted extensions are \.jpg"):
        table("readme.txt")


@pytest.mark.parametrize("name", ["a,b.png", "a\nb.png", "a\x07.png", "x\u2028y.png", "bad\udcff.png", "d,d/a.png"])
def test_names_that_break_lists_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"^1 file name\(s\) in folder in hold a comma") as caught:
        table("good.png", "ünï cödé.png", name)
    assert "\n" not in str(caught.value)


def test_only_the_first_few_bad_names_are_shown() -> None:
    with pytest.raises(InputError, match=r"^9 file name\(s\).*'0,\.png'.*'4,\.png', …"):
        table(*(f"{n},.png" for n in range(9)))


def test_skipped_keys() -> None:
    assert is_skipped_key(".lightly/thumbnails/a.png")
    assert is_skipped_key("a/.hidden.png")
    assert is_skipped_key("my_lightly_outputs_2/a.png")
    assert not is_skipped_key("a/b.c.png")
