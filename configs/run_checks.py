"""What the settings of a whole run say together, before any work: what excludes each other, and what is missing.

Pure functions on typed settings; whether files and folders are there is checked where they are read. Messages have the
keys of the flat options, which users of every door know.
"""

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel

from configs.errors import InputError
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.datasource import DatasourceConfig
from configs.stages.dedup import NormalizationConfig
from configs.stages.export import ExportConfig
from configs.stages.input import InputConfig
from configs.stages.run_folder import RunFolderConfig
from configs.stages.selection import SelectionConfig
from configs.strategies.strategy_rules import INPUTS

LARGEST_UNIT_DISTANCE = 2.0
LARGEST_WEBP_SIDE = 16_383  # pixels; the format holds no more


def check_run(settings: Mapping[str, BaseModel]) -> None:
    """Raises InputError for the first thing that no run with these settings could do.

    settings: of every stage and resource, see `configs.run_settings.resolve`.
    """
    of: Any = settings
    check_folders(of["datasource"], of["input_samples"], of["run_folder"])
    check_shared_files(of["datasource"], of["input_samples"], of["checkpoint"], of["datapool"])
    check_expiration(of["input_samples"])
    check_training(of["checkpoint"], of["input_samples"], of["datapool"])
    check_min_distance(of["selected_samples"], of["normalized_embeddings"])
    check_columns(of["selected_samples"], of["input_samples"])
    check_export(of["exported_samples"], of["datasource"])


def check_folders(datasource: DatasourceConfig, samples: InputConfig, run_folder: RunFolderConfig) -> None:
    """There is something to select from, and a place for results."""
    if not samples.embeddings and not datasource.input_dir:
        raise InputError(
            "nothing to select from; add input_dir=/folder/with/images, or embeddings=file.csv with shared_dir"
        )
    if not run_folder.output_dir:
        raise InputError("output_dir is not set; add output_dir=/path/to/folder")
    if _leads_out(run_folder.run_directory):
        raise InputError(f"run_directory={run_folder.run_directory} must be a name below output_dir, without '..'")


def check_shared_files(
    datasource: DatasourceConfig, samples: InputConfig, checkpoint: CheckpointConfig, datapool: DatapoolConfig
) -> None:
    """Names of files are relative to shared_dir, and it is named where one of them is."""
    for key, name in (
        ("embeddings", samples.embeddings),
        ("relevant_filenames_file", samples.relevant_filenames_file),
        ("checkpoint", checkpoint.checkpoint),
        ("datapool.name", datapool.name),
    ):
        without = key == "relevant_filenames_file" and beside_the_input(name, datasource.input_dir)
        without = without or (key == "datapool.name" and bool(datapool.dataset_id))
        if name and not datasource.shared_dir and not without:
            raise InputError(
                f"{key}={name} is relative to shared_dir, which is not set; add shared_dir=/path/to/folder"
            )
        if key != "datapool.name" and _leads_out(name):
            folder = datasource.shared_dir or datasource.input_dir
            raise InputError(f"{key}={name} must be relative to shared_dir, without '..'; copy the file to {folder}")


def check_expiration(samples: InputConfig) -> None:
    """How soon is said with what happens then, and the other way round."""
    asked, key = samples.input_expiration, "datasource.input_expiration"
    if asked.min_days_to_expiration is not None and not asked.handling_strategy:
        raise InputError(
            f"{key}.min_days_to_expiration={asked.min_days_to_expiration:g} does not say what happens then; add "
            f"{key}.handling_strategy=SKIP or ABORT"
        )
    if asked.handling_strategy and asked.min_days_to_expiration is None:
        raise InputError(
            f"{key}.handling_strategy={asked.handling_strategy} does not say how soon is too soon; add "
            f"{key}.min_days_to_expiration=7, or another number of days"
        )


def beside_the_input(name: str, input_dir: str) -> bool:
    """Whether a relevant filenames file may lie with the input: that is in a bucket, and the name does not say that it
    lies in the LIGHTLY place, as in the old product."""
    return "://" in input_dir and ".lightly" not in name


def check_training(checkpoint: CheckpointConfig, samples: InputConfig, datapool: DatapoolConfig) -> None:
    """Training has images, and its model is not that of a datapool."""
    if checkpoint.enable_training and samples.embeddings:
        raise InputError(
            f"enable_training=True and embeddings={samples.embeddings} exclude each other: training needs images; "
            "leave one of them out"
        )
    if checkpoint.enable_training and datapool.name:
        raise InputError(
            f"enable_training=True and datapool.name={datapool.name} exclude each other: the model that made the "
            "datapool embeds; leave one of them out"
        )
    folder = checkpoint.training.checkpoint_callback.dirpath
    if ".." in PurePath(folder).parts:
        raise InputError(f"lightly.checkpoint_callback.dirpath={folder} must not hold '..'; give a path without it")


def check_min_distance(selection: SelectionConfig, normalization: NormalizationConfig) -> None:
    """A distance that two embeddings can have: unit vectors are at most 2 apart."""
    distance = selection.min_distance
    if normalization.normalize_embeddings and distance is not None and distance > LARGEST_UNIT_DISTANCE:
        key = "stopping_condition_minimum_distance" if selection.strategies else "stopping_condition.min_distance"
        raise InputError(
            f"{key}={distance:g}: normalized embeddings are at most 2 apart; write a distance from 0 to 2, or set "
            "normalize_embeddings=False"
        )


def check_columns(selection: SelectionConfig, samples: InputConfig) -> None:
    """What comes from columns of an embeddings file is asked for where there is one."""
    if samples.embeddings:
        return
    if not selection.strategies and selection.method == "coral":
        task = selection.active_learning_task_name
        column = (
            f"{task}.{selection.active_learning_score_name}" if task else selection.active_learning_score_column_name
        )
        raise InputError(
            f"method=coral needs scores; add embeddings=file.csv with a column {column}, or choose coreset or random"
        )
    for place, entry in enumerate(selection.strategies):
        wanted = INPUTS[entry.input.type].column(entry.input) if entry.is_on else None
        if wanted is not None:
            raise InputError(
                f"selection_config.strategies[{place}].input: {entry.input.type.value} come from a column of an "
                f"embeddings file, here {wanted}; add embeddings=file.csv, or leave the strategy out"
            )


def check_export(export: ExportConfig, datasource: DatasourceConfig) -> None:
    """Pictures that are written exist, in a size that their format holds."""
    if not export.dump_dataset:
        return
    if not datasource.input_dir:
        raise InputError(
            "dump_dataset=True needs the pictures; add input_dir=/folder/with/images, or leave dump_dataset out"
        )
    if export.output_image_format == "webp" and max(export.output_image_size, default=0) > LARGEST_WEBP_SIDE:
        size = max(export.output_image_size)
        raise InputError(
            f"output_image_size={size} with output_image_format=webp: the format holds at most {LARGEST_WEBP_SIDE} "
            "pixels a side; choose a smaller size or another format"
        )


def _leads_out(name: str) -> bool:
    """Whether a name is not one below a folder."""
    return PurePath(name).is_absolute() or ".." in PurePath(name).parts
