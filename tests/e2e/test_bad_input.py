"""What a user can get wrong: one line that names it, exit code 2, no stack trace, and nothing left behind."""

import os
from pathlib import Path

import pytest
from PIL import Image

from selection_assets.command.main import main

CSV = "filenames,embedding_0,embedding_1,labels\na.jpg,0.1,0.2,0\nb.jpg,0.3,0.4,0\n"


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """input/ with two pictures, shared/ with an embeddings file; the command runs here."""
    (tmp_path / "input").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "empty").mkdir()
    for name, colour in (("a.jpg", "red"), ("b.jpg", "blue")):
        Image.new("RGB", (64, 64), colour).save(tmp_path / "input" / name)
    (tmp_path / "shared" / "good.csv").write_text(CSV, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *tokens: str) -> str:
    code = main(["run", "output_dir=out", *tokens])
    shown = capsys.readouterr()
    errors = [line for line in shown.err.splitlines() if line.startswith("winnow: error: ")]
    assert code == 2, shown.err
    assert len(errors) == 1, shown.err
    assert "Traceback" not in shown.err + shown.out
    assert not Path("out").exists()  # nothing half-written
    return errors[0]


def test_missing_folder(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(capsys, "input_dir=nowhere")
    assert "input_dir=" in message
    assert "nowhere: No such file or directory; check the path" in message


def test_no_input_at_all(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "add input_dir=/folder/with/images, or embeddings=" in refused(capsys)


def test_file_in_place_of_a_folder(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "a.jpg is not a folder" in refused(capsys, "input_dir=input/a.jpg")


def test_empty_folder(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = refused(capsys, "input_dir=empty")
    assert "no pictures found in" in message
    assert ".jpg .jpeg .png" in message


def test_no_supported_file(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace / "empty" / "notes.txt").write_text("x", encoding="utf-8")
    assert "no pictures found in" in refused(capsys, "input_dir=empty")


def test_comma_in_a_file_name(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace / "input" / "a,b.jpg").write_bytes(b"")
    assert "a,b.jpg" in refused(capsys, "input_dir=input")


def test_output_dir_is_a_file(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace / "file").write_text("", encoding="utf-8")
    assert main(["run", "output_dir=file", "input_dir=input"]) == 2
    assert "is not a folder" in capsys.readouterr().err


def test_output_dir_missing(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "input_dir=input"]) == 2
    assert "output_dir is not set; add output_dir=/path/to/folder" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_output_dir_not_writable(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace / "locked").mkdir(mode=0o500)
    assert main(["run", "output_dir=locked/out", "input_dir=input"]) == 2
    assert "cannot be written to" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (["n_sample=3"], "did you mean stopping_condition.n_samples?"),
        (["stopping_condition.n_samples=1.5"], "stopping_condition.n_samples=1.5"),
        (["n_example_images=5"], "must be an even number"),
        (["enable_training=True", "embeddings=good.csv", "shared_dir=shared"], "exclude each other"),
        (["embeddings=gone.csv", "shared_dir=shared"], "there is no such file in shared_dir"),
        (["embeddings=good.csv"], "shared_dir, which is not set"),
        (["embeddings=../a.csv", "shared_dir=shared"], "without '..'"),
        (["checkpoint=gone.ckpt", "shared_dir=shared"], "checkpoint=gone.ckpt"),
        (["relevant_filenames_file=gone.txt", "shared_dir=shared"], "relevant_filenames_file=gone.txt"),
        (["dataset=../x"], "dataset='../x'"),
        (["output_image_format=exe", "dump_dataset=True"], "output_image_format=exe"),
        (["lightly.model.name=resnet-19"], "lightly.model.name=resnet-19"),
    ],
)
def test_wrong_options(workplace: Path, capsys: pytest.CaptureFixture[str], tokens: list[str], words: str) -> None:
    assert words in refused(capsys, "input_dir=input", *tokens)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CSV.replace("0.3", "x"), "line 3, column embedding_0"),
        (CSV.replace("b.jpg", "a.jpg"), "line 3"),
        (CSV.replace(",labels", ",label"), "line 1"),
        (CSV.replace("b.jpg,0.3", "b.jpg"), "line 3"),
        (CSV.replace("0.4", "nan"), "line 3, column embedding_1"),
        (CSV.replace("b.jpg", "../b.jpg"), "line 3"),
        ("", "is empty"),
    ],
)
def test_malformed_embeddings(workplace: Path, capsys: pytest.CaptureFixture[str], text: str, words: str) -> None:
    (workplace / "shared" / "bad.csv").write_text(text, encoding="utf-8")
    message = refused(capsys, "embeddings=bad.csv", "shared_dir=shared")
    assert "bad.csv" in message
    assert words in message


def test_checkpoint_that_does_not_fit(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace / "shared" / "text.ckpt").write_text("no checkpoint", encoding="utf-8")
    message = refused(capsys, "input_dir=input", "shared_dir=shared", "checkpoint=text.ckpt")
    assert "text.ckpt" in message


def test_relevant_filenames_that_match_nothing(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace / "shared" / "names.txt").write_text("c.jpg\n", encoding="utf-8")
    message = refused(capsys, "input_dir=input", "shared_dir=shared", "relevant_filenames_file=names.txt")
    assert "names.txt" in message


def test_all_images_corrupt(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.jpg", "b.jpg"):
        (workplace / "input" / name).write_bytes(b"")
    assert main(["run", "output_dir=out", "input_dir=input"]) == 2
    assert "all 2 images are corrupt" in capsys.readouterr().err
    (listed,) = Path("out").rglob("corrupt_filenames.txt")
    assert listed.read_text(encoding="utf-8") == "a.jpg\nb.jpg\n"


def test_a_corrupt_image_without_the_check(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workplace / "input" / "b.jpg").write_bytes(b"")
    assert main(["run", "output_dir=out", "input_dir=input", "enable_corruptness_check=False"]) == 2
    message = capsys.readouterr().err
    assert "b.jpg" in message
    assert "enable_corruptness_check=True" in message
