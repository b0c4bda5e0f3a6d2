"""Which samples are new: those whose file, as it is now, no run of the dataset has taken to its end."""

import polars as pl


def new_samples(samples: pl.DataFrame, processed: pl.DataFrame) -> pl.DataFrame:
    """The rows of `samples` without a row of `processed` of the same source, etag and size, in their order.

    A file that was overwritten has another etag, so it is new. When it was written is not asked: clocks differ, and
    what is copied into a bucket may be old.
    """
    return samples.join(processed, on=["source", "etag", "size"], how="anti", maintain_order="left")
