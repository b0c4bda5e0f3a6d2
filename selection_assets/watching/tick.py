"""One round over the datasets that runs begin for by themselves: how their runs ended, what is new, what begins."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from resources.catalog.datasets import Dataset, all_datasets
from resources.catalog.watches import WatchState, store_watch_states, watch_states
from resources.killed_runs import AT_WORK
from resources.run import FAULT_TAG, PARTITION_TAG, TROUBLE_TAG
from selection_assets.watching.looks import Looks
from selection_assets.watching.plan import EndedRun, Result, after_run, is_late, plan_cron, plan_watch

RUN_KEY_TAG = "dagster/run_key"
_RESULTS: dict[DagsterRunStatus, Result] = {DagsterRunStatus.SUCCESS: "success", DagsterRunStatus.CANCELED: "canceled"}
log = logging.getLogger("winnow")


@dataclass(frozen=True)
class Begin:
    """A run that begins now."""

    dataset: str
    run_key: str


@dataclass(frozen=True)
class Round:
    """late: datasets that somebody should look at, since this round, with the reason."""

    begin: list[Begin]
    late: dict[str, str]


def tick(instance: DagsterInstance, looks: Looks, clock: Callable[[], float], seconds: float) -> Round:
    """The runs that begin now, at most one for each dataset, none for one that is at work. Takes about `seconds`."""
    at_work = {run.tags.get(PARTITION_TAG, "") for run in instance.get_runs(RunsFilter(statuses=AT_WORK))}
    asking = [each for each in all_datasets() if each.automation.watch or each.automation.cron]
    idle = {each.name: each for each in asking if each.name not in at_work}
    before = watch_states()
    states = {name: _after_runs(instance, before.get(name, WatchState()), idle[name], clock()) for name in idle}
    seen = looks.collect([each for each in idle.values() if each.automation.watch], seconds)
    begin, late = [], {}
    for name, dataset in idle.items():
        key = ""
        if name in seen:
            states[name], key = plan_watch(states[name], seen[name], dataset.automation, name, clock())
        if not key:
            states[name], key = _planned_cron(states[name], dataset, clock())
        if key:
            begin.append(Begin(name, key))
        is_now = is_late(states[name], dataset.automation, clock())
        if is_now and not states[name].late:
            late[name] = states[name].message or f"{states[name].files} new files wait"
        states[name] = replace(states[name], late=is_now)
    store_watch_states({name: state for name, state in states.items() if state != before.get(name)})
    return Round(begin, late)


def _planned_cron(state: WatchState, dataset: Dataset, now: float) -> tuple[WatchState, str]:
    try:
        return plan_cron(state, dataset.automation, dataset.name, now)
    except Exception as error:  # one dataset must not keep others from being looked at
        fault = f"{type(error).__name__}: {error}"[:300]
        message = f"its times cannot be told ({fault}); give others: winnow datasets edit {dataset.name} --cron"
        return replace(state, status="failed", message=message), ""


def _after_runs(instance: DagsterInstance, state: WatchState, dataset: Dataset, now: float) -> WatchState:
    """The state of a dataset that is not at work, with how its last runs ended."""
    if state.status == "running":
        state = after_run(state, _ended(instance, state.run_key), now, dataset.automation)
    if state.cron_key and (ended := _ended(instance, state.cron_key)):
        state = replace(state, cron_key="")
        if not dataset.automation.watch:
            failed = ended.result != "success"
            state = replace(state, status="failed" if failed else "idle", message=ended.message if failed else "")
    return state


def _ended(instance: DagsterInstance, run_key: str) -> EndedRun | None:
    """How the run of this key ended, the last one where it was retried; None where there is none."""
    found = instance.get_runs(RunsFilter(tags={RUN_KEY_TAG: run_key}))
    return _ending(found[0]) if found else None


def _ending(run: DagsterRun) -> EndedRun:
    fault, trouble = run.tags.get(FAULT_TAG, ""), run.tags.get(TROUBLE_TAG, "")
    said = fault or trouble or f"run {run.run_id[:8]}"
    return EndedRun(_RESULTS.get(run.status, "failed"), user=bool(fault), message=said)
