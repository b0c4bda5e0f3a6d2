import pytest

from configs.automation import Automation
from resources.catalog.datasets import add_missing, all_datasets, find_dataset, remove_datasets, store_automation
from resources.catalog.watches import WatchState, begin_anew, store_watch_states, watch_states

STATE = WatchState("failed", "why", "d1", 3, 1.5, 2.5, "key", 2, 9.0, True, "d0", 4.5, False, "0 3 * * * UTC", 7.0, "c")


@pytest.mark.usefixtures("catalog")
def test_states_come_back_as_they_were_stored() -> None:
    assert watch_states() == {}
    add_missing(["a", "b"])
    store_watch_states({"a": STATE, "gone": STATE})
    assert watch_states() == {"a": STATE}
    store_watch_states({"a": WatchState(digest="new"), "b": STATE})
    assert watch_states() == {"a": WatchState(digest="new"), "b": STATE}
    store_watch_states({})
    remove_datasets(["b"])
    add_missing(["b"])
    assert watch_states() == {"a": WatchState(digest="new")}


@pytest.mark.usefixtures("catalog")
def test_what_was_mended_begins_anew() -> None:
    add_missing(["a", "b"])
    store_watch_states({"a": STATE})
    begin_anew("a")
    begin_anew("b")
    kept = {"digest": "d1", "files": 3, "since": 1.5, "changed": 2.5, "run_key": "key", "blind_since": 4.5}
    assert watch_states() == {"a": WatchState(**kept, cron="0 3 * * * UTC", cron_at=7.0, cron_key="c")}


@pytest.mark.usefixtures("catalog")
def test_automation_is_stored_with_the_dataset() -> None:
    add_missing(["a", "b"])
    store_automation("a", Automation(watch=True, cron="0 3 * * *"))
    assert [each.automation for each in all_datasets()] == [Automation(watch=True, cron="0 3 * * *"), Automation()]
    store_automation("a", Automation(min_files=4))
    assert (found := find_dataset("a")) and found.automation == Automation(min_files=4)
