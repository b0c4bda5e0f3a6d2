"""The asset `datapool`: the samples selected so far, to which a run that went well adds its own."""

import logging
from typing import Any

import polars as pl
from dagster import MaterializeResult, MetadataValue, ResourceParam, asset

from configs.stages.datapool import DatapoolConfig
from configs.stages.dedup import NormalizationConfig
from configs.stages.embedding import EmbeddingConfig
from resources.atomic_file import write_text
from resources.datapool import Datapool
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from selection_assets.assets.exported_samples import exported_samples
from selection_assets.assets.report import report
from selection_assets.assets.run_datapool import check_way_of_run, datapool_of, pool_members, weak_label_names
from selection_assets.assets.run_model import load_model_of
from selection_assets.assets.step import effective, preview, settings_of, step
from selection_assets.partitions import datasets
from selection_assets.stages.datapool.label_numbers import renumbered
from selection_assets.stages.datapool.members import dimensions, refuse_other_dimensions, without_known
from selection_assets.stages.datapool.pool_checkpoint import refuse_program, save_checkpoint
from selection_assets.stages.datapool.pool_settings import PoolModel, PoolSettings
from selection_assets.stages.models.embedding_model import weights_name
from selection_assets.stages.models.model_row import row_of
from selection_assets.stages.samples.embeddings_csv import write_embeddings_csv
from selection_assets.stages.selection.outcome import PRESELECTED, SELECTED

log = logging.getLogger("winnow")

SCHEMA = {"filename": pl.String, "label": pl.Int64, "added": pl.Boolean}


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
            with pool.locked():
                if not pool.exists:
                    _make(pool, checkpoint, checked_samples, datasource, run_folder)
                    members = kept.clear()
                else:
                    members = pool_members(pool, check_way_of_run(pool, run_folder, row_of(checkpoint)), run_folder)
                    refuse_other_dimensions(pool.name, dimensions(kept), dimensions(members))
                    _warn_of_others(pool, members, embeddings, kept)
                added = without_known(members, kept)
                if len(added) and len(members):
                    history = pool.archive() if config.keep_history else None
                    added = added.with_columns(renumbered(added, members))
                if len(added):
                    _write(pool, pl.concat([members, added]))
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


def _write(pool: Datapool, members: pl.DataFrame) -> None:
    write_embeddings_csv(pool.csv, members["filename"], members["embedding"].to_numpy(), members["label"])


def _make(
    pool: Datapool, checkpoint: pl.DataFrame, samples: pl.DataFrame, datasource: Datasource, run_folder: RunFolder
) -> None:
    """Write what never changes: the model, and how the vectors are made. It is a datapool once the CSV is there too."""
    embedding = settings_of(run_folder, EmbeddingConfig)
    made = None
    if len(checkpoint):
        row = checkpoint.row(0, named=True)
        fingerprint = _save_model(pool, row, datasource, run_folder)
        made = PoolModel(
            name=row["name"],
            weights=row["weights"],
            fingerprint=fingerprint,
            input_size=row["input_size"],
            precision=row["precision"],
            transform=row["transform"],
        )
    else:
        pool.checkpoint.unlink(missing_ok=True)  # of a run that was killed before it wrote the CSV
    labels = list(weak_label_names(samples).values()) if embedding.append_weak_labels else None
    normalize = settings_of(run_folder, NormalizationConfig).normalize_embeddings
    settings = PoolSettings(normalize_embeddings=normalize, weak_labels=labels, model=made)
    write_text(pool.settings, settings.model_dump_json(indent=1) + "\n")


def _save_model(pool: Datapool, row: dict[str, Any], datasource: Datasource, run_folder: RunFolder) -> str:
    """Write the checkpoint of the datapool; returns the hash of its tensors."""
    refuse_program(pool.name, row["name"])
    model = load_model_of(row, datasource, run_folder)
    save_checkpoint(model.backbone, pool.checkpoint)
    return weights_name(model.backbone)


def _warn_of_others(pool: Datapool, members: pl.DataFrame, seen: pl.DataFrame, kept: pl.DataFrame) -> None:
    """Members that joined since this run read the datapool: nothing of this run kept its distance from them."""
    known = pl.concat([seen.filter("datapool").select("filename"), kept.select("filename")])
    others = members.join(known, on="filename", how="anti")
    if len(others):
        log.warning(
            "Datapool %s got %d samples from other runs during this one; the selection did not know of them.",
            pool.name,
            len(others),
        )
