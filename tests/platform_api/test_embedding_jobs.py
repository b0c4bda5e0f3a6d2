"""Selections by embeddings, and views of these, asked for by the real client and done as the daemon's runs do them."""

import csv
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import requests
from numpy.typing import NDArray

from resources.platform.bit_masks import BitMask
from resources.platform.embeddings import embeddings_of
from resources.platform.jobs import add_job, find_job, unfinished_jobs, waiting_jobs
from resources.platform.tags import INITIAL_TAG, NewTag, create_tag, tag_named
from selection_assets.embedding_jobs.do_job import do_job
from tests.platform_api.conftest import Client
from tests.platform_api.filled import filled

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
Ask = Callable[..., requests.Response]
N = 12


@pytest.fixture
def vectors() -> NDArray[np.float32]:
    return np.random.default_rng(3).normal(size=(N, 3)).astype(np.float32)


@pytest.fixture
def uploaded(client: Client, token: str, vectors: NDArray[np.float32], tmp_path: Path) -> Any:
    """The client, whose dataset has twelve samples and an embedding."""
    ann = client(token)
    filled(ann, "cats", N)
    with (tmp_path / "up.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["filenames", "embedding_0", "embedding_1", "embedding_2", "labels"])
        order = np.random.default_rng(0).permutation(N).tolist()
        writer.writerows([f"folder/{i}.png", *map(str, vectors[i]), 0] for i in order)
    ann.upload_embeddings(str(tmp_path / "up.csv"), "default")
    for job in waiting_jobs():
        assert do_job(job.id)
    ann.set_embedding_id_to_latest()
    return ann


@pytest.fixture
def worker(server: str) -> Iterator[None]:
    """Does jobs as soon as they are there."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.02):
            for job in waiting_jobs():
                do_job(job.id)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    return wide / np.linalg.norm(wide, axis=1, keepdims=True)


def farthest(x: NDArray[np.float64], kept: list[int], among: list[int], number: int, least: float = 0.0) -> set[int]:
    """The slow way: again and again the sample that is farthest from all that are selected."""
    selected = list(kept)
    while len(selected) < number:
        left = [i for i in among if i not in selected]
        distance = {i: min(float(np.linalg.norm(x[i] - x[j])) for j in selected) for i in left}
        best = max(left, key=lambda i: distance[i], default=None)
        if best is None or distance[best] < least:
            break
        selected.append(best)
    return set(selected)


def coral(x: NDArray[np.float64], scores: list[float], kept: list[int], number: int) -> set[int]:
    """The slow way, by the formula of docs/selection.md: sums of scores times sums of squared distances."""
    selected = list(kept)

    def squared(i: int, others: list[int]) -> float:
        return min((float(np.sum((x[i] - x[j]) ** 2)) for j in others), default=0.0)

    def rating(i: int) -> float:
        spread = sum(squared(j, [k for k in selected if k != j]) for j in selected) + squared(i, selected)
        return spread * sum(scores[j] for j in (*selected, i))

    while len(selected) < number:
        selected.append(max((i for i in range(N) if i not in selected), key=rating))
    return set(selected)


def selected(ann: Any, method: str, kept: str | None = None, query: str | None = None, **stop: float) -> set[int]:
    from lightly.active_learning.config import SelectionConfig

    name = f"new-{time.monotonic_ns()}"
    tag = ann.selection(SelectionConfig(method=method, name=name, **{"n_samples": -1, **stop}), kept, query)
    made = tag_named(ann.dataset_id, name)
    assert made is not None and made.total == N and made.id == tag.id and made.creator == f"SAMPLER_{method}"
    return set(made.mask.indices().tolist())


def test_the_most_diverse_samples(uploaded: Any, vectors: NDArray[np.float32], worker: None) -> None:
    x = unit(vectors)
    query = create_tag(uploaded.dataset_id, NewTag("query", BitMask.of_hex("0x3ff"), N))
    kept = create_tag(uploaded.dataset_id, NewTag("kept", BitMask.of_hex("0x804"), N))  # 2, and 11, which is no query
    among, before = list(range(10)), [2, 11]
    assert selected(uploaded, "CORESET", kept.id, query.id, n_samples=6) == farthest(x, before, among, 6)
    assert selected(uploaded, "CORESET", kept.id, query.id, min_distance=0.7) == farthest(x, before, among, N, 0.7)
    both = selected(uploaded, "CORESET", kept.id, query.id, n_samples=4, min_distance=0.01)
    assert both == farthest(x, before, among, 4)
    assert selected(uploaded, "CORESET", kept.id, query.id, n_samples=0.5) == farthest(x, before, among, 5)
    assert selected(uploaded, "CORESET", kept.id, query.id, n_samples=1) == {2, 11}  # what is kept counts
    assert selected(uploaded, "CORESET", n_samples=100) == set(range(N))


def test_scores_and_chance(uploaded: Any, vectors: NDArray[np.float32], worker: None) -> None:
    x = unit(vectors)
    query = create_tag(uploaded.dataset_id, NewTag("query", BitMask.of_hex("0xffe"), N))  # without sample 0
    kept = create_tag(uploaded.dataset_id, NewTag("kept", BitMask.of_hex("0x1"), N))
    scores = np.random.default_rng(5).uniform(size=11).tolist()
    uploaded.upload_scores({"other": [0.5] * 11}, query.id)
    uploaded.upload_scores({"margin": scores}, query.id)  # the last counts
    best = (np.argsort(scores)[::-1] + 1).tolist()
    assert selected(uploaded, "ACTIVE_LEARNING", kept.id, query.id, n_samples=4) == {0, *best[:3]}
    spaced = selected(uploaded, "ACTIVE_LEARNING", kept.id, query.id, min_distance=0.9)
    expected = [0]
    for i in best:  # what is too near is passed over
        if all(np.linalg.norm(x[i] - x[j]) >= 0.9 for j in expected):
            expected.append(i)
    assert spaced == set(expected)
    assert selected(uploaded, "CORAL", kept.id, query.id, n_samples=5) == coral(x, [0.0, *scores], [0], 5)
    chosen = [selected(uploaded, "RANDOM", kept.id, query.id, n_samples=5) for _ in range(4)]
    assert all(len(each) == 5 and 0 in each for each in chosen) and len(set(map(frozenset, chosen))) > 1


def test_what_cannot_be_selected_from(uploaded: Any, ask: Ask, worker: None, tmp_path: Path) -> None:
    from lightly.active_learning.config import SelectionConfig

    from resources.platform.samples import NewSample, append_samples

    nothing = create_tag(uploaded.dataset_id, NewTag("nothing", BitMask(b""), N))
    with pytest.raises(RuntimeError, match="none of the 0 samples may be selected"):
        uploaded.selection(SelectionConfig(n_samples=3, name="chosen"), None, nothing.id)
    with pytest.raises(RuntimeError, match="n_samples: 0 samples were asked for"):
        uploaded.selection(SelectionConfig(n_samples=0, name="chosen"))
    append_samples(uploaded.dataset_id, [NewSample("late.png")])
    whole = create_tag(uploaded.dataset_id, NewTag("whole", BitMask.full(N + 1), N + 1))
    with pytest.raises(RuntimeError, match=r"no row for 1 of the 13 samples, such as late\.png; choose one"):
        uploaded.selection(SelectionConfig(n_samples=3, name="chosen"), None, whole.id)
    (embedding,) = embeddings_of(uploaded.dataset_id)
    Path(embedding.place).write_text("filenames,embedding_0\nfolder/0.png,1\n")
    with pytest.raises(
        RuntimeError, match="error the embedding default of dataset cats, line 1: there is no column labels"
    ):
        uploaded.selection(SelectionConfig(n_samples=3, name="chosen"))
    assert tag_named(uploaded.dataset_id, "chosen") is None and unfinished_jobs() == []


def test_views_in_the_plane(uploaded: Any, ask: Ask, vectors: NDArray[np.float32], other_token: str) -> None:
    (embedding,) = embeddings_of(uploaded.dataset_id)
    path = f"/v1/datasets/{uploaded.dataset_id}/embeddings/{embedding.id}/2d"
    found = uploaded._embeddings_api.api_client
    from lightly.openapi_generated.swagger_client.api.embeddings2d_api import Embeddings2dApi

    api = Embeddings2dApi(found)
    listed = api.get_embeddings2d_by_embedding_id(uploaded.dataset_id, embedding.id)
    assert [each.dimensionality_reduction_method for each in listed] == ["PCA", "TSNE", "UMAP"]
    assert {(each.name, each.embedding_id, each.coordinates_dimension1) for each in listed} == {
        ("default__2d", embedding.id, None)
    }
    rows = [int(name.removeprefix("folder/").removesuffix(".png")) for name in _names(Path(embedding.place))]
    centred = vectors[rows].astype(np.float64) - vectors.astype(np.float64).mean(axis=0)
    for each in listed:
        whole = api.get_embedding2d_by_id(uploaded.dataset_id, embedding.id, each.id)
        xy = np.array([whole.coordinates_dimension1, whole.coordinates_dimension2]).T
        beside = embedding.place.replace(".csv", f"_{each.dimensionality_reduction_method.lower()}.csv")
        table = pl.read_csv(beside)
        assert table.columns == ["filenames", "x", "y"] and table["filenames"].to_list() == _names(
            Path(embedding.place)
        )
        assert np.allclose(table.select("x", "y").to_numpy(), xy) and np.isfinite(xy).all() and xy.shape == (N, 2)
        if each.dimensionality_reduction_method == "PCA":
            _, _, axes = np.linalg.svd(centred, full_matrices=False)
            assert np.allclose(np.abs(xy), np.abs(centred @ axes[:2].T), atol=1e-5)
        status = ask("GET", f"/v1/jobs/{each.id}").json()
        assert status["result"] == {"type": "EMBEDDINGS2D", "data": each.id}  # no place on the server
    assert ask("GET", f"{path}/{'0' * 24}").json()["code"] == "EMBEDDING_2D_UNKNOWN"
    Path(beside).unlink()
    assert ask("GET", f"{path}/{each.id}").status_code == 404
    assert ask("GET", path, params={"token": other_token}).status_code == 404


def _names(path: Path) -> list[str]:
    return list(pl.read_csv(path)["filenames"])


def test_a_job_is_done_once(uploaded: Any) -> None:
    (embedding,) = embeddings_of(uploaded.dataset_id)
    query = tag_named(uploaded.dataset_id, INITIAL_TAG)
    assert query is not None
    asked = {
        "embedding": embedding.id,
        "newTagName": "chosen",
        "method": "RANDOM",
        "nSamples": 3,
        "minDistance": -1,
        "queryTag": query.id,
        "preselectedTag": None,
        "scoreType": None,
    }
    job = add_job(uploaded.dataset_id, "SAMPLING", asked)
    assert do_job(job.id) and do_job(job.id)
    done = find_job(job.id)
    made = tag_named(uploaded.dataset_id, "chosen")
    assert done and made and (done.status, done.result, made.mask.count()) == ("FINISHED", made.id, 3)
    again = add_job(uploaded.dataset_id, "SAMPLING", asked)  # the name is taken now
    assert not do_job(again.id)
    failed = find_job(again.id)
    assert failed and (failed.status, failed.error) == ("FAILED", "the dataset has a tag chosen already")
