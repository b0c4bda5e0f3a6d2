"""Which samples of a run will last: files that their bucket is about to delete are left out, or end the run."""

import time
from datetime import UTC, datetime

import polars as pl

from configs.errors import InputError
from configs.stages.input import ExpirationConfig
from resources.stores.expirations import DAY_NS, Dated
from resources.stores.store import Store
from selection_assets.stages.samples.sample_table import MODIFIED

KEY = "datasource.input_expiration"
_SHOWN = 3


def lasting_samples(samples: pl.DataFrame, asked: ExpirationConfig, store: Store) -> tuple[pl.DataFrame, list[str]]:
    """Those that the store keeps for as long as is asked, and warnings: of the others, and of what is not known.

    samples: as `sample_table` makes them.

    Raises InputError where one goes sooner and that is to end the run; and where nothing is asked and rules of the
    bucket delete some of them, be it in years: who runs must know.
    """
    days = asked.min_days_to_expiration
    limit = None if days is None else time.time_ns() + round(days * DAY_NS)
    found = store.expirations(map(Dated._make, samples.select("source", "size", MODIFIED).iter_rows()), limit)
    warnings = [f"{KEY}: {found.unknown}."] if found.unknown and limit is not None else []
    if not found.moments:
        return samples, warnings
    going = samples.filter(pl.col("source").is_in(list(found.moments)))
    first = sorted(found.moments, key=lambda key: (found.moments[key], key))[:_SHOWN]
    names = ", ".join(f"{key} {_shown(found.moments[key])}" for key in first) + (", …" if len(going) > _SHOWN else "")
    if days is None:
        raise InputError(
            f"{store.name} deletes {len(going):,} of these {len(samples):,} files by rules of the bucket ({names}); "
            f"say what happens with those that are about to go: add {KEY}.min_days_to_expiration=7 and "
            f"{KEY}.handling_strategy=SKIP (or ABORT)"
        )
    soon = f"in less than {days:g} days" if days else "at any time now"
    told = f"{len(going):,} of {len(samples):,} files will be deleted from {store.name} {soon}"
    if asked.handling_strategy == "ABORT":
        raise InputError(f"{told} ({names}); keep them longer, or leave them out with {KEY}.handling_strategy=SKIP")
    warnings.append(f"{told}, and are left out: {names}.")
    return samples.join(going, on="source", how="anti", maintain_order="left"), warnings


def _shown(moment_ns: int) -> str:
    """`on 2026-03-01`, in UTC."""
    return f"on {datetime.fromtimestamp(moment_ns / 1e9, UTC):%Y-%m-%d}"
