import numpy as np
import polars as pl

from tests.assets.conftest import Alone
from tests.assets.small_tables import embedded, samples

VECTORS = [[3.0, 4.0], [3.0, 4.0], [0.0, 0.0], [0.0, -2.0]]


def write(alone: Alone) -> pl.DataFrame:
    """Four samples, of which the second is a duplicate of the first."""
    frame = embedded(samples(["a/1", "b/2", "b/3", "c/4"]), VECTORS, [0, 1, 1, 2])
    kept = pl.DataFrame({"filename": frame["filename"], "kept": [True, False, True, True]})
    alone.write(embeddings=frame, dedup_sets=kept)
    return frame


def test_unit_vectors_of_the_unique_samples(alone: Alone) -> None:
    given = write(alone)
    made = alone("normalized_embeddings")
    frame = made.tables["normalized_embeddings"].frame
    unit = np.array([[0.6, 0.8], [0, 0], [0, -1]], np.float32)
    assert frame.drop("embedding").equals(given.drop("embedding")[[0, 2, 3]])
    assert frame.schema["embedding"] == pl.Array(pl.Float32, 2)
    assert np.allclose(frame["embedding"].to_numpy(), unit, atol=1e-7)
    assert made.files == {"data/normalized_embeddings.csv"}
    written = made.csv("data/normalized_embeddings.csv")
    assert (written["filenames"], written["labels"]) == (["a/1", "b/3", "c/4"], [0, 1, 2])
    assert np.allclose(np.array([written["embedding_0"], written["embedding_1"]]).T, unit, atol=1e-7)
    path = made.folder / "data/normalized_embeddings.csv"
    assert "Normalizing embeddings to unit length (disable with normalize_embeddings=False)." in made.log
    assert f"Normalized embeddings are stored in {path}" in made.log
    check = made.checks["unit_norms"]
    assert check.passed and check.blocking
    assert check.metadata["largest_difference_from_1"].value < 1e-6


def test_vectors_as_they_are(alone: Alone) -> None:
    given = write(alone)
    made = alone("normalized_embeddings", normalized_embeddings={"normalize_embeddings": False})
    assert made.tables["normalized_embeddings"].frame.equals(given[[0, 2, 3]])
    assert made.files == set()
    assert made.checks["unit_norms"].metadata["normalize_embeddings"].value is False
