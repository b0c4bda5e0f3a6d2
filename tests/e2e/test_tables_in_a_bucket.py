"""`winnow run` with its tables in a bucket; then `winnow clean`, and the removal of the dataset."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import WINNOW
from tests.resources.stores.s3_servers import environment, rclone

CSV = "filenames,embedding_0,embedding_1,labels\na.jpg,0,1,0\nb.jpg,3,0,0\nc.jpg,1,1,0\n"
HOMES = {"WINNOW_KEEP_DAYS": "", "WINNOW_TABLES_URL": ""}


def winnow(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    named = {**os.environ, **HOMES, "DAGSTER_HOME": str(home), **variables}
    return subprocess.run([WINNOW, *arguments], env=named, capture_output=True, text=True, check=False)


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_tables_of_a_run_lie_in_the_bucket_and_go_with_the_dataset(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text(CSV, encoding="utf-8")
    home, tables = tmp_path / "home", tmp_path / "buckets" / "tables"
    tables.mkdir(parents=True)
    run = ("run", f"shared_dir={tmp_path}", "embeddings=e.csv", "dataset=d", "stopping_condition.n_samples=2")
    with rclone(tmp_path / "buckets") as url:
        variables = environment(url, WINNOW_TABLES_URL="s3://tables/of/winnow")
        gone = winnow(home, *run, f"output_dir={tmp_path / 'out'}", **{**variables, "WINNOW_TABLES_URL": "s3://gone/x"})
        assert (gone.returncode, gone.stderr) == (
            2,
            "winnow: error: s3://gone/x: there is no such bucket; check its name, and AWS_ENDPOINT_URL\n",
        )
        in_bucket = winnow(home, *run, f"output_dir={tmp_path / 'out'}", **variables)
        local = winnow(tmp_path / "other", *run, f"output_dir={tmp_path / 'other_out'}")
        assert (in_bucket.returncode, local.returncode) == (0, 0), in_bucket.stderr + local.stderr
        assert names(tables / "of" / "winnow") == names(tmp_path / "other" / "tables") != set()
        assert not (home / "tables").exists()
        lists = [
            Path(each.stdout.splitlines()[-1], "filenames", "sampled_filenames.txt") for each in (in_bucket, local)
        ]
        assert lists[0].read_bytes() == lists[1].read_bytes() != b""

        cleaned = winnow(home, "clean", "--older-than", "1d", **variables)
        assert cleaned.returncode == 0, cleaned.stderr
        lines = [line.split() for line in cleaned.stdout.splitlines()[1:-1]]
        assert len(lines) == 7 and {line[-3] for line in lines} == {"0"}
        assert names(tables / "of" / "winnow") == names(tmp_path / "other" / "tables")

        removed = winnow(home, "datasets", "remove", "d", "--yes", **variables)
        assert removed.returncode == 0, removed.stderr
        assert names(tables) == set()


@pytest.mark.parametrize("url", ["ftp://host/x", "s3://key:secret@bucket/x"])
def test_a_url_that_is_no_place_ends_the_run_in_one_line(tmp_path: Path, url: str) -> None:
    (tmp_path / "e.csv").write_text(CSV, encoding="utf-8")
    run = ("run", f"shared_dir={tmp_path}", "embeddings=e.csv", f"output_dir={tmp_path}", "dataset=d")
    done = winnow(tmp_path / "home", *run, "stopping_condition.n_samples=2", WINNOW_TABLES_URL=url)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("winnow: error: WINNOW_TABLES_URL") and "secret" not in line
