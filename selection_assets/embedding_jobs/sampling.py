"""SAMPLING: from a tag's samples to a new tag, by the engine that runs select with.

CORESET is EMBEDDINGS × DIVERSITY, RANDOM is RANDOM × WEIGHTS, ACTIVE_LEARNING is SCORES × WEIGHTS, and CORAL both of
EMBEDDINGS × DIVERSITY and SCORES × WEIGHTS. Vectors are scaled to unit length, as in runs by default.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from configs.errors import InputError
from configs.strategies.diversity import Diversity
from configs.strategies.weights import Weights
from resources.platform.bit_masks import BitMask
from resources.platform.datasets import PlatformDataset, existing_dataset
from resources.platform.embedding_files import embedding_title
from resources.platform.jobs import Job, finish_sampling
from resources.platform.samples import name_blocks
from resources.platform.scores import scores_of
from resources.platform.tags import Tag, find_tag
from selection_assets.embedding_jobs.asked_embedding import asked_embedding, read_embedding
from selection_assets.stages.dedup.normalize import normalize_rows
from selection_assets.stages.samples.rows_of_names import rows_of_names
from selection_assets.stages.selection.engine import select
from selection_assets.stages.selection.goals.embeddings import Embeddings
from selection_assets.stages.selection.goals.random import Random
from selection_assets.stages.selection.goals.request import Goal, SelectionRequest
from selection_assets.stages.selection.goals.scores import Scores

SCORE = "score"


def do_sampling(job: Job) -> Tag:
    """The new tag; the job has ended then. Samples of the preselected tag belong to it, also others than of the query.

    Raises InputError for what cannot be selected from, PlatformError as `finish_sampling`.
    """
    asked = job.asked
    dataset = existing_dataset(job.dataset)
    query = _tag(dataset, asked["queryTag"])
    kept = _tag(dataset, asked["preselectedTag"]).mask if asked["preselectedTag"] else BitMask(b"")
    indices = (query.mask | kept).indices()
    embedding = asked_embedding(dataset, asked["embedding"])
    names = [name for block in name_blocks(dataset.id, indices) for name in block]
    rows = rows_of_names(read_embedding(dataset, embedding), names, embedding_title(dataset, embedding))
    table = pl.DataFrame({"filename": rows["filename"], SCORE: _scores(query, asked["scoreType"], indices)})
    preselected = np.searchsorted(indices, kept.indices())
    request = _request(asked, preselected, ~rows["masked"].to_numpy(), query.mask.count(), seed=int(job.id[-8:], 16))
    result = select(table, normalize_rows(rows["embedding"].to_numpy()), request)
    return finish_sampling(job, BitMask.of_indices(indices[result.order]) | kept, dataset.samples)


def _tag(dataset: PlatformDataset, id: str) -> Tag:
    found = find_tag(dataset.id, id)
    if found is None:
        raise InputError(f"the tag {id} of dataset {dataset.name} is gone; name another one")
    return found


def _scores(query: Tag, type: str | None, indices: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n,) of the samples at `indices`; 0 for those that the tag does not have, which are not chosen from."""
    found = np.zeros(len(indices))
    if type is not None:
        values = scores_of(query, type)
        if values is None:
            raise InputError(f"the tag {query.name} has no scores {type} any more; upload them again")
        found[np.searchsorted(indices, query.mask.indices())] = values
    return found


def _request(
    asked: Mapping[str, Any],
    preselected: NDArray[np.int64],
    candidates: NDArray[np.bool_],
    n_input: int,
    *,
    seed: int,
) -> SelectionRequest:
    """seed: of a random choice, another one for each job."""
    method, number = asked["method"], asked["nSamples"]
    distance = asked["minDistance"] if asked["minDistance"] >= 0 else None
    ends = distance if method == "CORESET" else None  # the others pass over what is too near
    diversity = Goal(Embeddings(), Diversity(stopping_condition_minimum_distance=ends))
    scores = Goal(Scores(SCORE), Weights())
    goals = {
        "CORESET": (diversity,),
        "RANDOM": (Goal(Random(seed), Weights()),),
        "CORAL": (diversity, scores),
        "ACTIVE_LEARNING": (scores,),
    }
    return SelectionRequest(
        goals=goals[method],
        n_samples=None if number < 0 else float(number) if number < 1 else int(number),
        n_input=n_input,
        candidates=candidates,
        preselected=preselected,
        min_spacing=None if method == "CORESET" else distance,
    )
