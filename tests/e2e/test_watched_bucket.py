"""A bucket that is watched: files are dropped into it, and the run appears, with the real daemon."""

import json
from pathlib import Path

from configs.credentials.kinds import credentials_of
from resources.stores.bucket_store import BucketStore
from resources.stores.location import BucketLocation
from tests.e2e.conftest import SMALL_MODEL, Winnow, draw_pictures
from tests.e2e.dagster_server import DagsterServer, dagster_server, wait_for
from tests.resources.stores.s3_servers import KEYS, rclone

RUNS = "query($f: RunsFilter!) { runsOrError(filter: $f) { ... on Runs { results { runId status } } } }"


def runs_of(server: DagsterServer, dataset: str) -> dict[str, str]:
    """Status by run."""
    wanted = {"tags": [{"key": "dagster/partition", "value": dataset}]}
    return {run["runId"]: run["status"] for run in server.graphql(RUNS, f=wanted)["runsOrError"]["results"]}


def test_files_that_arrive_begin_a_run(winnow: Winnow, tmp_path: Path) -> None:
    served, home, more = tmp_path / "served", tmp_path / "home", tmp_path / "more"
    (served / "pictures" / "cats").mkdir(parents=True)
    (tmp_path / "lightly").mkdir()
    home.mkdir()
    draw_pictures(more, 9)
    with rclone(served) as url:
        file = tmp_path / "credentials.json"
        file.write_text(json.dumps({**KEYS, "endpoint_url": url, "allow_http": True}))
        credentials = credentials_of("s3", json.loads(file.read_text()), "test")
        bucket = BucketStore(BucketLocation("s3", "pictures", "cats"), credentials)
        added = winnow(
            *("datasets", "add", "cats", "--input", "s3://pictures/cats", "--lightly", str(tmp_path / "lightly")),
            *("--input-credentials", str(file), "--watch", "--quiet-seconds", "1", "--min-files", "2"),
            *(*SMALL_MODEL, "stopping_condition.n_samples=0.5"),
            DAGSTER_HOME=str(home),
        )
        assert added.returncode == 0, added.stderr
        with dagster_server(home) as server:

            def ended(count: int) -> dict[str, str]:
                found = runs_of(server, "cats")
                assert len(found) <= count
                return found if len(found) == count and set(found.values()) == {"SUCCESS"} else {}

            for name in ("round/001.jpg", "square/002.jpg", "square/004.jpg", "square/006.png"):
                bucket.put(name, more / name)
            (first,) = wait_for(lambda: ended(1), 120, "no run")
            assert server.report(first)["counts"] == {
                **server.report(first)["counts"],
                **{"input": 4, "corrupt": 0, "selected": 2},
            }
            bucket.put("round/003.png", more / "round/003.png")  # one is too few
            shown = winnow("datasets", "show", "cats", DAGSTER_HOME=str(home)).stdout
            assert "processed     4 files" in shown
            wait_for(
                lambda: "1 new files" in winnow("datasets", "show", "cats", DAGSTER_HOME=str(home)).stdout, 60, "unseen"
            )
            bucket.put("round/001.jpg", more / "square/006.png")  # overwritten: no JPEG any more
            second = next(iter(wait_for(lambda: ended(2), 120, "no run").keys() - {first}))
            counts = server.report(second)["counts"]
            assert (counts["input"], counts["corrupt"]) == (2, 1)
            shown = winnow("datasets", "show", "cats", DAGSTER_HOME=str(home)).stdout
            assert "processed     5 files" in shown
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in shown
