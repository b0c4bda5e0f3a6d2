"""What every asset has around its work, held on a step that does next to nothing."""

import logging
from typing import Any

import polars as pl
import pytest
from dagster import AssetsDefinition, DagsterInstance, ExecuteInProcessResult, Failure, materialize

from configs.errors import InputError
from configs.run_settings import to_run_config
from configs.stages.check import CheckConfig
from configs.stages.dedup import DedupConfig
from resources.dataset_settings import store_settings
from resources.datasource import Datasource
from resources.run import Run
from resources.run_folder import RunFolder
from resources.sample_cache import SampleCache
from resources.tables import Table
from selection_assets.assets.step import Made, Output, markdown_table, step
from selection_assets.checks import FINITE_VECTORS
from selection_assets.definitions import RESOURCES
from selection_assets.partitions import datasets
from tests.assets.conftest import DATASET, QUIET, Alone

log = logging.getLogger("winnow")
ROWS = pl.DataFrame({"number": range(100, 112)})


def failing(error: BaseException) -> AssetsDefinition:
    """A step that has begun to write when it ends with this error."""

    @step("group", {"idle": Output("nothing", {"polars"})})
    def idle(folder: RunFolder) -> Made:
        folder.write_lines("begun.txt", [])
        raise error

    return idle


def run(alone: Alone, asset: AssetsDefinition, **named: Any) -> ExecuteInProcessResult:
    """Its run folder is `run`."""
    folders = {"datasource": {"input_dir": str(alone.input)}, "run_folder": {"output_dir": str(alone.output)}}
    store_settings(DATASET, {**folders, **named})
    of_run = to_run_config({"run_folder": {"run_directory": "run"}})
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(str(datasets.name), [DATASET])
        return materialize(
            [asset], partition_key=DATASET, resources=RESOURCES, instance=instance, run_config={**of_run, **QUIET}
        )


def test_a_mistake_of_the_user_is_one_line_everywhere(alone: Alone) -> None:
    with pytest.raises(Failure) as caught:
        run(alone, failing(InputError("x: is wrong; mend it")))
    assert caught.value.description == "x: is wrong; mend it"
    assert caught.value.allow_retries is False
    text = (alone.output / "run/log.txt").read_text(encoding="utf-8")
    assert text.endswith("ERROR x: is wrong; mend it\n")
    assert "Traceback" not in text


@pytest.mark.parametrize("error", [ZeroDivisionError("by nought"), SystemExit("by nought")])
def test_any_other_error_is_in_the_log_with_its_traceback(alone: Alone, error: BaseException) -> None:
    with pytest.raises(BaseException, match="by nought"):
        run(alone, failing(error))
    text = (alone.output / "run/log.txt").read_text(encoding="utf-8")
    assert f"ERROR {type(error).__name__}: by nought\nTraceback (most recent call last):\n" in text
    assert text.endswith(f"{type(error).__name__}: by nought\n")


def test_settings_that_no_run_can_have_are_told_before_the_work(alone: Alone) -> None:
    with pytest.raises(Failure) as caught:
        run(alone, failing(ZeroDivisionError("the work")), datasource={})
    assert str(caught.value.description).startswith("nothing to select from; add input_dir=")
    assert not alone.output.exists()


def test_what_a_step_made_and_how(alone: Alone) -> None:
    @step("group", {"idle": Output("nothing", {"polars"})})
    def idle() -> Made:
        log.warning("mind the gap")
        log.info("nothing to mind")
        return Made(ROWS, {"fact": 1}, {"figure": 2}, {"shown": 3})

    result = run(alone, idle)
    table = alone.table("idle")
    assert table.frame.equals(ROWS)
    assert table.facts == {"fact": 1}
    about = table.figures["step"]
    assert table.figures == {"figure": 2, "step": about}
    assert about == {"name": "idle", "seconds": about["seconds"], "warnings": ["mind the gap"], "settings": {}}
    assert 0 <= about["seconds"] < 10
    (event,) = result.get_asset_materialization_events()
    made = event.step_materialization_data.materialization
    assert (made.tags or {})["dagster/data_version"] == Table(ROWS, {"fact": 1}).digest()
    assert made.metadata["shown"].value == 3
    assert made.metadata["preview"] == markdown_table(ROWS, 8)
    shown = [str(number) in str(made.metadata["preview"].value) for number in ROWS["number"]]
    assert shown == [True] * 8 + [False] * 4


def test_a_preview_may_be_another_table(alone: Alone) -> None:
    @step("group", {"idle": Output("nothing", {"polars"})})
    def idle() -> Made:
        return Made(ROWS, preview=ROWS.tail(1))

    (event,) = run(alone, idle).get_asset_materialization_events()
    shown = str(event.step_materialization_data.materialization.metadata["preview"].value)
    assert "111" in shown and "110" not in shown


def test_a_step_is_given_what_its_parameters_say(alone: Alone) -> None:
    given: dict[str, Any] = {}

    @step("group", {"dedup_sets": Output("one", {"polars"}), "other": Output("two", {"polars"})})
    def dedup_sets(
        mine: DedupConfig,
        of_another: CheckConfig,
        this_run: Run,
        folder: RunFolder,
        where: Datasource,
        sample_cache: SampleCache,
    ) -> dict[str, Made]:
        given.update(locals(), path=folder.path)
        return {"dedup_sets": Made(ROWS), "other": Made(ROWS.head(2))}

    result = run(
        alone, dedup_sets, dedup_sets={"remove_exact_duplicates": False}, checked_samples={"thumbnail_size": 77}
    )
    assert given["mine"] == DedupConfig(remove_exact_duplicates=False)
    assert given["of_another"] == CheckConfig(thumbnail_size=77)
    assert (given["this_run"].id, given["this_run"].dataset) == (result.run_id, DATASET)
    assert isinstance(given["folder"], RunFolder)
    assert given["path"] == alone.output / "run"
    assert given["where"].input_dir == str(alone.input)
    assert isinstance(given["sample_cache"], SampleCache)
    assert alone.table("dedup_sets").figures["step"]["settings"] == {"remove_exact_duplicates": False}
    assert alone.table("other").frame.equals(ROWS.head(2))
    assert alone.table("other").figures["step"]["name"] == "dedup_sets"


def test_what_dagster_knows_of_it() -> None:
    @step("some", {"embeddings": Output("words", {"polars", "jpeg"}, "7")}, checks=[FINITE_VECTORS], deps=["before"])
    def embeddings(upstream: Table, sample_cache: SampleCache) -> Made:
        """What it does."""
        raise NotImplementedError

    (spec,) = embeddings.specs
    assert (spec.group_name, spec.description, spec.code_version, spec.kinds, list(spec.owners)) == (
        "some", "words", "7", {"polars", "jpeg"}, ["team:winnow"],
    )  # fmt: skip
    assert spec.partitions_def == datasets
    assert {dependency.asset_key.path[-1] for dependency in spec.deps} == {"upstream", "before"}
    assert [check.name for check in embeddings.check_specs] == ["finite_vectors"]
    assert embeddings.node_def.name == "embeddings"
    assert embeddings.required_resource_keys >= {"run_folder", "datasource", "sample_cache", "tables"}
    assert "upstream" not in embeddings.required_resource_keys
    fields = embeddings.op.config_schema.as_field().config_type.fields  # type: ignore[attr-defined]
    assert "append_weak_labels" in fields
    assert [output.io_manager_key for output in embeddings.node_def.output_defs if output.name == "embeddings"] == [
        "tables"
    ]
