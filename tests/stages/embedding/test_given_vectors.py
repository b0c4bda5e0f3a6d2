from pathlib import Path

import numpy as np
import polars as pl
import pytest

from configs.errors import InputError
from selection_assets.stages.embedding.given_vectors import given_vectors

CSV = "filenames,embedding_0,embedding_1,labels\na.jpg,0,1,0\nb.jpg,3,0,0\nc.jpg,1.5,1,0\n"


def samples(*names: str) -> pl.DataFrame:
    return pl.DataFrame({"filename": names, "label": ["x"] * len(names)})


def test_vectors_stand_in_the_order_of_the_samples(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text(CSV)
    vectors = given_vectors(samples("c.jpg", "a.jpg"), tmp_path / "e.csv", "e.csv")
    assert vectors.dtype == np.float32 and vectors.tolist() == [[1.5, 1], [0, 1]]


def test_a_sample_without_a_row_any_more(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text(CSV)
    with pytest.raises(InputError, match=r"^embeddings=x/e\.csv changed during the run; run again$"):
        given_vectors(samples("a.jpg", "gone.jpg"), tmp_path / "e.csv", "x/e.csv")
