"""Settings stored with each dataset, so that a run or a backfill that names none has them."""

from collections.abc import Mapping
from typing import Any

from configs.run_settings import Named, merge, named_in_run_config
from configs.stages.selection import without_replaced
from resources.catalog import datasets


def results_below(lightly: str) -> str:
    """Where results go when only the LIGHTLY place is named."""
    return f"{lightly.rstrip('/')}/runs"


def store_settings(dataset: str, named: Named) -> None:
    """Replace the settings of a dataset. The name of one run's folder is not kept: the next run needs another."""
    datasets.store_settings(
        dataset,
        {
            stage: {name: value for name, value in fields.items() if (stage, name) != ("run_folder", "run_directory")}
            for stage, fields in named.items()
        },
    )


def stored_settings(dataset: str) -> Named:
    """The settings of a dataset; empty where none were stored."""
    found = datasets.find_dataset(dataset)
    return found.settings if found else {}


def effective_settings(dataset: str, run_config: Mapping[str, Any]) -> Named:
    """What is named for a run: the stored settings, overridden by the run config."""
    return merged_settings(stored_settings(dataset), named_in_run_config(run_config))


def merged_settings(stored: Named, named: Named) -> Named:
    """`stored`, overridden by what is named; a way of selecting replaces another one."""
    kept = dict(stored)
    if "selected_samples" in kept:
        kept["selected_samples"] = without_replaced(kept["selected_samples"], named.get("selected_samples", {}))
    return {stage: merge(kept.get(stage, {}), named.get(stage, {})) for stage in kept.keys() | named.keys()}
