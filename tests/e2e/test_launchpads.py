"""An untouched launchpad does what is stored with the dataset, whatever page it is on; an edit overrides only that."""

import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.browser import Browser, browser
from tests.e2e.conftest import SMALL_MODEL, WINNOW
from tests.e2e.dagster_server import CSV, REPOSITORY, DagsterServer, wait_for

SELECTION = {
    "proportion_samples": 0.3,
    "strategies": [
        {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY", "strength": 2.0}},
        {"input": {"type": "METADATA", "key": "lightly.sharpness"}, "strategy": {"type": "WEIGHTS", "strength": 0.5}},
    ],
}


PARTITION = "document.querySelector('input[placeholder=Partition]')"
TRAINING = ["enable_training=True", "lightly.trainer.max_epochs=1", "lightly.loader.batch_size=8", *SMALL_MODEL]


def select(server: DagsterServer, place: Path, dataset: str, *tokens: str) -> dict[str, Any]:
    """The resolved settings of a run of the command, which are those of its dataset from then on."""
    done = subprocess.run(
        [WINNOW, "run", f"dataset={dataset}", f"shared_dir={place}", f"output_dir={place / 'out'}", *tokens],
        env={**os.environ, "DAGSTER_HOME": str(server.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return settings(Path(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def trained(server: DagsterServer, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Settings of the dataset `trained`: strategies, training, copies of the selected images."""
    place = tmp_path_factory.mktemp("trained")
    selection = place / "selection.json"
    selection.write_text(json.dumps(SELECTION), encoding="utf-8")
    tokens = ["--selection-config", str(selection), *TRAINING, "dump_dataset=True", "output_image_size=64"]
    return select(server, place, "trained", f"input_dir={pictures}", "n_example_images=2", *tokens)


@pytest.fixture(scope="module")
def pooled(server: DagsterServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Settings of the dataset `pooled`: vectors of a file, and a datapool."""
    place = tmp_path_factory.mktemp("pooled")
    (place / "e.csv").write_text(CSV, encoding="utf-8")
    return select(server, place, "pooled", "embeddings=e.csv", "datapool.name=pool", "stopping_condition.n_samples=2")


def settings(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder / "config" / "config.yaml").read_text(encoding="utf-8"))
    return found


def untouched(server: DagsterServer, job: str) -> str:
    """What the launchpad of a job holds when it opens."""
    found = server.graphql(
        "query($s: PipelineSelector!) { runConfigSchemaOrError(selector: $s) { ... on RunConfigSchema "
        "{ rootDefaultYaml } } }",
        s={**REPOSITORY, "pipelineName": job},
    )
    return str(found["runConfigSchemaOrError"]["rootDefaultYaml"])


@pytest.mark.parametrize("job", ["selection_job", "__ASSET_JOB"])
def test_untouched_config_is_what_is_stored(
    server: DagsterServer, trained: dict[str, Any], pooled: dict[str, Any], job: str
) -> None:
    assert (trained["enable_training"], trained["dump_dataset"], pooled["datapool"]["name"]) == (True, True, "pool")
    run_id = server.launch("trained", untouched(server, job), ["selected_samples", "exported_samples"], job=job)
    assert settings(server.folder(run_id)) == trained
    run_id = server.launch("pooled", untouched(server, job), ["datapool_members", "datapool"], job=job)
    assert settings(server.folder(run_id)) == pooled


@pytest.mark.parametrize("job", ["selection_job", "__ASSET_JOB"])
def test_an_edit_overrides_only_that(server: DagsterServer, trained: dict[str, Any], job: str) -> None:
    edited = yaml.safe_load(untouched(server, job))
    edited["ops"] = {"exported_samples": {"config": {"dump_dataset": False}}}
    run_id = server.launch("trained", edited, ["exported_samples"], job=job)
    found = settings(server.folder(run_id))
    differing = {name for name in trained.keys() | found.keys() if trained.get(name) != found.get(name)}
    assert differing == {"dump_dataset"}
    assert found["dump_dataset"] is False


def launched_run(server: DagsterServer, page: Browser, button: str, before: set[str]) -> str:
    """The run that a press on the button started, when it has succeeded."""

    def started() -> set[str]:
        page.press(button)  # a page that still checks the config takes no notice
        deadline = time.monotonic() + 8
        while not (found := runs(server) - before) and time.monotonic() < deadline:
            time.sleep(0.2)
        return found

    (run_id,) = wait_for(started, 60, "no run was started")
    assert server.end(run_id) == "SUCCESS", server.errors(run_id)
    return run_id


def runs(server: DagsterServer) -> set[str]:
    found = server.graphql("{ runsOrError { ... on Runs { results { runId } } } }")["runsOrError"]["results"]
    return {run["runId"] for run in found}


def choose_partition(page: Browser, key: str) -> None:
    """As a person does: go to the box, type, choose from the list. A page that still loads loses what is typed."""
    page.wait_for_text("No errors")

    def chosen() -> bool:
        page.value(f"(box => {{ box.blur(); box.focus(); box.select(); }})({PARTITION})")
        page.type(key)
        try:
            page.press(f"^{key}$", "[role=menuitem]", seconds=3)
        except AssertionError:
            return False
        return bool(page.value(f"{PARTITION}.value") == key)

    wait_for(chosen, 60, "the partition cannot be chosen")
    page.wait_for_text("No errors")


def test_job_page_in_a_browser(server: DagsterServer, trained: dict[str, Any], tmp_path: Path) -> None:
    before = runs(server)
    with browser(tmp_path) as page:
        page.open(f"{server.address}/locations/{REPOSITORY['repositoryLocationName']}/jobs/selection_job/playground")
        choose_partition(page, "trained")
        run_id = launched_run(server, page, "^Launch Run$", before)
    assert yaml.safe_load(server.config(run_id)) == {}
    assert settings(server.folder(run_id)) == trained
    report = server.report(run_id)
    assert (report["counts"]["input"], report["counts"]["corrupt"]) == (29, 3)
    assert report["counts"]["selected"] == 8  # 0.3 of 29, rounded down
    assert len(list((server.folder(run_id) / "data" / "sampled").rglob("*.*"))) == 8


def test_asset_page_in_a_browser(server: DagsterServer, trained: dict[str, Any], tmp_path: Path) -> None:
    before = runs(server)
    with browser(tmp_path) as page:
        page.open(f"{server.address}/assets/selected_samples?view=partitions")
        page.press("^Materialize", shift=True)
        choose_partition(page, "trained")
        run_id = launched_run(server, page, "^Materialize$", before)
    assert re.sub(r"\s", "", server.config(run_id)) in ("{}", "ops:{}resources:{}")
    assert settings(server.folder(run_id)) == trained
    assert set(server.materialisations(run_id)) == {"selected_samples"}
