"""`winnow backfill`: runs of several datasets, each with its own settings, begun by the daemon."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Winnow
from tests.e2e.dagster_server import CSV, DagsterServer, wait_for

RUNS = "query($f: RunsFilter!) { runsOrError(filter: $f) { ... on Runs { results { runId status } } } }"


def test_each_dataset_with_its_own_settings(winnow: Winnow, server: DagsterServer, tmp_path: Path) -> None:
    for name, samples in (("b1", 1), ("b2", 2), ("b3", 3)):
        place = tmp_path / name
        (place / "in").mkdir(parents=True)
        (place / "e.csv").write_text(CSV, encoding="utf-8")
        added = winnow(
            *("datasets", "add", name, "--input", str(place / "in"), "--lightly", str(place), "embeddings=e.csv"),
            f"stopping_condition.n_samples={samples}",
            DAGSTER_HOME=str(server.home),
        )
        assert added.returncode == 0, added.stderr
    done = winnow("backfill", "b1", "b3", "lightly.seed=5", DAGSTER_HOME=str(server.home))
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == "2 datasets: b1, b3"
    backfill = second.split()[1]
    assert second == f"Backfill {backfill} begins while winnow ui, or Dagster's daemon, is at work."

    def ended() -> dict[str, str]:
        wanted = {"tags": [{"key": "dagster/backfill", "value": backfill}]}
        runs = server.graphql(RUNS, f=wanted)["runsOrError"]["results"]
        return {run["runId"]: run["status"] for run in runs if run["status"] in ("SUCCESS", "FAILURE")}

    runs = wait_for(lambda: found if len(found := ended()) == 2 else {}, 120, "no runs")
    assert set(runs.values()) == {"SUCCESS"}
    selected = {server.tags(run)["dagster/partition"]: server.report(run)["counts"]["selected"] for run in runs}
    assert selected == {"b1": 1, "b3": 3}
    assert all("seed: 5" in (server.folder(run) / "config/config.yaml").read_text() for run in runs)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name the datasets, or give --all; winnow datasets list shows them"),
        (("cats", "--all"), "name the datasets, or give --all; winnow datasets list shows them"),
        (("cats",), "there is no dataset cats with settings; winnow datasets list shows all"),
        (("../x",), "dataset='../x': use up to 100 letters"),
        (("--all",), "there is no dataset with settings; winnow datasets add makes one"),
        (("cats", "run_directory=r"), "run_directory= names the folder of one run; leave it out"),
        (("cats", "dataset=dogs"), "dataset= and sanity_check= are no options of a backfill; name datasets alone"),
        (("cats", "n_example_images=3"), "n_example_images=3: must be an even number"),
    ],
)
def test_what_a_user_can_mend(winnow: Winnow, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = winnow("backfill", *arguments, DAGSTER_HOME=str(tmp_path))
    assert done.returncode == 2
    assert message in done.stderr and done.stderr.count("\n") == 1
