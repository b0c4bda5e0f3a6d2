"""`winnow ui` as its users have it: a web server and daemon of their own, asked through Dagster's GraphQL."""

import json
import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.e2e.conftest import WINNOW

REPOSITORY = {"repositoryLocationName": "selection_assets.definitions", "repositoryName": "__repository__"}
ENDED = ("SUCCESS", "FAILURE", "CANCELED")
CSV = "filenames,embedding_0,embedding_1,labels\na.jpg,0,1,0\nb.jpg,3,0,0\nc.jpg,1,1,0\nd.jpg,2,1,0\n"
T = TypeVar("T")


def vectors_config(folder: Path, n_samples: int = 2, **resources: Any) -> dict[str, Any]:
    """A run config that selects from four vectors, whose file is written where it is missing: the quickest run."""
    if not (folder / "e.csv").exists():
        (folder / "e.csv").write_text(CSV, encoding="utf-8")
    return {
        "ops": {
            "input_samples": {"config": {"embeddings": "e.csv"}},
            "selected_samples": {"config": {"stopping_condition": {"n_samples": n_samples}}},
        },
        "resources": {
            "datasource": {"config": {"shared_dir": str(folder)}},
            "run_folder": {"config": {"output_dir": str(folder / "out"), **resources}},
        },
    }


def wait_for(ready: Callable[[], T], seconds: float, message: str) -> T:
    """What `ready` returns as soon as that is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := ready():
            return value
        time.sleep(0.3)
    raise AssertionError(message)


class DagsterServer:
    def __init__(self, address: str, home: Path) -> None:
        self.address, self.home = address, home

    def graphql(self, query: str, **variables: Any) -> Any:
        request = urllib.request.Request(
            f"{self.address}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer
        return answer["data"]

    def add_partition(self, key: str) -> str:
        """The type of the answer, e.g. AddDynamicPartitionSuccess."""
        added = self.graphql(
            "mutation($s: RepositorySelector!, $k: String!) { addDynamicPartition(repositorySelector: $s, "
            'partitionsDefName: "datasets", partitionKey: $k) { __typename } }',
            s=REPOSITORY,
            k=key,
        )
        return str(added["addDynamicPartition"]["__typename"])

    def start(
        self,
        partition: str,
        config: dict[str, Any] | str,
        assets: Sequence[str] | None = None,
        *,
        job: str = "selection_job",
        tags: dict[str, str] | None = None,
    ) -> str:
        """Launch a job, or some of its assets; returns the run's id. A text is the config as a launchpad holds it."""
        selector: dict[str, Any] = {**REPOSITORY, "jobName": job}
        if assets is not None:
            selector["assetSelection"] = [{"path": [name]} for name in assets]
        metadata = {"dagster/partition": partition, **(tags or {})}
        launched = self.graphql(
            "mutation($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename "
            "... on LaunchRunSuccess { run { runId } } ... on PythonError { message } "
            "... on RunConfigValidationInvalid { errors { message } } } }",
            p={
                "selector": selector,
                "runConfigData": config if isinstance(config, str) else json.dumps(config),
                "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in metadata.items()]},
            },
        )["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def launch(self, partition: str, config: dict[str, Any] | str, *arguments: Any, **options: Any) -> str:
        """As `start`, and wait until the run has succeeded."""
        run_id = self.start(partition, config, *arguments, **options)
        assert self.end(run_id) == "SUCCESS", self.errors(run_id)
        return run_id

    def execute_again(self, run_id: str, strategy: str, **parameters: Any) -> str:
        """`strategy`: ALL_STEPS or FROM_FAILURE."""
        again = self.graphql(
            "mutation($p: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $p) { __typename "
            "... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }",
            p={"parentRunId": run_id, "strategy": strategy, **parameters},
        )["launchRunReexecution"]
        assert again["__typename"] == "LaunchRunSuccess", again
        return str(again["run"]["runId"])

    def cancel(self, run_id: str) -> None:
        done = self.graphql(
            "mutation($r: String!) { terminateRun(runId: $r) { __typename ... on TerminateRunFailure { message } } }",
            r=run_id,
        )["terminateRun"]
        assert done["__typename"] == "TerminateRunSuccess", done

    def status(self, run_id: str) -> str:
        return str(self._run(run_id, "status")["status"])

    def end(self, run_id: str, seconds: float = 240) -> str:
        """How the run ends."""
        message = f"run {run_id} does not end"
        return wait_for(lambda: (status := self.status(run_id)) in ENDED and status, seconds, message) or ""

    def tags(self, run_id: str) -> dict[str, str]:
        return {tag["key"]: tag["value"] for tag in self._run(run_id, "tags { key value }")["tags"]}

    def folder(self, run_id: str) -> Path:
        return Path(self.tags(run_id)["winnow/run_folder"])

    def report(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder(run_id) / "report.json").read_text(encoding="utf-8"))
        return found

    def config(self, run_id: str) -> str:
        return str(self._run(run_id, "runConfigYaml")["runConfigYaml"])

    def materialisations(self, run_id: str) -> dict[str, dict[str, Any]]:
        """By asset, with partition, and metadata as `label: value`."""
        found = self._run(
            run_id,
            "assetMaterializations { partition assetKey { path } tags { key value } metadataEntries { label "
            "... on IntMetadataEntry { intValue } ... on MarkdownMetadataEntry { mdStr } "
            "... on UrlMetadataEntry { url } ... on PathMetadataEntry { path } ... on TextMetadataEntry { text } } }",
        )["assetMaterializations"]
        return {
            event["assetKey"]["path"][0]: {
                "partition": event["partition"],
                "data_version": {tag["key"]: tag["value"] for tag in event["tags"]}.get("dagster/data_version"),
                "metadata": {
                    entry["label"]: next((value for key, value in entry.items() if key != "label"), None)
                    for entry in event["metadataEntries"]
                },
            }
            for event in found
        }

    def events(self, run_id: str) -> list[dict[str, Any]]:
        found = self.graphql(
            "query($r: ID!) { logsForRun(runId: $r, limit: 5000) { ... on EventConnection { events { __typename "
            "... on MessageEvent { message level stepKey } "
            "... on AssetCheckEvaluationEvent { evaluation { checkName success } } "
            "... on ExecutionStepFailureEvent { error { message stack } } } } } }",
            r=run_id,
        )["logsForRun"]["events"]
        return list(found)

    def messages(self, run_id: str, level: str = "INFO") -> list[str]:
        """What was logged by the program itself."""
        return [
            event["message"]
            for event in self.events(run_id)
            if event["__typename"] == "LogMessageEvent" and event["level"] == level
        ]

    def errors(self, run_id: str) -> list[str]:
        return [event["error"]["message"] for event in self.events(run_id) if event.get("error")]

    def stale(self, partition: str) -> dict[str, str]:
        """By asset: FRESH, STALE or MISSING."""
        found = self.graphql(
            "query($p: String!) { assetNodes { assetKey { path } staleStatus(partition: $p) } }", p=partition
        )
        return {node["assetKey"]["path"][0]: node["staleStatus"] for node in found["assetNodes"]}

    def _run(self, run_id: str, fields: str) -> Any:
        query = f"query($r: ID!) {{ runOrError(runId: $r) {{ ... on Run {{ {fields} }} }} }}"
        return self.graphql(query, r=run_id)["runOrError"]


@contextmanager
def dagster_server(home: Path) -> Iterator[DagsterServer]:
    """`winnow ui` on a state folder, until the block ends."""
    output = home / "server.log"
    with output.open("w") as log:
        process = subprocess.Popen(
            [WINNOW, "ui", "--port", "0"],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "DAGSTER_HOME": str(home)},
            start_new_session=True,
        )

    def address() -> str:
        lines = output.read_text(encoding="utf-8").splitlines()
        assert process.poll() is None, lines
        return next((line.split()[-1] for line in lines if line.startswith("Winnow in Dagster:")), "")

    try:
        yield DagsterServer(wait_for(address, 120, f"no server, see {output}"), home)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
