"""`selection_job` with each step in a process of its own: one run, one folder, one report; its dataset stays taken."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dagster import JobDefinition, multiprocess_executor

from configs.run_settings import STAGES
from resources.instance import dagster_instance
from selection_assets.definitions import build_defs
from tests.e2e.dagster_server import vectors_config

WHOLE_RUN = """
import json, sys
from dagster import execute_job, reconstructable
from resources.instance import dagster_instance
from selection_assets.partitions import datasets
from tests.e2e.test_step_processes import job_of_step_processes
if __name__ == "__main__":
    with dagster_instance() as instance:
        instance.add_dynamic_partitions(str(datasets.name), ["steps"])
        job, tags = reconstructable(job_of_step_processes), {"dagster/partition": "steps"}
        assert execute_job(job, instance, run_config=json.loads(sys.argv[1]), tags=tags).success
"""
OTHER_RUN = """
import time
from resources.locks import dataset_lock
with dataset_lock("steps", "other", lambda line: print(line, flush=True)):
    print(time.time(), flush=True)
"""


def job_of_step_processes() -> JobDefinition:
    return build_defs(executor=multiprocess_executor).resolve_job_def("selection_job")


def test_one_folder_one_whole_report_and_no_other_run_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    )
    config = {**vectors_config(tmp_path), "execution": {"config": {"max_concurrent": 2}}}
    script = tmp_path / "whole_run.py"  # a file, as the processes of its steps must be able to import it
    script.write_text(WHOLE_RUN, encoding="utf-8")
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen([sys.executable, script, json.dumps(config)], stdout=said, stderr=said)
    while process.poll() is None and not list(tmp_path.glob("out/*/*/config")):  # the first step has the dataset
        time.sleep(0.05)
    other = subprocess.run([sys.executable, "-c", OTHER_RUN], capture_output=True, text=True, check=True)
    assert process.wait(30) == 0, (tmp_path / "said").read_text(encoding="utf-8")[-3000:]
    with dagster_instance() as instance:
        (run,) = instance.get_runs()
        last_step = max(stats.end_time or 0.0 for stats in instance.get_run_step_stats(run.run_id))
    (folder,) = (tmp_path / "out").glob("*/*")
    assert run.tags["winnow/run_folder"] == str(folder)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["job"]["run_id"] == run.run_id
    assert (report["counts"]["input"], report["counts"]["selected"]) == (4, 2)
    assert set(report["timings"]) >= set(STAGES) - {"report", "exported_samples", "uploaded_pictures", "datapool"}
    log = (folder / "log.txt").read_text(encoding="utf-8")
    lines = [
        "Loading initial embedding file...",
        "Removing exact duplicates",
        "Normalizing embeddings",
        "Sampled 2 ",
        "Done!",
    ]
    assert [log.count(line) for line in lines] == [1] * len(lines)
    assert sorted(lines, key=log.index) == lines
    *lines, taken = other.stdout.splitlines()
    assert lines[0].startswith(f"waiting for run {run.run_id[:8]} of dataset steps (started ")
    assert float(taken) > last_step
