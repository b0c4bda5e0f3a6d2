"""Jobs as the pages show them: those that wait or are at work, and the last ones that have ended."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from resources.platform.datasets import PlatformDataset
from resources.platform.run_states import BEGIN, ENDS, OF_STEPS
from resources.platform.runs import Artifact, PlatformRun, artifacts_of, last_runs
from resources.platform.scheduled_runs import ScheduledRun, waiting_runs

UI_URL = "WINNOW_UI_URL"  # address of Dagster's pages
STATES = (BEGIN[0], *(state for state, _ in OF_STEPS.values()))  # in the order of a run
ENDED = 20  # that are shown
_NAMES = {"REPORT_PDF": "report", "LOG": "log", "CHECKPOINT": "model"}
_WAITS = {"OPEN": "waits", "LOCKED": "begins", "TAKEN": "begins"}


@dataclass(frozen=True)
class ShownJob:
    """scheduled: id of the job. step: how many of `steps` have begun; 0 while it waits. since: ms. dagster: address of
    the run in Dagster's pages, empty where it has none. artifacts: what can be opened, by its name here."""

    scheduled: str
    run: str
    dataset: PlatformDataset
    state: str
    message: str
    kind: str  # waiting, working, good, bad
    step: int
    since: int
    dagster: str
    artifacts: Mapping[str, str]

    @property
    def steps(self) -> int:
        return len(STATES)

    @property
    def words(self) -> str:
        return self.state.replace("_", " ").capitalize()


def jobs_under_way(datasets: Iterable[PlatformDataset]) -> list[ShownJob]:
    """Those at work first, then those that wait, the oldest first."""
    known = {each.id: each for each in datasets}
    runs = [run for run in last_runs(known, ENDED, ended=False) if run.dataset in known]
    waiting = [_waiting(each, known[each.dataset]) for each in waiting_runs(known)]
    return [*_shown(sorted(runs, key=lambda run: run.created), known), *waiting]


def jobs_ended(datasets: Iterable[PlatformDataset]) -> list[ShownJob]:
    """The last ones, the newest first."""
    known = {each.id: each for each in datasets}
    return _shown(last_runs(known, ENDED, ended=True), known)


def _waiting(job: ScheduledRun, dataset: PlatformDataset) -> ShownJob:
    labels = f" on a worker with {', '.join(job.runs_on)}" if job.runs_on else ""
    message = f"{_WAITS[job.state].capitalize()}{labels}; priority {job.priority.lower()}."
    return ShownJob(job.id, "", dataset, "WAITING", message, "waiting", 0, job.created, "", {})


def _shown(runs: list[PlatformRun], known: Mapping[str, PlatformDataset]) -> list[ShownJob]:
    artifacts = artifacts_of(run.id for run in runs)
    address = os.environ.get(UI_URL, "").rstrip("/")
    return [
        ShownJob(
            scheduled=run.scheduled,
            run=run.id,
            dataset=known[run.dataset],
            state=run.state,
            message=run.message or "",
            kind=("good" if run.state == "COMPLETED" else "bad") if run.state in ENDS else "working",
            step=STATES.index(run.state) + 1 if run.state in STATES else 1,
            since=run.changed if run.state in ENDS else run.created,
            dagster=f"{address}/runs/{run.dagster_run}" if address and run.dagster_run else "",
            artifacts=_openable(artifacts[run.id]),
        )
        for run in runs
    ]


def _openable(artifacts: Iterable[Artifact]) -> dict[str, str]:
    return {_NAMES[each.type]: each.id for each in artifacts if each.type in _NAMES}
