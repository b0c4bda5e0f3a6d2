"""Exact duplicates among the samples of a run: pictures with equal pixels; of an embeddings file, equal vectors."""

import numpy as np
import polars as pl

from selection_assets.stages.dedup.duplicate_sets import DuplicateSets, duplicate_sets
from selection_assets.stages.dedup.equal_pixels import Digests, equal_pixels
from selection_assets.stages.dedup.equal_vectors import equal_vectors
from selection_assets.stages.pictures.content_key import content_hash_of


def sample_duplicates(samples: pl.DataFrame, digests: Digests | None) -> DuplicateSets:
    """Which rows are exact duplicates, and which of each set stays.

    Members of a datapool have no file here: a picture equals a member when their vectors are equal. Masked rows belong
    to no set.

    Args:
        samples: source, content_key, pixel_key, masked, preselected, datapool, embedding.
        digests: see `equal_pixels`; None: the samples are vectors.
    """
    vectors = samples["embedding"].to_numpy()
    masked, members = samples["masked"].to_numpy(), samples["datapool"].to_numpy()
    considered = np.flatnonzero(~masked)
    if digests is None:
        groups = equal_vectors(vectors, considered)
    else:
        groups = _with_members(equal_vectors(vectors, considered), members) if members.any() else []
        rows = np.flatnonzero(~masked & ~members)
        pictures = samples[rows.tolist()]
        found = equal_pixels(
            pictures["source"].to_list(),
            [content_hash_of(key) for key in pictures["content_key"]],
            pictures["pixel_key"].to_list(),
            digests,
        )
        groups += [[int(rows[place]) for place in group] for group in found]
    return duplicate_sets(len(samples), groups, preferred=samples["preselected"].to_numpy(), lasting=members)


def _with_members(groups: list[list[int]], members: np.ndarray) -> list[list[int]]:
    """Of sets of equal vectors, those with a member of the datapool."""
    return [group for group in groups if members[group].any()]
