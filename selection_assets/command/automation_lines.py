"""What `winnow datasets show` says about runs that begin by themselves."""

from datetime import UTC, datetime

from configs.automation import Automation
from resources.catalog.watches import WatchState


def automation_lines(rules: Automation, state: WatchState | None) -> list[str]:
    """Rules, and how far the dataset is; none where nothing begins by itself."""
    lines = []
    if rules.watch:
        least = f", {rules.min_files:,} files" if rules.min_files > 1 else ""
        lines.append(
            f"{'watched':<14}a run begins after {rules.quiet_seconds:g} s without a change{least}, or "
            f"{rules.max_wait_seconds:g} s; {rules.attempts} attempts"
        )
    if rules.cron:
        lines.append(f"{'cron':<14}{rules.cron} ({rules.timezone})")
    if lines:
        lines.append(f"{'state':<14}{_state(state)}")
    return lines


def _state(state: WatchState | None) -> str:
    if state is None:
        return "not looked at yet; winnow ui, or Dagster's daemon, must be at work"
    said = {
        "idle": "nothing to do",
        "waiting": f"{state.files:,} new files since {_moment(state.since)}",
        "running": f"a run with {state.files:,} new files has begun",
        "failed": "failed; a new file begins again, or winnow datasets edit, when it is mended",
        "unreachable": "cannot be looked at",
    }[state.status]
    again = f"; tried again at {_moment(state.retry_at)}" if state.retry_at else ""
    return f"{said}{f': {state.message}' if state.message else ''}{again}"


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
