"""Tables and pictures that are small enough to see through."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from PIL import Image

from selection_assets.stages.checking.check_samples import THUMBNAILS, VERDICT
from selection_assets.stages.models.model_row import SCHEMA as CHECKPOINT
from selection_assets.stages.samples.sample import IMAGE, VECTOR, as_samples

NO_MODEL = pl.DataFrame(schema=CHECKPOINT)
NO_THUMBNAILS = pl.DataFrame(schema=THUMBNAILS)
NO_MEMBERS = pl.DataFrame(
    schema={
        "filename": pl.String,
        "label": pl.String,
        "label_number": pl.Int64,
        "embedding": pl.Array(pl.Float32, 1),
    }
)


def draw(path: Path, width: int = 80, height: int = 60, seed: int = 0) -> Path:
    """A picture with soft shapes; seeds make different ones."""
    grid = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC).save(path)
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def samples(names: list[str], kind: str = IMAGE, **columns: list[Any]) -> pl.DataFrame:
    """The table `input_samples`; labels are folders, or 0 for vectors, where none are given."""
    labels = ["0" if kind == VECTOR else name.partition("/")[0] for name in names]
    source = [None if kind == VECTOR else name for name in names]
    table = {"filename": names, "kind": [kind] * len(names), "label": labels, "source": source, **columns}
    return as_samples(pl.DataFrame(table, schema_overrides={"source": pl.String}))


def checked(table: pl.DataFrame, **columns: list[Any]) -> pl.DataFrame:
    """The table `checked_samples`: all healthy where nothing else is given."""
    nothing = {name: pl.lit(None, dtype) for name, dtype in VERDICT.items() if name != "filename"}
    given = {name: pl.Series(values, dtype=VERDICT[name]) for name, values in columns.items()}
    return table.with_columns(**{**nothing, "healthy": pl.lit(True), **given})


def embedded(table: pl.DataFrame, vectors: list[list[float]], numbers: list[int], **columns: list[Any]) -> pl.DataFrame:
    """The table `embeddings` of samples that are all healthy and no members."""
    return checked(table).select(
        "filename",
        "label",
        "kind",
        "source",
        "masked",
        "preselected",
        "content_key",
        "pixel_key",
        embedding=pl.Series(vectors, dtype=pl.Array(pl.Float32, len(vectors[0]))),
        datapool=pl.Series(columns.get("datapool", [False] * len(vectors))),
        label_number=pl.Series(numbers, dtype=pl.Int64),
    )
