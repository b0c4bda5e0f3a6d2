"""Vectors that a file gives: those of the samples of a run, in their order."""

from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv


def given_vectors(samples: pl.DataFrame, file: Path, name: str) -> NDArray[np.float32]:
    """(N, D) for the N rows of `samples` (filename).

    name: of the file, as the option `embeddings` has it. Raises InputError where a sample has no row in the file any
    more, and for a file that breaks the rules.
    """
    given = read_embeddings_csv(file).select("filename", "embedding")
    joined = samples.select("filename").join(given, on="filename", how="left", maintain_order="left")
    if joined["embedding"].has_nulls():
        raise InputError(f"embeddings={name} changed during the run; run again")
    return joined["embedding"].to_numpy()
