"""What a run is told, when it begins, goes on, or is executed again."""

import json
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus

from configs.errors import InputError
from configs.stages.check import CheckConfig
from resources.dataset_settings import store_settings, stored_settings
from resources.run import COMPLETE_TAG, FOLDER_TAG, OVERRIDES_TAG, RUN_TAG, Run, remember_settings, run_of
from tests.resources.conftest import NewRun

ASKED = {"ops": {"selected_samples": {"config": {"method": "random"}}}}


def test_a_run_has_the_stored_settings_and_what_its_config_names(instance: DagsterInstance, new_run: NewRun) -> None:
    store_settings(
        "shapes", {"selected_samples": {"seed": 7, "method": "coreset"}, "exported_samples": {"dump_dataset": True}}
    )
    run = run_of(instance, new_run(ASKED))
    assert run.dataset == "shapes"
    assert run.named == {
        "selected_samples": {"seed": 7, "method": "random"},
        "exported_samples": {"dump_dataset": True},
    }


def test_settings_that_change_later_do_not_reach_the_run(instance: DagsterInstance, new_run: NewRun) -> None:
    store_settings("shapes", {"selected_samples": {"seed": 7}})
    run_id = new_run()
    first = run_of(instance, run_id)
    store_settings("shapes", {"selected_samples": {"seed": 8}})
    again = run_of(instance, run_id)
    assert first.named == again.named == {"selected_samples": {"seed": 7}}
    assert first.started == again.started


def test_a_complete_config_is_not_mixed_with_stored_settings(instance: DagsterInstance, new_run: NewRun) -> None:
    store_settings("shapes", {"selected_samples": {"seed": 7}})
    assert run_of(instance, new_run(ASKED, {COMPLETE_TAG: "true"})).named == {"selected_samples": {"method": "random"}}


def test_the_first_run_of_a_dataset_that_begins_well_stores_its_settings(
    instance: DagsterInstance, new_run: NewRun
) -> None:
    first = run_of(instance, new_run(ASKED))
    assert stored_settings("shapes") == {}
    remember_settings(first)
    assert stored_settings("shapes") == {"selected_samples": {"method": "random"}}
    remember_settings(run_of(instance, new_run({"ops": {"selected_samples": {"config": {"method": "coral"}}}})))
    assert stored_settings("shapes") == {"selected_samples": {"method": "random"}}


def test_executed_again_from_the_start_it_is_a_new_run(instance: DagsterInstance, new_run: NewRun) -> None:
    first = new_run(ASKED)
    run_of(instance, first)
    instance.add_run_tags(first, {FOLDER_TAG: "/out/first"})
    copied = instance.get_run_by_id(first)
    assert copied is not None
    again = new_run(ASKED, {**copied.tags, "dagster/parent_run_id": first})
    run = run_of(instance, again)
    assert run.folder == ""
    assert run.id == again
    kept = instance.get_run_by_id(again)
    assert kept is not None
    assert kept.tags[FOLDER_TAG] == ""
    assert json.loads(kept.tags[RUN_TAG])["id"] == again


@pytest.mark.parametrize("tag", ["dagster/is_resume_retry", "dagster/is_asset_resume_retry", "dagster/retry_number"])
@pytest.mark.parametrize("copies_tags", [True, False])
def test_from_failure_it_goes_on_in_the_folder_and_with_the_settings(
    instance: DagsterInstance, new_run: NewRun, tag: str, copies_tags: bool
) -> None:
    store_settings("shapes", {"selected_samples": {"seed": 7}})
    first = new_run(ASKED, status=DagsterRunStatus.FAILURE)
    named = run_of(instance, first).named
    instance.add_run_tags(first, {FOLDER_TAG: "/out/first"})
    store_settings("shapes", {"selected_samples": {"seed": 8}})
    failed = instance.get_run_by_id(first)
    assert failed is not None
    tags = {**(failed.tags if copies_tags else {}), "dagster/parent_run_id": first, tag: "1"}
    run = run_of(instance, new_run(ASKED, tags))
    assert run.folder == "/out/first"
    assert run.named == named == {"selected_samples": {"seed": 7, "method": "random"}}


def test_tokens_of_the_command_line(instance: DagsterInstance, new_run: NewRun) -> None:
    assert run_of(instance, new_run()).overrides is None
    assert run_of(instance, new_run(tags={OVERRIDES_TAG: json.dumps(["a=1"])})).overrides == ("a=1",)


@pytest.mark.parametrize("key", ["../up", "a|b", "a/b", ".."])
def test_a_partition_key_that_is_no_name_is_refused(instance: DagsterInstance, new_run: NewRun, key: str) -> None:
    with pytest.raises(InputError, match=r"use up to 100 letters.*; delete this partition in Dagster and add one"):
        run_of(instance, new_run(tags={"dagster/partition": key}))


def test_typed_settings(tmp_path: Path) -> None:
    from datetime import datetime

    run = Run("r", "d", {"checked_samples": {"thumbnail_size": 64}}, datetime.now().astimezone())
    assert run.settings_of(CheckConfig) == CheckConfig(thumbnail_size=64)
    bad = Run("r", "d", {"checked_samples": {"thumbnail_size": 1}}, datetime.now().astimezone())
    with pytest.raises(InputError, match=r"checked_samples\.thumbnail_size: must be at least 32"):
        bad.settings_of(CheckConfig)
