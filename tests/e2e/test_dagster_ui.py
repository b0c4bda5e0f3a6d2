"""`winnow ui`: runs launched through Dagster's GraphQL on a partition, and the asset graph in a browser."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browser import browser_page
from tests.e2e.conftest import SMALL_MODEL, WINNOW
from tests.e2e.dagster_server import LOCATION, Server, dagster_server, wait_for

ASSETS = {
    "input_samples",
    "datapool_members",
    "checked_samples",
    "thumbnails",
    "checkpoint",
    "embeddings",
    "dedup_sets",
    "normalized_embeddings",
    "selected_samples",
    "exported_samples",
    "plots",
    "report",
    "datapool",
}
CHECKS = {
    "corrupt_share",
    "finite_vectors",
    "unit_norms",
    "selection_count",
    "min_distance_held",
    "partition_of_the_input",
}
UNTOUCHED = "ops: {}\nresources: {}\n"  # what a launchpad sends when nobody typed anything
SELECTION = ["selected_samples", "exported_samples", "plots", "report"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with dagster_server(tmp_path_factory.mktemp("ui")) as started:
        yield started


def model() -> dict[str, Any]:
    name, width, features = (token.partition("=")[2] for token in SMALL_MODEL)
    return {"name": name, "width": float(width), "num_ftrs": int(features)}


@pytest.fixture(scope="module")
def run_id(server: Server, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A successful run of selection_job on a new partition, with a typed run config."""
    server.add_dataset("shapes")
    config = {
        "ops": {
            "checkpoint": {"config": {"model": model()}},
            "selected_samples": {"config": {"stopping_condition": {"proportion_samples": 0.25}}},
        },
        "resources": {
            "datasource": {"config": {"input_dir": str(pictures)}},
            "run_folder": {"config": {"output_dir": str(tmp_path_factory.mktemp("out"))}},
        },
    }
    return server.launch("shapes", config)


def test_every_asset_is_materialised_on_the_partition(server: Server, run_id: str) -> None:
    events = server.materialised(run_id)
    assert set(events) == ASSETS
    assert {event["partition"] for event in events.values()} == {"shapes"}
    numbers = {entry["label"]: entry.get("intValue") for entry in events["selected_samples"]["metadataEntries"]}
    assert (numbers["input"], numbers["corrupt"], numbers["duplicate"]) == (29, 3, 2)
    assert numbers["selected"] == 7  # a quarter of 29, rounded down
    assert numbers["dagster/row_count"] == 29
    shown = {name: [e["mdStr"] for e in event["metadataEntries"] if e.get("mdStr")] for name, event in events.items()}
    assert sum("data:image/" in text for text in shown["plots"]) == 1  # all plots in one look
    assert sum(len(text) for texts in shown.values() for text in texts if "data:image/" in text) < 300_000
    assert "| filename |" in shown["selected_samples"][0]
    assert (server.folder(run_id) / "report.pdf").exists()


def test_what_is_logged_is_in_the_folder_and_in_dagster(server: Server, run_id: str) -> None:
    log = (server.folder(run_id) / "log.txt").read_text(encoding="utf-8")
    lines = ("Found 29 input images in input_dir.", "Found 2 exact duplicates.", "Sampled 7 images.", "Done!")
    assert [line for line in lines if f"INFO {line}" not in log] == []
    assert [line for line in lines if line not in server.messages(run_id)] == []


def test_a_launchpad_that_nobody_touched_says_nothing(server: Server) -> None:
    for selector in (
        {**server.selector(), "assetSelection": None},
        server.selector("__ASSET_JOB", SELECTION),
    ):
        kept = {key: value for key, value in selector.items() if value is not None}
        name = kept.pop("jobName")
        found = server.graphql(
            "query($s: PipelineSelector!) { runConfigSchemaOrError(selector: $s) { __typename "
            "... on RunConfigSchema { rootDefaultYaml } ... on PythonError { message } } }",
            s={**kept, "pipelineName": name},
        )["runConfigSchemaOrError"]
        assert found["__typename"] == "RunConfigSchema", found
        assert found["rootDefaultYaml"] in (UNTOUCHED, "{}\n")


@pytest.mark.parametrize("job", ["selection_job", "__ASSET_JOB"])
def test_untouched_it_does_what_the_stored_settings_say(
    server: Server, pictures: Path, tmp_path: Path, job: str
) -> None:
    """Strategies, dump, duplicates and model of the dataset survive; what a person edits overrides only that."""
    dataset = f"stored-{job.strip('_').lower()}"
    strategies = [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]
    config = {
        "ops": {
            "checkpoint": {"config": {"model": model(), "seed": 5}},
            "dedup_sets": {"config": {"remove_exact_duplicates": False}},
            "selected_samples": {"config": {"strategies": strategies, "n_samples": 5}},
            "exported_samples": {"config": {"dump_dataset": True, "output_image_format": "jpg"}},
            "report": {"config": {"n_example_images": 2}},
        },
        "resources": {
            "datasource": {"config": {"input_dir": str(pictures)}},
            "run_folder": {"config": {"output_dir": str(tmp_path)}},
        },
    }
    server.add_dataset(dataset)
    first = server.launch(dataset, config)
    assets = None if job == "selection_job" else sorted(ASSETS)
    again = server.launch(dataset, UNTOUCHED, server.selector(job, assets))
    before, after = server.report(first), server.report(again)
    for key in ("counts", "config", "selection"):
        assert after[key] == before[key]
    assert after["config"]["options"]["selection_config.strategies[0].strategy"] == {"type": "DIVERSITY"}
    assert after["config"]["options"]["lightly.seed"] == 5
    assert after["counts"]["duplicates"] == 0
    assert len(list((server.folder(again) / "data" / "sampled").rglob("*.jpg"))) == 5
    edited = {"ops": {"selected_samples": {"config": {"n_samples": 4}}}}
    third = server.launch(dataset, edited, server.selector(job, assets))
    assert server.report(third)["counts"]["selected"] == 4
    options = before["config"]["options"]
    changed = {key: value for key, value in server.report(third)["config"]["options"].items() if options[key] != value}
    assert changed == {"selection_config.n_samples": 4}
    assert len(list((server.folder(third) / "data" / "sampled").rglob("*.jpg"))) == 4


def test_selecting_again_runs_only_selection_and_what_follows(server: Server, run_id: str) -> None:
    config = {"ops": {"selected_samples": {"config": {"stopping_condition": {"proportion_samples": 0.5}}}}}
    second = server.launch("shapes", config, server.selector(assets=SELECTION))  # all else is stored with the dataset
    assert set(server.materialised(second)) == set(SELECTION)
    before, after = server.folder(run_id), server.folder(second)
    assert after.parent.parent == before.parent.parent
    report = server.report(second)
    assert (report["counts"]["input"], report["counts"]["selected"]) == (29, 14)
    lists = [(folder / "filenames" / "sampled_filenames.txt").read_text().split() for folder in (before, after)]
    assert len(lists[0]) == 7
    assert set(lists[0]) < set(lists[1])


def test_a_report_alone_tells_of_the_selection_that_it_shows(server: Server, run_id: str) -> None:
    select = {"ops": {"selected_samples": {"config": {"stopping_condition": {"n_samples": 3}}}}}
    shown = server.launch("shapes", select, server.selector(assets=SELECTION))
    alone = server.launch("shapes", {}, server.selector(assets=["plots", "report"]))
    before, after = server.report(shown), server.report(alone)
    assert after["counts"]["selected"] == 3
    assert after["config"]["options"]["stopping_condition.n_samples"] == 3
    assert after["config"] == before["config"]
    for key in ("counts", "selection", "embedding", "statistics"):
        assert after[key] == before[key]
    assert after["embedding"]["model"].startswith("resnet-9-w0.125-d16")
    assert after["timings"]["selected_samples"] == before["timings"]["selected_samples"]


def test_a_run_of_the_command_can_be_executed_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("filenames,embedding_0,labels\na.jpg,1,0\nb.jpg,2,0\n", encoding="utf-8")
    tokens = [f"shared_dir={tmp_path}", "embeddings=e.csv", f"output_dir={tmp_path / 'out'}", "run_directory=named"]
    done = subprocess.run(
        [WINNOW, "run", *tokens, "stopping_condition.n_samples=1"],
        env={**os.environ, "DAGSTER_HOME": str(server.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    (first,) = re.findall(r"/runs/(\S+)", done.stdout)
    found = server.run(first, "hasReExecutePermission status")
    assert found == {"hasReExecutePermission": True, "status": "SUCCESS"}
    again = server.execute_again(first, "ALL_STEPS")
    assert server.wait(again) == "SUCCESS", server.failures(again)
    assert server.folder(first) == tmp_path / "out" / "named"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d/\d\d:\d\d:\d\d", str(server.folder(again).relative_to(tmp_path / "out")))
    assert server.report(again)["counts"] == server.report(first)["counts"]


def test_every_check_passed(server: Server, run_id: str) -> None:
    results = {
        event["evaluation"]["checkName"]: event["evaluation"]["success"]
        for event in server.events(run_id)
        if "evaluation" in event
    }
    assert results == dict.fromkeys(CHECKS, True)


@pytest.mark.parametrize("place", ["jobs/selection_job", "assets/selected_samples"])
def test_launching_from_an_untouched_launchpad_in_a_browser(
    server: Server, run_id: str, tmp_path: Path, place: str
) -> None:
    """Both launchpads show an empty config, and what is launched untouched has the settings of the dataset."""
    button = "Materialize all…" if place.startswith("jobs") else "Materialize…"
    address = (
        f"{server.address}/locations/{LOCATION}/{place}" if place.startswith("jobs") else f"{server.address}/{place}"
    )
    with browser_page(tmp_path / "profile") as page:
        page.open(address)
        page.click(button, beside=True)
        page.click("Open launchpad", tag="*")
        page.wait_for("(document.querySelector('.CodeMirror-code, .cm-content')?.innerText || '').includes('{}')")
        page.open(address)
        page.click(button)
        time.sleep(1)  # the dialog moves into its place
        page.click("Select a partition or create one", tag="*")
        page.wait_for("document.body.innerText.includes('Add partition')")
        time.sleep(1)
        page.click("shapes", tag="*")
        page.press("Escape", 27)
        before = server.runs()
        page.click("Launch 1 run")
        launched = wait_for(lambda: [each for each in server.runs() if each not in before], "nothing was launched")[0]
    assert server.wait(launched) == "SUCCESS", server.failures(launched)
    assert server.run(launched, "runConfigYaml")["runConfigYaml"].strip() in ("", "{}", UNTOUCHED.strip())
    assert server.tags(launched)["dagster/partition"] == "shapes"
    assert (server.folder(launched) / "filenames" / "sampled_filenames.txt").read_text().count("\n") == 7
