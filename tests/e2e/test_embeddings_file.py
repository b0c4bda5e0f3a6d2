"""The main job from an embeddings file: no image is looked at, and a folder of images is optional."""

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from tests.e2e.conftest import Winnow


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 vectors in 8 dimensions; rows 38 and 39 equal row 0, row 5 is masked, row 7 pre-selected."""
    folder = tmp_path_factory.mktemp("shared")
    vectors = np.random.default_rng(1).normal(size=(40, 8)).astype(np.float32)
    vectors[38:] = vectors[0]
    columns = {f"embedding_{i}": vectors[:, i] for i in range(8)}
    table = pl.DataFrame(
        {
            "filenames": [f"{'ab'[row % 2]}/{row:02d}.jpg" for row in range(40)],
            **columns,
            "masked": [int(row == 5) for row in range(40)],
            "selected": [int(row == 7) for row in range(40)],
            "labels": [row % 2 for row in range(40)],
            "al_score": [row / 40 for row in range(40)],
        }
    )
    table.write_csv(folder / "embeddings.csv")
    return folder


def run(winnow: Winnow, shared: Path, output: Path, *tokens: str) -> Path:
    done = winnow("run", f"shared_dir={shared}", f"output_dir={output}", "embeddings=embeddings.csv", *tokens)
    assert done.returncode == 0, done.stderr
    assert "Loading initial embedding file..." in done.stdout
    assert "Found 40 input images in shared_dir/embeddings.csv." in done.stdout
    assert "corrupt images" not in done.stdout
    return Path(done.stdout.splitlines()[-1])


def lines(folder: Path, name: str) -> list[str]:
    return (folder / "filenames" / name).read_text(encoding="utf-8").splitlines()


def test_selected_masked_and_duplicate_rows(winnow: Winnow, shared: Path, tmp_path: Path) -> None:
    folder = run(winnow, shared, tmp_path, "stopping_condition.n_samples=10")
    assert lines(folder, "duplicate_filenames.txt") == ["a/38.jpg", "b/39.jpg"]
    sampled = lines(folder, "sampled_filenames.txt")
    assert len(sampled) == 10  # the target counts the pre-selected sample
    assert "b/07.jpg" in sampled
    assert "b/05.jpg" not in sampled + lines(folder, "removed_filenames.txt")
    assert "b/07.jpg" not in lines(folder, "sampled_filenames_excluding_datapool.txt")
    counts = json.loads((folder / "report.json").read_text(encoding="utf-8"))["counts"]
    assert {name: counts[name] for name in ("input", "duplicates", "masked", "preselected", "selected", "removed")} == {
        "input": 40,
        "duplicates": 2,
        "masked": 1,
        "preselected": 1,
        "selected": 9,
        "removed": 27,
    }


def test_min_distance_holds_between_all_selected(winnow: Winnow, shared: Path, tmp_path: Path) -> None:
    folder = run(winnow, shared, tmp_path, "stopping_condition.min_distance=1.2")
    table = pl.read_csv(folder / "data" / "selected_embeddings.csv")
    rows = table.select(f"embedding_{i}" for i in range(8)).to_numpy()
    distances = np.linalg.norm(rows[:, None] - rows[None], axis=-1)[np.triu_indices(len(rows), 1)]
    assert len(rows) > 3
    assert distances.min() >= 1.2 - 1e-6
    everything = pl.read_csv(folder / "data" / "normalized_embeddings.csv")
    left = everything.filter(
        ~pl.col("filenames").is_in(table["filenames"].implode()) & (pl.col("filenames") != "b/05.jpg")
    )
    others = left.select(f"embedding_{i}" for i in range(8)).to_numpy()
    nearest = np.linalg.norm(others[:, None] - rows[None], axis=-1).min(axis=1)
    assert nearest.max() < 1.2 + 1e-6  # nothing was left out that would still have fitted


def test_the_skip_rule_on_equality(winnow: Winnow, shared: Path, tmp_path: Path) -> None:
    done = winnow(
        "run",
        f"shared_dir={shared}",
        f"output_dir={tmp_path}",
        "embeddings=embeddings.csv",
        "stopping_condition.n_samples=1.",
    )
    assert done.returncode == 0, done.stderr
    assert "stopping condition: n_samples=40" in done.stdout
    assert "Skipped sampling because the number of remaining images is smaller" in done.stdout
    assert len(lines(Path(done.stdout.splitlines()[-1]), "sampled_filenames.txt")) == 37


def test_random_selection_follows_the_seed(winnow: Winnow, shared: Path, tmp_path: Path) -> None:
    tokens = ("method=random", "stopping_condition.n_samples=12")
    first, again, other = (
        lines(
            run(winnow, shared, tmp_path, *tokens, f"seed={seed}", f"run_directory={name}", f"dataset={name}"),
            "sampled_filenames.txt",
        )
        for name, seed in (("first", 3), ("again", 3), ("other", 4))
    )
    assert first == again
    assert first != other
    assert len(first) == len(other) == 12


def test_coral_weighs_diversity_and_score(winnow: Winnow, shared: Path, tmp_path: Path) -> None:
    tokens = ("stopping_condition.n_samples=8", "dataset=coral", 'scorer=""')
    folder = run(winnow, shared, tmp_path, "method=coral", "active_learning_score_column_name=al_score", *tokens)
    table = pl.read_csv(folder / "data" / "al_score_embeddings.csv")
    scores = dict(table.select("filenames", "al_score").iter_rows())
    assert scores["a/10.jpg"] == 10 / 40
    names = table["filenames"].to_list()
    rows = table.select(f"embedding_{i}" for i in range(8)).to_numpy().astype(np.float64)
    # The formula of docs/selection.md, step by step: both potentials of the selected set with each candidate.
    chosen, candidates = (
        [names.index("b/07.jpg")],
        [i for i, name in enumerate(names) if name not in ("b/07.jpg", "b/05.jpg")],
    )
    values = np.array([scores[name] for name in names])

    def spread(among: list[int]) -> float:
        near = [min((((rows[i] - rows[j]) ** 2).sum() for j in among if j != i), default=0.0) for i in among]
        return float(sum(near))

    while len(chosen) < 8:
        to_chosen = [min(((rows[i] - rows[j]) ** 2).sum() for j in chosen) for i in candidates]
        potential = [
            (spread(chosen) + far) * (values[chosen].sum() + values[i])
            for i, far in zip(candidates, to_chosen, strict=True)
        ]
        chosen.append(candidates.pop(int(np.argmax(potential))))
    assert lines(folder, "sampled_filenames.txt") == [names[i] for i in sorted(chosen)]


def test_coral_without_scores_says_what_is_missing(winnow: Winnow, shared: Path, tmp_path: Path) -> None:
    done = winnow(
        "run",
        f"shared_dir={shared}",
        f"output_dir={tmp_path}",
        "embeddings=embeddings.csv",
        "stopping_condition.n_samples=8",
        "method=coral",
        "active_learning_score_column_name=al_scores",
    )
    assert done.returncode == 2
    assert "active_learning_score_column_name=al_scores" in done.stderr
    assert "its columns behind labels are al_score" in done.stderr


def test_examples_show_the_pictures_of_the_input_folder(winnow: Winnow, shared: Path, tmp_path: Path) -> None:
    """Only files in a/ exist, each in a colour of its own; one of them is no picture."""
    colours = {f"a/{row:02d}.jpg": (6 * row, 255 - 6 * row, 90) for row in range(0, 40, 2)}
    (tmp_path / "pictures" / "a").mkdir(parents=True)
    for name, colour in colours.items():
        Image.new("RGB", (320, 200), colour).save(tmp_path / "pictures" / name, quality=95)
    broken = "a/20.jpg"
    (tmp_path / "pictures" / broken).write_bytes(b"no picture")
    tokens = ("stopping_condition.n_samples=20", f"input_dir={tmp_path / 'pictures'}", "n_example_images=40")
    folder = run(winnow, shared, tmp_path / "out", *tokens)
    examples = json.loads((folder / "report.json").read_text(encoding="utf-8"))["examples"]
    asked = [example[kind] for example in examples for kind in ("retained", "removed")]
    page = (folder / "report.html").read_text(encoding="utf-8")
    found = re.findall(r'<img loading="lazy" src="data:image/jpeg;base64,([^"]+)" alt="([^"]+)">', page)
    assert [name for _, name in found] == [name for name in asked if name in colours and name != broken]
    assert len(found) > 3
    assert page.count("picture not available") == len(asked) - len(found) > 3
    for data, name in found:
        with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
            assert max(picture.size) <= 256 and picture.width > picture.height
            assert np.abs(np.asarray(picture, float).mean(axis=(0, 1)) - colours[name]).max() < 6
