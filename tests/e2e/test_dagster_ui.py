"""`winnow ui`: a run launched through Dagster's GraphQL on a partition, what it shows, and the graph in a browser."""

import re
import shutil
import subprocess
from pathlib import Path

import dagster_webserver
import pytest

from tests.e2e.conftest import SMALL_MODEL
from tests.e2e.dagster_server import REPOSITORY, DagsterServer

GROUPS = {
    "input_samples": "samples",
    "checked_samples": "samples",
    "thumbnails": "samples",
    "datapool_members": "datapool",
    "checkpoint": "model",
    "embeddings": "embedding",
    "dedup_sets": "embedding",
    "normalized_embeddings": "embedding",
    "selected_samples": "selection",
    "exported_samples": "export",
    "lightly_thumbnails": "export",
    "uploaded_pictures": "export",
    "plots": "report",
    "report": "report",
    "datapool": "datapool",
    "platform_samples": "export",
    "processed_files": "samples",
}
CHECKS = {
    "corrupt_share",
    "finite_vectors",
    "unit_norms",
    "selection_count",
    "min_distance_held",
    "partition_of_the_input",
    "up_to_date",
}
PICTURES_PER_RUN = 300_000
KINDS_WITH_ICONS = {"csv", "json", "matplotlib", "numpy", "pdf", "polars", "python", "pytorch", "sql"}


@pytest.fixture(scope="module")
def run_id(server: DagsterServer, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A successful run of selection_job on a new partition, with a typed run config."""
    assert server.add_partition("shapes") == "AddDynamicPartitionSuccess"
    name, width, features = (token.partition("=")[2] for token in SMALL_MODEL)
    model = {"name": name, "width": float(width), "num_ftrs": int(features)}
    config = {
        "ops": {
            "checkpoint": {"config": {"model": model}},
            "selected_samples": {"config": {"stopping_condition": {"proportion_samples": 0.25}}},
        },
        "resources": {
            "datasource": {"config": {"input_dir": str(pictures)}},
            "run_folder": {"config": {"output_dir": str(tmp_path_factory.mktemp("out"))}},
        },
    }
    return server.launch("shapes", config)


def test_every_asset_is_materialised_on_the_partition(server: DagsterServer, run_id: str) -> None:
    events = server.materialisations(run_id)
    assert set(events) == set(GROUPS)
    assert {event["partition"] for event in events.values()} == {"shapes"}
    numbers = events["selected_samples"]["metadata"]
    assert (numbers["input"], numbers["corrupt"], numbers["duplicate"]) == (29, 3, 2)
    assert numbers["selected"] == 7  # a quarter of 29, rounded down
    assert (server.folder(run_id) / "report.pdf").exists()


def test_plots_are_one_picture_and_the_pictures_of_a_run_are_small(server: DagsterServer, run_id: str) -> None:
    events = server.materialisations(run_id)
    markdown = [text for event in events.values() for text in event["metadata"].values() if isinstance(text, str)]
    pictures = [text for text in markdown if "data:image/" in text]
    assert pictures == [events["plots"]["metadata"]["overview"]]
    assert sum(map(len, pictures)) < PICTURES_PER_RUN


def test_groups_owners_and_kinds(server: DagsterServer) -> None:
    nodes = server.graphql(
        "{ assetNodes { assetKey { path } groupName kinds description owners { ... on TeamAssetOwner { team } } } }"
    )["assetNodes"]
    assert {node["assetKey"]["path"][0]: node["groupName"] for node in nodes} == GROUPS
    assert {owner["team"] for node in nodes for owner in node["owners"]} == {"winnow"}
    assert all(node["kinds"] and node["description"] for node in nodes)
    assert {kind for node in nodes for kind in node["kinds"]} == KINDS_WITH_ICONS
    pages = Path(dagster_webserver.__file__).parent.glob("webapp/build/_next/static/chunks/**/*.js")
    icons = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert {kind for kind in KINDS_WITH_ICONS if re.search(rf'[{{,"]{kind}"?:\{{icon', icons)} == KINDS_WITH_ICONS


def test_selecting_again_runs_only_selection_and_what_follows(server: DagsterServer, run_id: str) -> None:
    assets = ["selected_samples", "exported_samples", "plots", "report"]
    config = {"ops": {"selected_samples": {"config": {"stopping_condition": {"proportion_samples": 0.5}}}}}
    second = server.launch("shapes", config, assets)  # everything else is stored with the dataset
    assert set(server.materialisations(second)) == set(assets)
    before, after = server.folder(run_id), server.folder(second)
    assert after.parent.parent == before.parent.parent
    report = server.report(second)
    assert (report["counts"]["input"], report["counts"]["selected"]) == (29, 14)
    lists = [(folder / "filenames" / "sampled_filenames.txt").read_text().split() for folder in (before, after)]
    assert len(lists[0]) == 7
    assert set(lists[0]) < set(lists[1])


def test_every_check_passed(server: DagsterServer, run_id: str) -> None:
    results = {
        event["evaluation"]["checkName"]: event["evaluation"]["success"]
        for event in server.events(run_id)
        if "evaluation" in event
    }
    assert results == dict.fromkeys(CHECKS, True)


def test_the_asset_graph_opens_in_a_browser(server: DagsterServer, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium on this machine")
    quiet = "--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update"
    page = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-sync",
            *quiet.split(),
            f"--user-data-dir={tmp_path / 'profile'}",
            "--window-size=2800,1500",
            "--virtual-time-budget=30000",
            "--dump-dom",
            f"{server.address}/locations/{REPOSITORY['repositoryLocationName']}/asset-groups/embedding",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    ).stdout
    names = {name for name, group in GROUPS.items() if group == "embedding"}
    assert {name for name in names if name in page} == names
