import pytest

from tests.assets.conftest import Alone
from tests.assets.small_tables import draw

CSV = (
    "filenames,embedding_0,embedding_1,labels,masked,selected,al_score\n"
    "a.jpg,0,1,3,0,1,0.5\nb.jpg,3,0,-1,1,0,0.25\nc.jpg,1,1,3,0,0,\n"
)


def test_every_column_of_pictures_in_folders(alone: Alone) -> None:
    files = [draw(alone.input / name) for name in ("a/x.png", "b/deep/y.jpg")]
    draw(alone.input / "z.png")
    (alone.input / "a" / "notes.txt").write_text("no picture", encoding="utf-8")
    made = alone("input_samples")
    stats = [file.stat() for file in files]
    assert made.tables["input_samples"].frame.to_dict(as_series=False) == {
        "filename": ["a/x.png", "b/deep/y.jpg"],
        "kind": ["image"] * 2,
        "source": ["a/x.png", "b/deep/y.jpg"],
        **{name: [None] * 2 for name in ("frame", "seconds", "box", "parent")},
        "label": ["a", "b"],
        "size": [stat.st_size for stat in stats],
        "etag": [f"{stat.st_mtime_ns}-{stat.st_size}-{stat.st_ctime_ns}" for stat in stats],
        "masked": [False] * 2,
        "preselected": [False] * 2,
    }
    assert made.metadata["input_samples"]["source"] == "input_dir"
    assert made.metadata["input_samples"]["weak_labels"] == 2
    assert made.metadata["input_samples"]["dagster/row_count"] == 2
    assert "Loading initial dataset..." in made.log
    assert f"1 picture(s) lie directly in folder {alone.input} beside sub-folders" in made.log
    assert "Found 2 input images in input_dir." in made.log
    assert f"Run folder: {made.folder}" in made.log
    assert made.files == set()
    (warning,) = made.tables["input_samples"].figures["step"]["warnings"]
    assert warning.startswith("1 picture(s) lie directly in folder")


def test_pictures_in_no_folder_have_one_label(alone: Alone) -> None:
    draw(alone.input / "x.png")
    draw(alone.input / "y.png")
    made = alone("input_samples")
    assert made.tables["input_samples"].frame["label"].to_list() == ["(root)", "(root)"]


@pytest.mark.parametrize(("size", "words"), [([], "not be"), ([64], "be")])
def test_every_column_of_an_embeddings_file(alone: Alone, size: list[int], words: str) -> None:
    (alone.shared / "e.csv").write_text(CSV, encoding="utf-8")
    made = alone("input_samples", input_samples={"embeddings": "e.csv"}, exported_samples={"output_image_size": size})
    assert made.tables["input_samples"].frame.to_dict(as_series=False) == {
        "filename": ["a.jpg", "b.jpg", "c.jpg"],
        "kind": ["vector"] * 3,
        **{name: [None] * 3 for name in ("source", "frame", "seconds", "box", "parent")},
        "label": ["3", "-1", "3"],
        "size": [None] * 3,
        "etag": [None] * 3,
        "masked": [False, True, False],
        "preselected": [True, False, False],
        "extra.al_score": [0.5, 0.25, None],
    }
    assert made.metadata["input_samples"]["source"] == "shared_dir/e.csv"
    assert made.metadata["input_samples"]["weak_labels"] == 2
    assert "Loading initial embedding file..." in made.log
    assert f"Output images will {words} resized." in made.log
    assert "Found 3 input images in shared_dir/e.csv." in made.log


def test_only_relevant_rows_of_an_embeddings_file(alone: Alone) -> None:
    (alone.shared / "e.csv").write_text(CSV, encoding="utf-8")
    (alone.shared / "relevant.txt").write_text("c.jpg\na.jpg\n", encoding="utf-8")
    named = {"embeddings": "e.csv", "relevant_filenames_file": "relevant.txt"}
    made = alone("input_samples", input_samples=named)
    assert made.tables["input_samples"].frame["filename"].to_list() == ["a.jpg", "c.jpg"]
    assert "Using the 2 images named by relevant.txt." in made.log


def test_only_relevant_pictures(alone: Alone) -> None:
    for name in ("a/x.png", "a/y.png", "b/x.png"):
        draw(alone.input / name)
    (alone.shared / "relevant.txt").write_text("a/*\n", encoding="utf-8")
    made = alone("input_samples", input_samples={"relevant_filenames_file": "relevant.txt"})
    assert made.tables["input_samples"].frame["filename"].to_list() == ["a/x.png", "a/y.png"]


def test_a_run_reads_the_folder_that_is_stored_with_the_dataset_unless_it_names_another(alone: Alone) -> None:
    draw(alone.input / "stored.png")
    draw(alone.shared / "named.png")
    stored = alone("input_samples")
    assert stored.tables["input_samples"].frame["filename"].to_list() == ["stored.png"]
    named = alone("input_samples", {"datasource": {"input_dir": str(alone.shared)}})
    assert named.tables["input_samples"].frame["filename"].to_list() == ["named.png"]


def test_facts_about_the_step_travel_with_the_table(alone: Alone) -> None:
    draw(alone.input / "x.png")
    made = alone("input_samples")
    told = made.tables["input_samples"].figures["step"]
    assert told["name"] == "input_samples"
    assert told["settings"] == {
        "relevant_filenames_file": "",
        "embeddings": "",
        "process_all": False,
        "bypass_verify": False,
        "input_expiration": {"min_days_to_expiration": None, "handling_strategy": ""},
    }
    assert told["warnings"] == []
    assert 0 < told["seconds"] < 60
    assert made.versions["input_samples"] == made.tables["input_samples"].digest()


def test_a_file_that_is_missing_is_one_line(alone: Alone) -> None:
    assert alone.fault("input_samples", input_samples={"embeddings": "no.csv"}) == (
        f"embeddings=no.csv: there is no such file in shared_dir={alone.shared}; copy it there or mend the name"
    )


@pytest.mark.parametrize("named", ["{input}/out", "~/out"])
def test_outputs_within_the_input_are_no_samples(alone: Alone, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("HOME", str(alone.input))
    draw(alone.input / "x.png")
    draw(alone.input / "out/sheet.png")
    alone.output = alone.input / "out"
    made = alone("input_samples", run_folder={"output_dir": named.format(input=alone.input)})
    assert made.tables["input_samples"].frame["filename"].to_list() == ["x.png"]


@pytest.mark.parametrize("embeddings", ["", "e.csv"])
def test_warnings_name_the_file_of_the_relevant_names(alone: Alone, embeddings: str) -> None:
    draw(alone.input / "a.jpg")
    (alone.shared / "e.csv").write_text(CSV, encoding="utf-8")
    (alone.shared / "relevant.txt").write_text("a.jpg\nno.jpg\n", encoding="utf-8")
    named = {"embeddings": embeddings, "relevant_filenames_file": "relevant.txt"}
    made = alone("input_samples", input_samples=named)
    assert made.tables["input_samples"].frame["filename"].to_list() == ["a.jpg"]
    (warning,) = made.tables["input_samples"].figures["step"]["warnings"]
    assert str(alone.shared / "relevant.txt") in warning
    assert "no.jpg" in warning
