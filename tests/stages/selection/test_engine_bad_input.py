import numpy as np
import polars as pl
import pytest

from configs.errors import InputError
from configs.strategies.balance import Balance
from configs.strategies.diversity import Diversity
from configs.strategies.similarity import Similarity
from configs.strategies.threshold import Threshold
from configs.strategies.weights import Weights
from selection_assets.stages.selection.distances import checked_inputs
from selection_assets.stages.selection.engine import select
from selection_assets.stages.selection.goals.embeddings import Embeddings, QueryEmbeddings
from selection_assets.stages.selection.goals.metadata import Metadata
from selection_assets.stages.selection.goals.predictions import CategoryCount, ClassDistribution
from selection_assets.stages.selection.goals.request import Goal, ObjectEmbeddings, SelectionRequest
from selection_assets.stages.selection.goals.scores import Scores
from selection_assets.stages.selection.loops.farthest_point import farthest_point
from tests.stages.selection.samples import CLASSES, DIVERSE, table, vectors

OBJECTS = {"boxes": ObjectEmbeddings(vectors(5), np.array([0, 0, 1, 2, 3]))}


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        (Goal(Scores("missing"), Weights()), "no column 'missing'"),
        (Goal(Scores("weather"), Weights()), "not numbers"),
        (Goal(Scores("hole"), Weights()), "no finite number in row 2"),
        (Goal(Scores("nan"), Weights()), "no finite number in row 2"),
        (Goal(Metadata("score"), Balance(target={"0.1": 1.0})), "text, integers or booleans"),
        (Goal(Metadata("weather"), Balance(target={"hail": 1.0})), "'hail' does not exist; there are: 'rain'"),
        (Goal(Metadata("weather"), Balance(target={"sun": 0.0})), "all shares of the target are 0"),
        (Goal(Metadata("weather"), Balance()), "names no class"),
        (Goal(ClassDistribution("objects", CLASSES), Balance(target={"plane": 1.0})), "'plane' does not exist"),
        (Goal(ClassDistribution("objects", ("car", "bus")), Balance(target={"car": 1.0})), "must hold 2 numbers"),
        (Goal(ClassDistribution("score", CLASSES), Balance(target={"car": 1.0})), "one number per class"),
        (
            Goal(ClassDistribution("debts", CLASSES), Balance(target={"car": 1.0})),
            "negative or missing .* row 1",
        ),
        (Goal(CategoryCount("objects", CLASSES, ("plane",)), Weights()), "'plane' of 'objects' does not exist"),
        (Goal(QueryEmbeddings(np.empty((0, 4), np.float32), "my-tag"), Similarity()), "'my-tag' holds no samples"),
        (Goal(QueryEmbeddings(vectors(2, 3)), Similarity()), "4 dimensions"),
        (Goal(Embeddings("other"), Diversity()), "no object embeddings of task 'other'"),
        (Goal(Metadata("celsius"), Weights(stopping_condition_max_sum=3)), "at least 0"),
        (Goal(Metadata("score"), Threshold(threshold=7, operation="BIGGER")), "none of the 40 samples left"),
    ],
)
def test_bad_input(goal: Goal, message: str) -> None:
    frame = table().with_columns(
        pl.when(pl.int_range(40) == 2).then(None).otherwise(pl.col("score")).alias("hole"),
        pl.when(pl.int_range(40) == 2).then(float("nan")).otherwise(pl.col("score")).alias("nan"),
        pl.when(pl.int_range(40) == 1).then(pl.lit([1.0, -2.0, 0.0])).otherwise(pl.col("objects")).alias("debts"),
    )
    with pytest.raises(InputError, match=message):
        select(frame, vectors(), SelectionRequest((goal,), n_samples=5, objects=OBJECTS))


def test_bad_requests() -> None:
    bad = vectors()
    bad[[4, 9]] = np.nan
    with pytest.raises(InputError, match="row 4, 9"):
        select(table(), bad, SelectionRequest((DIVERSE,), n_samples=5))
    with pytest.raises(InputError, match="39 rows for 40 samples"):
        select(table(), vectors(39), SelectionRequest((DIVERSE,), n_samples=5))
    with pytest.raises(InputError, match="no embeddings"):
        select(table(), None, SelectionRequest((DIVERSE,), n_samples=5))
    with pytest.raises(InputError, match="no strategy"):
        select(table(), vectors(), SelectionRequest((), n_samples=5))
    with pytest.raises(InputError, match="may be selected"):
        select(table(), vectors(), SelectionRequest((DIVERSE,), n_samples=5, candidates=np.zeros(40, bool)))
    with pytest.raises(InputError, match="n_samples"):
        select(table(), vectors(), SelectionRequest((DIVERSE,), n_samples=0))


@pytest.mark.parametrize(("dtype", "bad"), [(np.float32, 2e15), (np.float64, -1e300)])
def test_values_whose_squares_do_not_fit_are_named(dtype: type, bad: float) -> None:
    x = vectors().astype(dtype)
    x[[4, 9], 1] = bad
    with pytest.raises(InputError, match="embeddings: values beyond 1e\\+15 in row 4, 9; rescale or remove"):
        farthest_point(x, n_samples=3, min_distance=None, seed=0)


def test_bad_rows_are_named_however_far_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checked_inputs, "_CHECK_VALUES", 12)  # three rows at a time
    x = vectors()
    x[[4, 9], 1] = np.inf
    x[2, 0] = 2e15
    x[30, 0] = np.nan
    with pytest.raises(InputError, match="values beyond 1e\\+15 in row 2, 4, 9;"):
        checked_inputs.checked_embeddings(x[:20])
    with pytest.raises(InputError, match="NaN or infinite values in row 4, 9, 30;"):
        checked_inputs.checked_embeddings(np.where(x == 2e15, 0, x))
    assert checked_inputs.checked_embeddings(vectors().astype(np.float16)).shape == (40, 4)
    assert checked_inputs.checked_embeddings(x[:0]).shape == (0, 4)
