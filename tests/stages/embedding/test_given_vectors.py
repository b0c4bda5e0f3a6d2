from pathlib import Path

import polars as pl
import pytest

from configs.errors import InputError
from selection_assets.stages.embedding.given_vectors import given_vectors

CSV = "filenames,embedding_0,embedding_1,labels\na,0,1,7\nb,3,0,8\nc,1,1,7\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "e.csv").write_text(CSV, encoding="utf-8")
    return tmp_path / "e.csv"


def test_vectors_are_those_of_the_names_in_the_order_of_the_samples(file: Path) -> None:
    found = given_vectors(pl.DataFrame({"filename": ["c", "a"]}), file, "e.csv")
    assert found.tolist() == [[1, 1], [0, 1]]
    assert found.dtype == "float32"


def test_a_sample_that_the_file_no_longer_has(file: Path) -> None:
    with pytest.raises(InputError, match=r"^embeddings=e\.csv changed during the run; run again$"):
        given_vectors(pl.DataFrame({"filename": ["a", "x"]}), file, "e.csv")
