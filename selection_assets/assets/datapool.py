"""The asset `datapool`: the samples selected so far, to which a run that went well adds its own."""

import logging
import tempfile
from pathlib import Path

import polars as pl
from dagster import MaterializeResult, MetadataValue, ResourceParam, asset

from configs.errors import InputError
from configs.stages.datapool import DatapoolConfig
from configs.stages.dedup import NormalizationConfig
from configs.stages.embedding import EmbeddingConfig
from resources.datapool import Datapool, PoolState
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from selection_assets.assets.exported_samples import exported_samples
from selection_assets.assets.report import report
from selection_assets.assets.run_datapool import check_way_of_run, datapool_of, pool_members
from selection_assets.assets.run_model import load_model_of, row_of
from selection_assets.assets.step import effective, preview, settings_of, step
from selection_assets.partitions import datasets
from selection_assets.stages.datapool.label_numbers import continued
from selection_assets.stages.datapool.members import dimensions, known_numbers, refuse_other_dimensions, without_known
from selection_assets.stages.datapool.pool_checkpoint import save_checkpoint
from selection_assets.stages.datapool.pool_settings import PoolModel, PoolSettings, read_settings
from selection_assets.stages.models.embedding_model import weights_name
from selection_assets.stages.models.model_choice import TORCHSCRIPT
from selection_assets.stages.samples.embeddings_csv import write_embeddings_csv
from selection_assets.stages.samples.label_numbers import label_numbers, numbered
from selection_assets.stages.selection.outcome import PRESELECTED, SELECTED

log = logging.getLogger("winnow")

SCHEMA = {"filename": pl.String, "label": pl.String, "added": pl.Boolean}


@asset(
    partitions_def=datasets,
    deps=[exported_samples, report],  # last of all: only a run that went well adds to the datapool
    io_manager_key="tables",
    kinds={"csv"},
    code_version="1",
)
def datapool(
    config: DatapoolConfig,
    checked_samples: pl.DataFrame,
    checkpoint: pl.DataFrame,
    embeddings: pl.DataFrame,
    selected_samples: pl.DataFrame,
    datasource: ResourceParam[Datasource],
    run_folder: ResourceParam[RunFolder],
) -> MaterializeResult[pl.DataFrame]:
    """Every member of the datapool, and whether this run added it; empty where datapool.name is not set.

    A sample that is a member already is not added again, so this step may run any number of times.
    """
    config = effective(config, run_folder)
    with step(run_folder, "datapool"):
        pool = datapool_of(run_folder, datasource)
        if pool is None or not (config.enable_datapool_update or pool.exists):
            return MaterializeResult(value=pl.DataFrame(schema=SCHEMA), metadata={"datapool": "none"})
        kept = selected_samples.filter(pl.col("status").is_in([SELECTED, PRESELECTED])).select("filename")
        kept = kept.join(embeddings.filter(~pl.col("datapool")), on="filename", maintain_order="left")
        kept = kept.select("filename", "label", "embedding")
        history = None
        if config.enable_datapool_update:
            seen = pl.concat([embeddings.filter("datapool").select("filename"), kept.select("filename")])

            def change(state: PoolState) -> tuple[pl.DataFrame, pl.DataFrame, Path | None]:
                made: PoolSettings | None
                if state.csv is None:
                    made, members = _make(pool, state, checkpoint, checked_samples, datasource, run_folder), None
                else:
                    made = check_way_of_run(pool, run_folder, row_of(checkpoint))
                    members = pool_members(pool, made, run_folder)
                    refuse_other_dimensions(pool.name, dimensions(kept), dimensions(members))
                    _warn_of_others(pool, members, seen)
                return _added(pool, state, made, members, kept, keep_history=config.keep_history)

            members, added, history = pool.update(change)
            log.info(
                "Datapool %s holds %d samples, %d of them new: %s",
                pool.name,
                len(members) + len(added),
                len(added),
                pool.csv,
            )
        else:
            members, added = pool_members(pool, None, run_folder), kept.clear()
            log.info("Datapool %s stays as it is (datasource.enable_datapool_update=False).", pool.name)
        table = pl.concat(
            [
                members.select("filename", "label", added=pl.lit(False)),
                added.select("filename", "label", added=pl.lit(True)),
            ]
        )
    return MaterializeResult(
        value=table,
        metadata={
            "size_before": len(members),
            "added": len(added),
            "size_after": len(table),
            "csv": MetadataValue.path(pool.csv),
            "history_file": MetadataValue.path(history) if history else "none",
            "preview": preview(table.reverse()),
        },
    )


def _added(
    pool: Datapool,
    state: PoolState,
    made: PoolSettings | None,
    members: pl.DataFrame | None,
    kept: pl.DataFrame,
    *,
    keep_history: bool,
) -> tuple[pl.DataFrame, pl.DataFrame, Path | None]:
    """Members before, members that are new, and where the state before is kept; all written. Raises Conflict."""
    before = kept.select("filename", "label", "embedding", label_number=pl.lit(0, pl.Int64)).clear()
    before = before if members is None else members.select(before.columns)
    added = without_known(before, kept.select("filename", "label", "embedding"))
    numbers = continued(
        known_numbers(before, made), added["label"], are_numbers=made is None or not made.labels_have_names
    )
    added = added.with_columns(label_number=pl.Series(numbered(added["label"], numbers), dtype=pl.Int64))
    if made is not None and members is not None and made.with_label_numbers(numbers) != made:
        pool.put_settings(_text(made.with_label_numbers(numbers)), state)
    history = pool.archive() if len(added) and len(before) and keep_history else None
    if len(added):
        _write(pool, state, pl.concat([before, added]))
    return before, added, history


def _write(pool: Datapool, state: PoolState, members: pl.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "members.csv"
        write_embeddings_csv(path, members["filename"], members["embedding"].to_numpy(), members["label_number"])
        pool.put_csv(path, state)


def _text(settings: PoolSettings) -> str:
    return settings.model_dump_json(indent=1) + "\n"


def _make(
    pool: Datapool,
    state: PoolState,
    checkpoint: pl.DataFrame,
    samples: pl.DataFrame,
    datasource: Datasource,
    run_folder: RunFolder,
) -> PoolSettings:
    """Write how the vectors are made, then the model. It is a datapool once the CSV is there too.

    Two runs that make it at once write the same, or the second one ends here; so the CSV of the first fits.
    """
    embedding = settings_of(run_folder, EmbeddingConfig)
    model, backbone = None, None
    if len(checkpoint):
        row = checkpoint.row(0, named=True)
        if row["name"] == TORCHSCRIPT:
            raise InputError(
                f"datapool.name={pool.name}: a datapool keeps weights, and a TorchScript file is a program; "
                "use another model, or leave datapool.name out"
            )
        backbone = load_model_of(row, datasource, run_folder).backbone
        model = PoolModel(
            name=row["name"],
            weights=row["weights"],
            fingerprint=weights_name(backbone),
            input_size=row["input_size"],
            precision=row["precision"],
            transform=row["transform"],
        )
    numbers = label_numbers(samples)
    made = PoolSettings(
        normalize_embeddings=settings_of(run_folder, NormalizationConfig).normalize_embeddings,
        weak_labels=list(numbers) if embedding.append_weak_labels else None,
        model=model,
    ).with_label_numbers(numbers)
    begun = read_settings(pool.settings) if state.settings else None
    if begun is None or not begun.same_way(made):
        pool.refuse_if_being_made(state)
        pool.put_settings(_text(made), state)
        begun = made
    if backbone is None:
        pool.checkpoint.unlink(missing_ok=True)  # of a run that was killed before it wrote the CSV
    else:
        save_checkpoint(backbone, pool.checkpoint)
    return begun


def _warn_of_others(pool: Datapool, members: pl.DataFrame, seen: pl.DataFrame) -> None:
    """Members that joined since this run read the datapool: nothing of this run kept its distance from them."""
    others = members.join(seen, on="filename", how="anti")
    if len(others):
        log.warning(
            "Datapool %s got %d samples from other runs during this one; the selection did not know of them.",
            pool.name,
            len(others),
        )
