"""The planner, step by step, and against every way of being cut off."""

from dataclasses import replace

import pytest

from configs.automation import Automation
from resources.catalog.watches import WatchState
from selection_assets.watching.plan import EndedRun, Seen, after_run, is_late, plan_cron, plan_watch

RULES = Automation(watch=True, quiet_seconds=10, min_files=3, max_wait_seconds=100, attempts=3)
NEW = WatchState()
SUCCESS, KILLED = EndedRun("success"), EndedRun("failed", message="run 1234")


def planned(state: WatchState, seen: Seen, now: float, rules: Automation = RULES) -> tuple[WatchState, str]:
    return plan_watch(state, seen, rules, "d", now)


def test_files_are_waited_for_until_it_is_quiet() -> None:
    state, key = planned(NEW, Seen("one", 3), 1000)
    assert (state.status, state.files, state.since, state.changed, key) == ("waiting", 3, 1000, 1000, "")
    state, key = planned(state, Seen("one", 3), 1009.9)
    assert key == ""
    state, key = planned(state, Seen("two", 4), 1009.9)  # another one arrives
    assert (state.since, state.changed, state.files, key) == (1000, 1009.9, 4, "")
    state, key = planned(state, Seen("two", 4), 1019)
    assert key == ""
    state, key = planned(state, Seen("two", 4), 1020)
    assert (state.status, state.attempts, key) == ("running", 1, "d:two:1000:1")
    assert state.run_key == key


def test_too_few_files_wait_but_not_for_ever() -> None:
    state, _ = planned(NEW, Seen("one", 2), 1000)
    state, key = planned(state, Seen("one", 2), 1099)
    assert (state.status, key) == ("waiting", "")
    state, key = planned(state, Seen("one", 2), 1100)
    assert key == "d:one:1000:1"


def test_files_that_never_stop_arriving_wait_but_not_for_ever() -> None:
    state, key, now = NEW, "", 1000.0
    while not key:
        now += 5
        state, key = planned(state, Seen(f"digest {now}", int(now)), now)
    assert now == 1105


def test_nothing_new_ends_the_wait() -> None:
    state, _ = planned(replace(NEW, cron="c", cron_at=5.0, cron_key="k"), Seen("one", 2), 1000)
    state, key = planned(state, Seen(), 1001)
    assert (state, key) == (WatchState(cron="c", cron_at=5.0, cron_key="k"), "")


def running(attempts: int = 1) -> WatchState:
    return WatchState("running", "", "one", 5, 1000, 1000, "d:one:1000:1", attempts)


def test_what_could_not_be_read_is_left_until_more_arrives() -> None:
    state = after_run(running(), SUCCESS, 2000, RULES)
    assert (state.status, state.done, state.attempts) == ("idle", "one", 0)
    state, key = planned(state, Seen("one", 2), 3000)
    assert (state.status, key) == ("idle", "")
    assert state.message == "2 files could not be read; they are tried again with the next that arrive"
    state, key = planned(state, Seen("more", 3), 4000)
    assert (state.status, state.since, key) == ("waiting", 4000, "")
    assert planned(state, Seen("more", 3), 4010)[1] == "d:more:4000:1"


def test_a_run_that_was_killed_is_tried_again_later_and_later() -> None:
    waits, state, now = [], running(), 2000.0
    for attempt in (2, 3):
        state = after_run(state, KILLED, now, RULES)
        assert (state.status, state.message) == ("waiting", "run 1234")
        waits.append(state.retry_at - now)
        assert planned(state, Seen("one", 5), state.retry_at - 0.1)[1] == ""
        now = state.retry_at
        state, key = planned(state, Seen("one", 5), now)
        assert key == f"d:one:1000:{attempt}"
    assert waits == [60, 300]
    state = after_run(state, KILLED, now, RULES)
    assert (state.status, state.gave_up, state.message) == ("failed", True, "after 3 runs: run 1234")
    assert planned(state, Seen("one", 5), now + 1e6) == (state, "")


def test_the_wait_for_another_try_has_an_end() -> None:
    state = after_run(running(9), KILLED, 2000, RULES.model_copy(update={"attempts": 100}))
    assert state.retry_at - 2000 == 6 * 3600


@pytest.mark.parametrize(
    ("ended", "message"),
    [
        (EndedRun("failed", user=True, message="n_samples=0"), "failed: n_samples=0"),
        (EndedRun("canceled"), "canceled"),
    ],
)
def test_what_a_person_must_mend_or_has_stopped_is_not_tried_again(ended: EndedRun, message: str) -> None:
    state = after_run(running(), ended, 2000, RULES)
    assert (state.status, state.message) == ("failed", message)
    assert planned(state, Seen("one", 5), 1e9) == (state, "")
    blind, _ = planned(state, Seen(fault="gone"), 1e9)
    assert (blind.status, blind.message) == ("unreachable", "gone")
    assert planned(blind, Seen("one", 5), 1e9)[1] == ""  # nor when the bucket is back
    other, key = planned(blind, Seen("two", 6), 1e9)
    assert (other.status, other.attempts, other.since, key) == ("waiting", 0, 1e9, "")
    assert planned(other, Seen("two", 6), 1e9 + 10)[1] == "d:two:1000000000:1"


def test_files_that_arrive_between_two_tries_join_the_next() -> None:
    state = after_run(running(), KILLED, 2000, RULES)
    state, _ = planned(state, Seen("two", 6), 2001)
    assert (state.attempts, state.retry_at, state.since) == (1, 2060, 1000)
    assert planned(state, Seen("two", 6), 2059)[1] == ""
    assert planned(state, Seen("two", 6), 2060)[1] == "d:two:1000:2"


def test_a_run_that_was_asked_for_and_never_made_is_asked_for_again_by_the_same_key() -> None:
    state, _ = planned(NEW, Seen("one", 3), 1000)
    state, key = planned(state, Seen("one", 3), 1010)
    again, second = planned(after_run(state, None, 1020, RULES), Seen("one", 3), 1020)
    assert second == key and again.attempts == 1


def test_the_same_files_after_they_were_taken_away_are_another_batch() -> None:
    """Dagster keeps run keys for ever."""
    state, _ = planned(NEW, Seen("one", 3), 1000)
    state, first = planned(state, Seen("one", 3), 1010)
    state, _ = planned(after_run(state, SUCCESS, 1100, RULES), Seen(), 1100)
    state, _ = planned(state, Seen("one", 3), 2000)
    assert planned(state, Seen("one", 3), 2010)[1] != first


def cron(state: WatchState, now: float, expression: str = "*/10 * * * *") -> tuple[WatchState, str]:
    return plan_cron(state, Automation(cron=expression), "d", now)


def test_a_cron_begins_at_its_next_time_and_once_after_a_pause() -> None:
    state, key = cron(NEW, 1001)
    assert (state.cron_at, key) == (1001, "")  # the time before it was given is not made up for
    assert cron(state, 1199)[1] == ""
    state, key = cron(state, 1201)
    assert key == "d:cron:1200"
    assert cron(state, 1202) == (state, key)  # until the run is there
    state = replace(state, cron_key="")
    assert cron(state, 1203) == (state, "")
    state, key = cron(state, 9999)  # nothing ran for hours
    assert key == "d:cron:9600"
    assert cron(replace(state, cron_key=""), 10_100)[1] == ""


def test_another_cron_begins_anew() -> None:
    state, _ = cron(NEW, 1001)
    state, key = cron(state, 1199, "*/5 * * * *")
    assert (state.cron_at, key) == (1199, "")
    assert cron(state, 1201, "*/5 * * * *")[1] == "d:cron:1200"
    state, key = plan_cron(replace(state, cron_key="asked"), Automation(), "d", 5000)
    assert (state.cron, state.cron_key, key) == ("", "", "")
    assert plan_cron(NEW, Automation(), "d", 5000) == (NEW, "")


@pytest.mark.parametrize(
    ("state", "late"),
    [
        (NEW, False),
        (replace(NEW, status="failed"), True),
        (replace(NEW, digest="d", files=1, since=1000), False),  # 100 s may pass, and half an hour
        (replace(NEW, digest="d", files=1, since=899), True),
        (replace(NEW, digest="d", files=1, since=1, done="d"), False),
        (replace(NEW, blind_since=1000), False),
        (replace(NEW, blind_since=999), True),
    ],
)
def test_when_somebody_should_look(state: WatchState, late: bool) -> None:
    assert is_late(state, RULES, 2800) == late
