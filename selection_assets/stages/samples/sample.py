"""What a sample is: one row of a table with these columns. `check_samples` is where the contract is written down.

A picture is one sample of one source; a video is one source with many samples; a vector has none.
"""

from typing import Final

import polars as pl

IMAGE, FRAME, CROP, VECTOR = "image", "frame", "crop", "vector"
KINDS: Final = (IMAGE, FRAME, CROP, VECTOR)
ROOT_LABEL: Final = "(root)"  # of pictures that lie in no folder
EXTRA: Final = "extra."  # before the name of a further column of an embeddings file

SCHEMA: Final[dict[str, pl.DataType]] = {
    "filename": pl.String(),  # unique: what lists, CSV files and joins call the sample
    "kind": pl.String(),
    "source": pl.String(),  # key in the store; null for a vector
    "frame": pl.Int64(),  # position in a video, from 0
    "seconds": pl.Float64(),  # time in a video
    "box": pl.Array(pl.Int64, 4),  # left, top, right, bottom in pixels, of a crop
    "parent": pl.String(),  # filename of the sample that a crop was cut from
    "label": pl.String(),  # name of the weak label; of a vector the number in the file, as text
    "size": pl.Int64(),  # bytes of the source
    "etag": pl.String(),  # of the source
    "masked": pl.Boolean(),
    "preselected": pl.Boolean(),
}
REQUIRED: Final = ("filename", "kind", "label", "masked", "preselected")


def check_samples(table: pl.DataFrame) -> pl.DataFrame:
    """The table itself, if it is one of samples: the columns of `SCHEMA` in their order, then any further ones.

    Raises ValueError where it is not; that is a fault of the program, never of its input.
    """
    schema = dict(table.schema)
    ours = {name: schema.get(name) for name in SCHEMA}
    if ours != SCHEMA or table.columns[: len(SCHEMA)] != list(SCHEMA):
        wrong = {name: dtype for name, dtype in ours.items() if dtype != SCHEMA[name]}
        raise ValueError(f"no table of samples: {wrong or table.columns}")
    for name in REQUIRED:
        if table[name].has_nulls():
            raise ValueError(f"no table of samples: column {name} has nulls")
    if table["filename"].n_unique() != len(table):
        raise ValueError("no table of samples: two rows have one filename")
    kinds = set(table["kind"].unique())
    if not kinds <= set(KINDS):
        raise ValueError(f"no table of samples: kinds {sorted(kinds - set(KINDS))}")
    for name, rule in _RULES.items():
        if len(table) and not table.select(rule.all()).item():
            raise ValueError(f"no table of samples: {name}")
    return table


_RULES: Final = {
    "a vector has no source, everything else has one": (pl.col("kind") == VECTOR) == pl.col("source").is_null(),
    "a frame has a position": (pl.col("kind") != FRAME) | (pl.col("frame") >= 0).fill_null(False),
    "a crop has a box and a parent": (pl.col("kind") == CROP) == pl.col("box").is_not_null(),
    "what is no crop has no parent": (pl.col("kind") == CROP) == pl.col("parent").is_not_null(),
    "the label of a vector is a whole number": (pl.col("kind") != VECTOR)
    | pl.col("label").cast(pl.Int64, strict=False).is_not_null(),
}


def as_samples(table: pl.DataFrame) -> pl.DataFrame:
    """Complete `table` with the columns that it lacks (null; flags false), in the order of `SCHEMA`, and check it."""
    defaults = {name: False if dtype == pl.Boolean else None for name, dtype in SCHEMA.items()}
    missing = [pl.lit(defaults[name], dtype).alias(name) for name, dtype in SCHEMA.items() if name not in table.columns]
    further = [name for name in table.columns if name not in SCHEMA]
    return check_samples(table.with_columns(missing).select(*SCHEMA, *further))


def vector_samples(embeddings: pl.DataFrame) -> pl.DataFrame:
    """Samples of an embeddings file, as `read_embeddings_csv` returns it: without the vectors, further columns as
    `extra.<name>`."""
    own = embeddings.select("filename", "label", "masked", "preselected", kind=pl.lit(VECTOR))
    further = embeddings.drop("embedding", *own.columns, strict=False)
    return as_samples(pl.concat([own, further.rename(lambda name: f"{EXTRA}{name}")], how="horizontal"))
