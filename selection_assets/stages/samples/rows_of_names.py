"""The rows of some samples of a table, in the order that is asked for."""

from collections.abc import Sequence

import polars as pl

from configs.errors import InputError


def rows_of_names(frame: pl.DataFrame, names: Sequence[str], where: str) -> pl.DataFrame:
    """(n,) rows of `frame`, whose column `filename` has every name once.

    where: what `frame` is, for the message. Raises InputError where it lacks one of the names.
    """
    wanted = pl.Series("filename", names, pl.String)
    absent = wanted.filter(~wanted.is_in(frame["filename"].implode()))
    if len(absent):
        raise InputError(
            f"{where} has no row for {len(absent)} of the {len(names)} samples, such as {absent[0]}; choose one that "
            "was made with all of them"
        )
    return wanted.to_frame().join(frame, on="filename", how="left", maintain_order="left")
