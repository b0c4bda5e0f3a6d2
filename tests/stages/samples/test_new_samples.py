import polars as pl

from selection_assets.stages.samples.new_samples import new_samples
from selection_assets.stages.samples.sample import as_samples

SAMPLES = as_samples(
    pl.DataFrame(
        {
            "filename": ["d", "a", "c", "b"],
            "kind": ["image"] * 4,
            "source": ["d", "a", "c", "b"],
            "label": ["x"] * 4,
            "size": [4, 1, 3, 2],
            "etag": ["D", "A", "C", "B"],
        }
    )
)


def processed(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return pl.DataFrame(rows, {"source": pl.String, "etag": pl.String, "size": pl.Int64}, orient="row")


def test_a_sample_is_old_where_name_etag_and_size_are_known() -> None:
    rows = processed(("a", "A", 1), ("b", "other", 2), ("c", "C", 4), ("gone", "D", 4))
    assert new_samples(SAMPLES, rows).equals(SAMPLES.filter(pl.col("filename") != "a"))


def test_all_new_and_none_new() -> None:
    assert new_samples(SAMPLES, processed()).equals(SAMPLES)
    rows = processed(*SAMPLES.select("source", "etag", "size").iter_rows())
    assert new_samples(SAMPLES, rows).equals(SAMPLES.clear())
