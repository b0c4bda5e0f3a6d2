"""Whether a run of a dataset begins now: a pure function of what was seen, what was begun before, and the time.

The state is stored before the run is asked for, and the run is asked for by a key that stands in the state. So whatever
is stopped in between, the next look asks for the same run again, and Dagster makes it only once.
"""

from dataclasses import dataclass, replace
from typing import Literal

from configs.automation import Automation
from resources.catalog.watches import WatchState
from resources.cron import latest_due

FIRST_RETRY_SECONDS = 60.0
RETRY_FACTOR = 5.0  # 1 min, 5 min, 25 min, …
LATE_SECONDS = 1800.0
LONGEST_RETRY_SECONDS = 6 * 3600.0


Result = Literal["success", "failed", "canceled"]


@dataclass(frozen=True)
class Seen:
    """What a look at a dataset has found: a digest of the files that are new, empty where none is; or why it could not
    look, in one line."""

    digest: str = ""
    files: int = 0
    fault: str = ""


@dataclass(frozen=True)
class EndedRun:
    """How the run of `WatchState.run_key` ended. user: a person has to mend something before another can go well."""

    result: Result
    user: bool = False
    message: str = ""


def after_run(state: WatchState, ended: EndedRun | None, now: float, rules: Automation) -> WatchState:
    """The state when no run of the dataset is at work. ended: the run that this state began; None: there is none."""
    if state.status != "running":
        return state
    if ended is None:
        # It was never made: asked for, and then everything was stopped.
        return replace(state, status="waiting", attempts=state.attempts - 1)
    if ended.result == "success":
        return replace(state, status="idle", message="", done=state.digest, attempts=0, retry_at=0.0)
    if ended.user or ended.result == "canceled" or state.attempts >= rules.attempts:
        tried = f"after {state.attempts} runs" if state.attempts > 1 else ended.result
        message = f"{tried}: {ended.message}" if ended.message else tried
        return replace(state, status="failed", message=message, gave_up=True)
    wait = min(FIRST_RETRY_SECONDS * RETRY_FACTOR ** (state.attempts - 1), LONGEST_RETRY_SECONDS)
    return replace(state, status="waiting", message=ended.message, retry_at=now + wait)


def plan_watch(state: WatchState, seen: Seen, rules: Automation, dataset: str, now: float) -> tuple[WatchState, str]:
    """The next state, and the key of the run that begins now; empty where none does. No run is at work."""
    if seen.fault:
        return replace(state, status="unreachable", message=seen.fault, blind_since=state.blind_since or now), ""
    state = replace(state, blind_since=0.0)
    if not seen.digest:
        return WatchState(cron=state.cron, cron_at=state.cron_at, cron_key=state.cron_key), ""
    if seen.digest == state.done:
        message = f"{seen.files} files could not be read; they are tried again with the next that arrive"
        return replace(state, status="idle", message=message, digest=seen.digest, files=seen.files), ""
    if seen.digest != state.digest:
        anew = state.gave_up or not state.digest or state.digest == state.done
        state = replace(
            state,
            digest=seen.digest,
            files=seen.files,
            since=now if anew else state.since,
            changed=now,
            attempts=0 if anew else state.attempts,
            retry_at=0.0 if anew else state.retry_at,
            gave_up=False,
        )
    if state.gave_up:
        return replace(state, status="failed"), ""
    is_quiet = now - state.changed >= rules.quiet_seconds and state.files >= rules.min_files
    if not (is_quiet or now - state.since >= rules.max_wait_seconds) or now < state.retry_at:
        return replace(state, status="waiting"), ""
    attempt = state.attempts + 1
    key = f"{dataset}:{state.digest}:{state.since:.0f}:{attempt}"
    return replace(state, status="running", run_key=key, attempts=attempt), key


def is_late(state: WatchState, rules: Automation, now: float) -> bool:
    """Whether somebody should look: runs have failed, or new files or the place itself have waited for too long."""
    begun = state.since + rules.max_wait_seconds if state.digest and state.digest != state.done else 0.0
    waits_since = max(begun, state.blind_since)
    return state.status == "failed" or (waits_since > 0.0 and now - waits_since > LATE_SECONDS)


def plan_cron(state: WatchState, rules: Automation, dataset: str, now: float) -> tuple[WatchState, str]:
    """As `plan_watch`, for the times of the dataset's cron expression; of several that were missed the last one counts.

    The caller clears `cron_key` when the run is there.
    """
    expression = f"{rules.cron} {rules.timezone}" if rules.cron else ""
    if expression != state.cron:
        return replace(state, cron=expression, cron_at=now, cron_key=""), ""
    if expression and (due := latest_due(rules.cron, rules.timezone, now)) > state.cron_at:
        state = replace(state, cron_at=due, cron_key=f"{dataset}:cron:{due:.0f}")
    return state, state.cron_key
