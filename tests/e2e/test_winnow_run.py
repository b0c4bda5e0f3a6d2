"""The main job, as a user runs it, from a folder of pictures."""

import csv
import itertools
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from tests.e2e.conftest import SMALL_MODEL, Winnow

BROKEN = {"round/broken_cut.jpg", "round/broken_empty.jpg", "square/broken_text.png"}


@pytest.fixture(scope="module")
def finished(winnow: Winnow, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run folder and terminal output of a run that keeps 10 pictures and copies them."""
    output = tmp_path_factory.mktemp("out")
    done = winnow(
        "run",
        f"input_dir={pictures}",
        f"output_dir={output}",
        "stopping_condition.n_samples=10",
        "dump_dataset=True",
        "output_image_size=64",
        "output_image_format=jpg",
        "n_example_images=4",
        "token=SECRET-TOKEN",
        "dataset=shapes",
        *SMALL_MODEL,
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[-1]), done.stdout


def lines(folder: Path, name: str) -> list[str]:
    return (folder / "filenames" / name).read_text(encoding="utf-8").splitlines()


def vectors(folder: Path, name: str) -> tuple[list[str], np.ndarray]:
    table = pl.read_csv(folder / "data" / name)
    columns = [column for column in table.columns if column.startswith("embedding_")]
    return table["filenames"].to_list(), table.select(columns).to_numpy()


def test_the_output_tree_is_complete(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", folder.parent.name)
    assert re.fullmatch(r"\d\d:\d\d:\d\d", folder.name)
    written = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    expected = {
        "config/config.yaml",
        "config/hydra.yaml",
        "config/overrides.yaml",
        "corruptness_check_information.json",
        "data/clean_filenames.txt",
        "data/embeddings.csv",
        "data/normalized_embeddings.csv",
        "data/selected_embeddings.csv",
        "data/selected_embeddings_including_datapool.csv",
        "filenames/corrupt_filenames.txt",
        "filenames/duplicate_filenames.txt",
        "filenames/removed_filenames.txt",
        "filenames/sampled_filenames.txt",
        "filenames/sampled_filenames_excluding_datapool.txt",
        "log.txt",
        "memlog.txt",
        "plots/distance_distr_after.png",
        "plots/distance_distr_before.png",
        *(f"plots/filter_decision_{11 * i}.png" for i in range(4)),
        *(f"plots/scatter_{view}.png" for view in ("pca", "umap_k_5", "umap_k_15", "umap_k_50")),
        *(f"plots/scatter_{view}_no_overlay.png" for view in ("pca", "umap_k_5", "umap_k_15", "umap_k_50")),
        "removed_samples.csv",
        "report.html",
        "report.json",
        "report.pdf",
    }
    assert expected - written == set()
    assert not [name for name in written if Path(name).name.startswith(".")]  # no temporary file is left


def test_the_lists_partition_the_input(finished: tuple[Path, str], pictures: Path) -> None:
    folder, _ = finished
    names = ("corrupt", "duplicate", "removed", "sampled")
    lists = {name: lines(folder, f"{name}_filenames.txt") for name in names}
    assert set(lists["corrupt"]) == BROKEN
    assert lists["duplicate"] == ["round/copy_1.jpg", "square/copy_2.jpg"]
    assert len(lists["sampled"]) == 10
    everything = sorted(str(path.relative_to(pictures)) for path in pictures.rglob("*.*"))
    assert sorted(itertools.chain.from_iterable(lists.values())) == everything
    assert all(names == sorted(names) for names in lists.values())


def test_vectors_are_unique_and_of_unit_length(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    names, rows = vectors(folder, "normalized_embeddings.csv")
    assert len(names) == 24
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    raw_names, raw = vectors(folder, "embeddings.csv")
    assert raw_names == names
    assert np.allclose(raw / np.linalg.norm(raw, axis=1, keepdims=True), rows, atol=1e-6)


def test_the_selection_is_the_greedy_k_centre(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    names, rows = vectors(folder, "normalized_embeddings.csv")
    rows = rows.astype(np.float64)
    picks = [int(np.argmax(((rows - rows.mean(axis=0)) ** 2).sum(axis=1)))]
    while len(picks) < 10:
        nearest = np.min([((rows - rows[pick]) ** 2).sum(axis=1) for pick in picks], axis=0)
        picks.append(int(np.argmax(nearest)))
    assert lines(folder, "sampled_filenames.txt") == [names[row] for row in sorted(picks)]
    assert vectors(folder, "selected_embeddings.csv")[0] == [names[row] for row in sorted(picks)]


def test_removed_samples_name_their_nearest_selected_sample(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    names, rows = vectors(folder, "normalized_embeddings.csv")
    at = {name: row.astype(np.float64) for name, row in zip(names, rows, strict=True)}
    selected = lines(folder, "sampled_filenames.txt")
    with (folder / "removed_samples.csv").open(encoding="utf-8") as file:
        removed = list(csv.DictReader(file))
    assert [row["filename"] for row in removed] == lines(folder, "removed_filenames.txt")
    for row in removed:
        distances = {name: float(np.linalg.norm(at[name] - at[row["filename"]])) for name in selected}
        assert row["nearest_selected_filename"] == min(distances, key=distances.__getitem__)
        assert float(row["distance"]) == pytest.approx(min(distances.values()), abs=1e-5)


def test_the_report_tells_the_same_numbers(finished: tuple[Path, str]) -> None:
    folder, _ = finished
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    counts = {name: report["counts"][name] for name in ("input", "corrupt", "duplicates", "selected", "removed")}
    assert counts == {"input": 29, "corrupt": 3, "duplicates": 2, "selected": 10, "removed": 14}
    names, rows = vectors(folder, "normalized_embeddings.csv")
    kept = [names.index(name) for name in lines(folder, "sampled_filenames.txt")]
    for part, some in (("before", rows), ("after", rows[kept])):
        pairs = np.linalg.norm(some[:, None] - some[None], axis=-1)[np.triu_indices(len(some), 1)]
        assert report["statistics"][part]["mean"] == pytest.approx(pairs.mean(), abs=1e-4)
        assert report["statistics"][part]["min"] == pytest.approx(pairs.min(), abs=1e-4)
        assert report["statistics"][part]["p10"] == pytest.approx(np.percentile(pairs, 10), abs=1e-2)
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF")


def test_dumped_images_have_the_asked_size_and_format(finished: tuple[Path, str]) -> None:
    from PIL import Image

    folder, _ = finished
    dumped = sorted((folder / "data" / "sampled").rglob("*.*"))
    stems = sorted(Path(name).with_suffix("") for name in lines(folder, "sampled_filenames.txt"))
    assert [path.relative_to(folder / "data" / "sampled").with_suffix("") for path in dumped] == stems
    for path in dumped:
        with Image.open(path) as picture:
            assert picture.format == "JPEG"
            assert min(picture.size) == 64


def test_the_token_is_written_nowhere(finished: tuple[Path, str], home: Path) -> None:
    folder, output = finished
    assert "SECRET-TOKEN" not in output
    for path in [*folder.rglob("*"), *home.rglob("*")]:
        if path.is_file():
            assert b"SECRET-TOKEN" not in path.read_bytes(), path
    assert "token=****" in yaml.safe_load((folder / "config" / "overrides.yaml").read_text(encoding="utf-8"))


def test_the_config_copy_is_resolved(finished: tuple[Path, str], pictures: Path) -> None:
    folder, _ = finished
    config = yaml.safe_load((folder / "config" / "config.yaml").read_text(encoding="utf-8"))
    assert config["stopping_condition"] == {"n_samples": 10, "min_distance": -1.0}
    assert config["lightly"]["model"] == {"name": "resnet-9", "width": 0.125, "num_ftrs": 16, "out_dim": 128}
    assert config["input_dir"] == str(pictures)
    assert config["output_image_size"] == 64


def test_the_log_follows_the_order_of_the_steps(finished: tuple[Path, str]) -> None:
    folder, output = finished
    order = [
        "Loading initial dataset...",
        "Found 29 input images in input_dir.",
        "Checking for corrupt images (disable with enable_corruptness_check=False).",
        "Embedding images.",
        "Saving embeddings to ",
        "Removing exact duplicates (disable with remove_exact_duplicates=False).",
        "Found 2 exact duplicates.",
        "Unique embeddings are stored in ",
        "Normalizing embeddings to unit length (disable with normalize_embeddings=False).",
        "Normalized embeddings are stored in ",
        "Sampling dataset with stopping condition: n_samples=10",
        "Sampled 10 images.",
        "Writing report to ",
        "Done!",
    ]
    for text in (output, (folder / "log.txt").read_text(encoding="utf-8")):
        places = [text.find(line) for line in order]
        assert -1 not in places
        assert places == sorted(places)
    assert re.search(r"^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] Loading initial dataset", output, re.MULTILINE)


def test_memory_is_logged(finished: tuple[Path, str]) -> None:
    table = pl.read_csv(finished[0] / "memlog.txt")
    assert table.columns == ["timestamp", "rss_mb", "total_mb", "percent"]
    assert (table["rss_mb"] > 50).all()


def run_again(winnow: Winnow, pictures: Path, output: Path, *tokens: str) -> Path:
    """The run folder of another run on the same dataset."""
    done = winnow("run", f"input_dir={pictures}", f"output_dir={output}", "dataset=shapes", *tokens, *SMALL_MODEL)
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.splitlines()[-1])


def test_another_selection_computes_nothing_again(
    winnow: Winnow, finished: tuple[Path, str], pictures: Path, tmp_path: Path
) -> None:
    tokens = ("stopping_condition.n_samples=5", "run_directory=second")
    second = run_again(winnow, pictures, tmp_path, *tokens)
    assert second == tmp_path / "second"
    assert vectors(second, "embeddings.csv")[0] == vectors(finished[0], "embeddings.csv")[0]
    assert np.array_equal(vectors(second, "embeddings.csv")[1], vectors(finished[0], "embeddings.csv")[1])
    assert "images_per_second" not in (second / "log.txt").read_text(encoding="utf-8")
    report = json.loads((second / "report.json").read_text(encoding="utf-8"))
    assert report["embedding"]["images_per_second"] is None  # no image went through the model
    # Greedy picks do not depend on how many are asked for: the first five of ten are the five.
    assert set(lines(second, "sampled_filenames.txt")) <= set(lines(finished[0], "sampled_filenames.txt"))


def test_another_precision_embeds_again(
    winnow: Winnow, finished: tuple[Path, str], pictures: Path, tmp_path: Path
) -> None:
    tokens = ("stopping_condition.n_samples=10", "embedding_precision=bf16")
    folder = run_again(winnow, pictures, tmp_path, *tokens)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert "-bf16-" in report["embedding"]["model"]
    assert report["embedding"]["images_per_second"] > 0
    names, rows = vectors(folder, "normalized_embeddings.csv")
    exact_names, exact = vectors(finished[0], "normalized_embeddings.csv")
    assert names == exact_names
    assert not np.array_equal(rows, exact)
    assert (rows * exact).sum(axis=1).min() > 0.998


def test_without_a_datapool_there_is_no_step_for_it(finished: tuple[Path, str]) -> None:
    timed = re.findall(r"([a-z]+(?: [a-z]+)*) +[\d.]+ s$", finished[1], re.MULTILINE)
    assert {"selected samples", "report", "everything"} <= set(timed)
    assert "datapool" not in timed


def test_a_fixed_run_directory_is_never_overwritten(winnow: Winnow, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("mine", encoding="utf-8")
    done = winnow(
        "run",
        f"input_dir={pictures}",
        f"output_dir={tmp_path}",
        "run_directory=taken",
        "stopping_condition.n_samples=5",
    )
    assert done.returncode == 2
    assert "taken exists and is not empty" in one_line(done)
    assert [path.name for path in tmp_path.rglob("*.txt")] == ["mine.txt"]


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The error message: exactly one line, no stack trace."""
    errors = [line for line in done.stderr.splitlines() if line.startswith("winnow: error: ")]
    assert len(errors) == 1, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    return errors[0]
