"""`winnow clean`, as it is typed; what it removes: tests/resources/cleaning."""

import time
from pathlib import Path

import pytest

from resources.instance import dagster_instance
from resources.sample_cache import SampleCache
from selection_assets.command.main import main


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("WINNOW_KEEP_DAYS", raising=False)
    with dagster_instance() as instance:
        instance.add_dynamic_partitions("datasets", ["kept"])
    for dataset in ("kept", "gone"):
        file = tmp_path / "home" / "tables" / "report" / f"{dataset}.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes(2_500_000))
    with monkeypatch.context() as then:
        long_ago = time.time() - 40 * 86_400
        then.setattr(time, "time", lambda: long_ago)
        SampleCache(tmp_path / "home" / "cache.sqlite").put_many("checks", "", [("k", bytes(999_999))])
    return tmp_path / "home"


def test_it_says_what_it_removed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = [
        "what is older than 30 days:",
        "tables of deleted datasets 1 2.5 MB",
        "thumbnails of deleted datasets 0 0.0 MB",
        "packs of thumbnails that no table names 0 0.0 MB",
        "run folders that were left here 0 0.0 MB",
        "runs of Dagster 0 0.0 MB",
        "output of runs 0 0.0 MB",
        "entries of the cache 1 1.0 MB",
        "3.5 MB in all",
    ]
    for options, verb in ((["--dry-run"], "Would remove"), ([], "Removed")):
        assert main(["clean", "--older-than", "30d", *options]) == 0
        lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
        assert lines == [f"{verb} {told[0]}", *told[1:]]
        assert (home / "tables" / "report" / "gone.parquet").exists() == bool(options)
    assert (home / "tables" / "report" / "kept.parquet").exists()


def test_the_environment_says_how_long(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clean"]) == 2
    assert capsys.readouterr().err == (
        "winnow: error: say what is old: winnow clean --older-than 90d, or set WINNOW_KEEP_DAYS=90\n"
    )
    monkeypatch.setenv("WINNOW_KEEP_DAYS", "50")
    assert main(["clean"]) == 0
    assert "Removed what is older than 50 days:" in (said := capsys.readouterr().out)
    assert "entries of the cache                             0" in said
    monkeypatch.setenv("WINNOW_KEEP_DAYS", "long")
    assert main(["clean"]) == 2
    assert capsys.readouterr().err == (
        "winnow: error: WINNOW_KEEP_DAYS=long: give whole days, at least one, such as 90d\n"
    )
