"""The asset `selected_samples`: what became of every sample, and which ones are worth labelling."""

import logging

from dagster import MetadataValue

from configs.stages.dedup import NormalizationConfig
from configs.stages.selection import SelectionConfig
from resources.datasource import Datasource
from resources.run_folder import RunFolder
from resources.tables import Table
from selection_assets.assets.step import Made, Output, step
from selection_assets.checks import (
    MIN_DISTANCE_HELD,
    PARTITION_OF_THE_INPUT,
    SELECTION_COUNT,
    min_distance_held,
    partition_of_the_input,
    selection_count,
)
from selection_assets.other_tags import other_tags
from selection_assets.stages.models.model_row import row_of
from selection_assets.stages.samples.embeddings_csv import write_embeddings_csv
from selection_assets.stages.selection.select_samples import picks_in_order, select_samples

log = logging.getLogger("winnow")


@step(
    "selection",
    {"selected_samples": Output("What became of every sample, and which are worth labelling.", {"numpy"}, "3")},
    checks=[SELECTION_COUNT, MIN_DISTANCE_HELD, PARTITION_OF_THE_INPUT],
)
def selected_samples(
    config: SelectionConfig,
    normalization: NormalizationConfig,
    checked_samples: Table,
    checkpoint: Table,
    dedup_sets: Table,
    normalized_embeddings: Table,
    datasource: Datasource,
    folder: RunFolder,
) -> Made:
    """Every input sample: selected, removed, duplicate, corrupt, masked, selected before or in the datapool.

    A pick has its order, its reason, what it brought to each goal, and the sample selected before that was nearest.
    Facts tell what each strategy asked for and reached, and why the selection ended.
    """
    unique = normalized_embeddings.frame
    model = row_of(checkpoint.frame)
    tags = other_tags(config, normalization, datasource.input_dir, model["id"] if model else None)
    found = select_samples(config, checked_samples.frame, dedup_sets.frame, unique, tags)
    for name, lines in found.lists.items():
        folder.write_lines(name, lines)
    with folder.writing("removed_samples.csv") as path:
        found.removed.write_csv(path)
    log.info(
        "Writing csv with information about removed samples to %s", folder.place(folder.path / "removed_samples.csv")
    )
    vectors = unique["embedding"].to_numpy()
    data = folder.path / "data"
    if config.dump_sampled_embeddings:
        for name in ("selected_embeddings.csv", "selected_embeddings_including_datapool.csv"):
            write_embeddings_csv(data / name, unique["filename"], vectors, unique["label_number"], rows=found.kept_rows)
    if found.scores:
        scored = data / "al_score_embeddings.csv"
        write_embeddings_csv(scored, unique["filename"], vectors, unique["label_number"], extra=found.scores)
    return Made(
        found.table,
        facts=found.facts.as_dict(),
        metadata={
            **found.facts.counts,
            "stop_reason": found.facts.stop_reason,
            "goals": MetadataValue.json(found.facts.goals),
        },
        checks=[
            selection_count(found.table, config),
            min_distance_held(found.table, config),
            partition_of_the_input(found.table, checked_samples.frame),
        ],
        preview=picks_in_order(found.table),
    )
