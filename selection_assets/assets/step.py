"""What every asset is around its work: a Dagster asset whose function says what it needs, and returns what it made.

`@step(...)` reads the annotations of a function's parameters. A typed config is that of the run; a `Table` is the input
of that name; `Run`, `RunFolder` and `Datasource` are the run's; anything else is the resource of that name. So an asset
sees its own config, and another stage's only where its signature says so. Nothing of a particular asset belongs here.
"""

import inspect
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_type_hints

import polars as pl
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetOut,
    AssetsDefinition,
    DataVersion,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from configs.launchpad import launchpad_fields
from configs.run_settings import STAGES, plain
from configs.stages.base import StageConfig
from resources.catalog.processed_files import ProcessedFiles
from resources.datasource import Datasource
from resources.run import Run
from resources.run_folder import RunFolder
from resources.run_log import collected_warnings
from resources.run_session import RunSession
from resources.tables import Table
from selection_assets.automation import FOLLOWS_UPSTREAM
from selection_assets.partitions import datasets
from selection_assets.stages.progress import heartbeat
from selection_assets.stages.reporting.preview_table import preview_table

log = logging.getLogger("winnow")

OWNER = "team:winnow"
POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD  # Dagster takes no others for inputs


@dataclass(frozen=True)
class Made:
    """What a step made of one asset. metadata: for people, in Dagster, beside what every table has."""

    frame: pl.DataFrame
    facts: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    checks: Sequence[AssetCheckResult] = ()
    preview: pl.DataFrame | None = None  # in place of the first rows


@dataclass(frozen=True)
class Output:
    """An asset of a step: what people read about it, and the version of the code that makes it.

    optional: the step may make nothing; what lies downstream is skipped then, and the run goes well.
    """

    description: str
    kinds: frozenset[str] | set[str]
    code_version: str = "1"
    optional: bool = False


def step(
    group: str,
    outputs: Mapping[str, Output],
    *,
    checks: Sequence[AssetCheckSpec] = (),
    deps: Sequence[Any] = (),
) -> Callable[[Callable[..., Made | dict[str, Made] | None]], AssetsDefinition]:
    """The asset, or assets, that a function makes; its name is that of the step, and of its config in `STAGES`.

    outputs: by asset; a function with several returns a `Made` for each.
    """

    def asset_of(work: Callable[..., Made | dict[str, Made] | None]) -> AssetsDefinition:
        name = work.__name__
        hints = {each: kind for each, kind in get_type_hints(work).items() if each != "return"}
        injected = {each for each, kind in hints.items() if _is_injected(kind)}
        tables = [each for each, kind in hints.items() if kind is Table]
        resources = [each for each in hints if each not in injected and each not in tables]

        def compute(context: Any, **inputs: Table) -> Iterator[MaterializeResult[Table]]:
            session: RunSession = context.resources.run_folder
            started = time.perf_counter()
            with session.told_errors(), collected_warnings() as warnings:
                session.begin()
                session.works_on(name)
                given = {each: _given(hints[each], session) for each in injected}
                given |= {each: getattr(context.resources, each) for each in resources}
                with heartbeat(name.replace("_", " ").capitalize()):
                    made = work(**given, **inputs)
                if made is None:
                    return
                results = made if isinstance(made, dict) else {next(iter(outputs)): made}
                about = {
                    "name": name,
                    "seconds": time.perf_counter() - started,
                    "warnings": list(warnings),
                    "settings": plain(session.run.settings[name]) if name in STAGES else {},
                }
                if name in STAGES:  # what a datapool holds tells nothing about the settings of the run
                    session.has_worked()
                for asset, result in results.items():
                    for check in result.checks:
                        _tell_failure(check)
                    yield _materialised(asset, result, about)

        compute.__name__ = name
        compute.__doc__ = work.__doc__
        parameters = [inspect.Parameter(each, POSITIONAL, annotation=Table) for each in tables]
        first = inspect.Parameter("context", POSITIONAL)
        compute.__signature__ = inspect.Signature([first, *parameters])  # type: ignore[attr-defined]
        compute.__annotations__ = dict.fromkeys(tables, Table)
        return multi_asset(
            name=name,
            outs={
                asset: AssetOut(
                    io_manager_key="tables",
                    description=output.description,
                    kinds=set(output.kinds),
                    group_name=group,
                    owners=[OWNER],
                    code_version=output.code_version,
                    is_required=not output.optional,
                    automation_condition=FOLLOWS_UPSTREAM if tables or deps else None,
                )
                for asset, output in outputs.items()
            },
            check_specs=list(checks),
            deps=list(deps),
            partitions_def=datasets,
            config_schema=launchpad_fields(STAGES[name]) if name in STAGES else None,
            required_resource_keys={"run_folder", "datasource", *resources},
        )(compute)

    return asset_of


def _is_injected(kind: Any) -> bool:
    return kind in (Run, RunFolder, Datasource, ProcessedFiles) or (
        isinstance(kind, type) and issubclass(kind, StageConfig)
    )


def _given(kind: Any, session: RunSession) -> Any:
    if kind is Run:
        return session.run
    if kind is RunFolder:
        return session.folder
    if kind is Datasource:
        return Datasource(**plain(session.run.settings["datasource"]), dataset=session.run.dataset)
    if kind is ProcessedFiles:
        return ProcessedFiles(session.run.dataset)
    return session.run.settings_of(kind)


def _materialised(asset: str, made: Made, about: Mapping[str, Any]) -> MaterializeResult[Table]:
    table = Table(made.frame, made.facts, {**made.figures, "step": about})
    shown = made.frame if made.preview is None else made.preview
    return MaterializeResult(
        asset_key=asset,
        value=table,
        data_version=DataVersion(table.digest()),
        check_results=list(made.checks),
        metadata={**made.metadata, "preview": markdown_table(shown)},
    )


def _tell_failure(check: AssetCheckResult) -> None:
    """Dagster fails the run of a blocking check without a word in our log."""
    if not check.passed:
        found = ", ".join(f"{name}={value.value}" for name, value in check.metadata.items())
        level = logging.ERROR if check.severity == AssetCheckSeverity.ERROR else logging.WARNING
        log.log(level, "The check %s failed%s.", check.check_name, f": {found}" if found else "")


def markdown_table(frame: pl.DataFrame, rows: int = 8) -> MetadataValue:
    """The first rows, for people."""
    return MetadataValue.md(preview_table(frame, rows))
