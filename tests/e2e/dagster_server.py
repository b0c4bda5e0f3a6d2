"""A Dagster web server with its daemon, and what tests ask it through GraphQL."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.conftest import WINNOW

LOCATION = "selection_assets.definitions"
SELECTOR = {"repositoryLocationName": LOCATION, "repositoryName": "__repository__"}
ENDED = ("SUCCESS", "FAILURE", "CANCELED")
SECONDS = 240


def wait_for(ready: Callable[[], Any], message: str, seconds: float = SECONDS) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := ready():
            return value
        time.sleep(0.3)
    raise AssertionError(message)


@dataclass(frozen=True)
class Server:
    """Its address, and its state folder."""

    address: str
    home: Path

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/server_info", timeout=5) as response:
                return bool(response.status == 200)
        except OSError:
            return False

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

    def add_dataset(self, key: str) -> None:
        added = self.graphql(
            "mutation($s: RepositorySelector!, $k: String!) { addDynamicPartition(repositorySelector: $s, "
            'partitionsDefName: "datasets", partitionKey: $k) { __typename } }',
            s=SELECTOR,
            k=key,
        )
        assert added["addDynamicPartition"]["__typename"] == "AddDynamicPartitionSuccess", added

    def selector(self, job: str = "selection_job", assets: list[str] | None = None) -> dict[str, Any]:
        chosen = {} if assets is None else {"assetSelection": [{"path": [name]} for name in assets]}
        return {**SELECTOR, "jobName": job, **chosen}

    def start(self, dataset: str, config: Any, selector: dict[str, Any] | None = None) -> str:
        """Launch a run; its id. config: as a dictionary, or YAML as a launchpad sends it."""
        launched = self.graphql(
            "mutation($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename "
            "... on LaunchRunSuccess { run { runId } } ... on PythonError { message } "
            "... on RunConfigValidationInvalid { errors { message } } } }",
            p={
                "selector": selector or self.selector(),
                "runConfigData": config if isinstance(config, str) else json.dumps(config),
                "executionMetadata": {"tags": [{"key": "dagster/partition", "value": dataset}]},
            },
        )["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def launch(self, dataset: str, config: Any, selector: dict[str, Any] | None = None) -> str:
        """The id of a run that has succeeded."""
        run_id = self.start(dataset, config, selector)
        assert self.wait(run_id) == "SUCCESS", self.failures(run_id)
        return run_id

    def execute_again(self, run_id: str, strategy: str, *, copies_tags: bool = True) -> str:
        again = self.graphql(
            "mutation($p: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $p) { __typename "
            "... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }",
            p={"parentRunId": run_id, "strategy": strategy, "useParentRunTags": copies_tags},
        )["launchRunReexecution"]
        assert again["__typename"] == "LaunchRunSuccess", again
        return str(again["run"]["runId"])

    def run(self, run_id: str, fields: str) -> Any:
        return self.graphql(f"query($r: ID!) {{ runOrError(runId: $r) {{ ... on Run {{ {fields} }} }} }}", r=run_id)[
            "runOrError"
        ]

    def runs(self) -> list[str]:
        found = self.graphql("query { runsOrError(limit: 50) { ... on Runs { results { runId } } } }")
        return [run["runId"] for run in found["runsOrError"]["results"]]

    def status(self, run_id: str) -> str:
        return str(self.run(run_id, "status")["status"])

    def wait(self, run_id: str) -> str:
        """How the run ended."""
        wait_for(lambda: self.status(run_id) in ENDED, f"run {run_id} does not end")
        return self.status(run_id)

    def tags(self, run_id: str) -> dict[str, str]:
        return {tag["key"]: tag["value"] for tag in self.run(run_id, "tags { key value }")["tags"]}

    def folder(self, run_id: str) -> Path:
        return Path(self.tags(run_id)["winnow/run_folder"])

    def report(self, run_id: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder(run_id) / "report.json").read_text(encoding="utf-8"))
        return content

    def events(self, run_id: str) -> list[dict[str, Any]]:
        found = self.graphql(
            "query($r: ID!) { logsForRun(runId: $r, limit: 5000) { ... on EventConnection { events { __typename "
            "... on MessageEvent { message level stepKey } "
            "... on ExecutionStepFailureEvent { error { message errorChain { error { message } } } } "
            "... on AssetCheckEvaluationEvent { evaluation { checkName success } } } } } }",
            r=run_id,
        )
        return list(found["logsForRun"]["events"])

    def messages(self, run_id: str) -> list[str]:
        return [event["message"] for event in self.events(run_id) if event.get("message")]

    def failures(self, run_id: str) -> str:
        return "\n".join(event["message"] for event in self.events(run_id) if "Failure" in event["__typename"])

    def materialised(self, run_id: str) -> dict[str, Any]:
        """By asset: partition and metadata of what a run made."""
        found = self.run(
            run_id,
            "assetMaterializations { partition assetKey { path } metadataEntries { label "
            "... on IntMetadataEntry { intValue } ... on MarkdownMetadataEntry { mdStr } "
            "... on TextMetadataEntry { text } } }",
        )
        return {event["assetKey"]["path"][0]: event for event in found["assetMaterializations"]}


@contextmanager
def dagster_server(home: Path) -> Iterator[Server]:
    """`winnow ui` on a free port; stopped again at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", home)
    with (home / "server.log").open("w") as log:
        process = subprocess.Popen(
            [WINNOW, "ui", "--port", str(port)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "DAGSTER_HOME": str(home)},
            start_new_session=True,
        )
    try:
        wait_for(server.answers, f"no server, see {home / 'server.log'}", 120)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
