"""The tags of other datasets that a selection compares its samples with: read anew by every run that selects.

What was read is part of the facts of the selection (`OtherTag.about`): a tag or an embedding that has changed makes
another table, and what follows from it is stale.
"""

import hashlib
import logging

import numpy as np

from configs.errors import InputError
from configs.stages.dedup import NormalizationConfig
from configs.stages.selection import SelectionConfig
from resources.platform.embedding_files import embedding_file, embedding_title
from resources.platform.hosted_places import dataset_named
from resources.platform.tag_embeddings import TagEmbeddings, tag_embeddings
from selection_assets.stages.dedup.normalize import normalize_rows
from selection_assets.stages.samples.embeddings_csv import read_embeddings_csv
from selection_assets.stages.samples.rows_of_names import rows_of_names
from selection_assets.stages.selection.goals.sample_columns import OtherTag

log = logging.getLogger("winnow")


def other_tags(
    config: SelectionConfig, normalization: NormalizationConfig, input_dir: str, model: str | None
) -> dict[tuple[str, str], OtherTag]:
    """By dataset (id) and tag (name) those that `config` names. input_dir: where the run's samples lie.
    model: id of the model that made their vectors; None where a file gives them.

    Raises InputError where one is gone or empty, where its dataset has no embedding any more, or this lacks a sample.
    """
    tags: dict[tuple[str, str], OtherTag] = {}
    for place, entry in enumerate(config.entries):
        if not entry.is_on or entry.input.dataset_id is None or entry.input.tag_name is None:
            continue
        asked = entry.input.dataset_id, entry.input.tag_name
        if asked in tags:
            continue
        where = config.place_of(place)
        found = tag_embeddings(where, dataset_named(f"{where}.dataset_id", asked[0]), asked[1], model)
        if model is not None and found.embedding.model is None:
            log.warning(
                "%s: nobody knows which model made the embedding %s of dataset %s; it must be that of this run.",
                where,
                found.embedding.name,
                found.dataset.name,
            )
        tags[asked] = _read(where, found, normalization, input_dir)
        title = embedding_title(found.dataset, found.embedding)
        log.info("Comparing with the %d samples of tag %s: %s.", found.tag.mask.count(), found.tag.name, title)
    return tags


def _read(where: str, found: TagEmbeddings, normalization: NormalizationConfig, input_dir: str) -> OtherTag:
    title = embedding_title(found.dataset, found.embedding)
    names = found.names()
    try:
        frame = read_embeddings_csv(embedding_file(found.dataset, found.embedding), title)
        rows = rows_of_names(frame, names, title)["embedding"].to_numpy()
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    is_same_place = bool(input_dir) and found.input_dir.rstrip("/") == input_dir.rstrip("/")
    vectors = normalize_rows(rows) if normalization.normalize_embeddings else rows
    about = {
        "dataset": found.dataset.name,
        "samples": len(vectors),
        "embedding": found.embedding.name,
        "place": found.embedding.place,
        "digest": hashlib.sha256(np.ascontiguousarray(vectors).tobytes()).hexdigest()[:16],
    }
    return OtherTag(vectors, about, names if is_same_place else ())
