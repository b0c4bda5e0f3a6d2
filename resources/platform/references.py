"""What a job names beside its own dataset: runs, datasets and their tags. Whoever schedules it must see them, and they
must have what is asked of them.
"""

from configs.errors import InputError
from configs.run_settings import Named, resolve
from configs.stages.checkpoint import CheckpointConfig
from configs.stages.datapool import DatapoolConfig
from configs.stages.selection import SelectionConfig
from resources.platform.datasets import PlatformDataset, visible_dataset
from resources.platform.hosted_places import lightly_place
from resources.platform.run_checkpoints import checkpoint_of_run
from resources.platform.runs import visible_run
from resources.platform.tag_embeddings import tag_embeddings
from resources.platform.users import User


def check_references(user: User, dataset: PlatformDataset, named: Named) -> None:
    """Raises InputError for the first that is not there, or that the user may not see, which is told as the same."""
    settings = resolve(named)
    checkpoint, pool, selection = (settings[each] for each in ("checkpoint", "datapool", "selected_samples"))
    assert isinstance(checkpoint, CheckpointConfig)
    assert isinstance(pool, DatapoolConfig)
    assert isinstance(selection, SelectionConfig)
    if run := checkpoint.checkpoint_run_id:
        if visible_run(user, run) is None:
            raise InputError(f"checkpoint_run_id={run}: there is no such run; give the id of one of yours")
        checkpoint_of_run(run)
    if pool.name:
        if checkpoint.enable_training:
            raise InputError(
                "enable_training and use_datapool exclude each other: the model that made the datapool embeds; leave "
                "one of them out"
            )
        where = f"datapool.dataset_id={pool.dataset_id}" if pool.dataset_id else "use_datapool"
        lightly_place(where, _visible(user, pool.dataset_id, "datapool.dataset_id") if pool.dataset_id else dataset)
    for place, entry in enumerate(selection.strategies):
        if entry.is_on and entry.input.dataset_id is not None:
            where = f"selection_config.strategies[{place}].input"
            other = _visible(user, entry.input.dataset_id, f"{where}.dataset_id")
            tag_embeddings(where, other, entry.input.tag_name or "")


def _visible(user: User, id: str, option: str) -> PlatformDataset:
    found = visible_dataset(user, id)
    if found is None:
        raise InputError(f"{option}={id}: there is no such dataset; give the id of one of yours")
    return found
