"""A dataset of the catalog, run again and again from the command line: only what is new is taken."""

from pathlib import Path

from tests.e2e.conftest import SMALL_MODEL, Winnow, draw_pictures


def names(folder: str, kind: str) -> set[str]:
    return set((Path(folder) / "filenames" / f"{kind}_filenames.txt").read_text(encoding="utf-8").splitlines())


def test_only_new_files_are_taken(winnow: Winnow, tmp_path: Path) -> None:
    home, pictures = tmp_path / "home", tmp_path / "pictures"
    draw_pictures(pictures, 8)
    (tmp_path / "lightly").mkdir()

    def run(*tokens: str) -> tuple[str, str]:
        """The last line printed, and all that was said."""
        done = winnow("run", "dataset=cats", *tokens, DAGSTER_HOME=str(home))
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout.splitlines()[-1], done.stdout

    added = winnow(
        *("datasets", "add", "cats", "--input", str(pictures), "--lightly", str(tmp_path / "lightly")),
        *(*SMALL_MODEL, "stopping_condition.n_samples=0.5"),
        DAGSTER_HOME=str(home),
    )
    assert added.returncode == 0, added.stderr
    failed = winnow("run", "dataset=cats", "embeddings=missing.csv", DAGSTER_HOME=str(home))
    assert failed.returncode == 2
    first, _ = run()
    assert (len(names(first, "sampled")), len(names(first, "corrupt"))) == (6, 3)
    assert len(names(first, "removed")) == 2 and len(names(first, "duplicate")) == 2
    last, said = run()
    assert last == "Nothing was done."
    assert "No file is new: earlier runs have processed all 13." in said
    draw_pictures(tmp_path / "more", 10)
    for name in ("square/008.jpg", "round/009.png"):
        (pictures / name).write_bytes((tmp_path / "more" / name).read_bytes())
    (pictures / "round/broken_empty.jpg").write_bytes((tmp_path / "more/square/006.png").read_bytes())
    second, said = run("stopping_condition.n_samples=1.0")
    assert "3 of them are new; earlier runs have processed the others." in said
    assert names(second, "sampled") == {"square/008.jpg", "round/009.png"}
    assert names(second, "corrupt") == {"round/broken_empty.jpg"}  # a PNG with the name of a JPEG
    everything, _ = run("datasource.process_all=True")
    assert len(names(everything, "sampled")) == 7  # half of 15, as the dataset says
    assert run()[0] == "Nothing was done."


def test_a_dataset_that_is_not_there(winnow: Winnow, tmp_path: Path) -> None:
    done = winnow("run", "dataset=cats", DAGSTER_HOME=str(tmp_path))
    message = "dataset=cats is not in the catalog; add input_dir=…, or see winnow datasets list"
    assert (done.returncode, done.stderr) == (2, f"winnow: error: {message}\n")
