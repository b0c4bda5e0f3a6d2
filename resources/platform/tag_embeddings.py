"""The embeddings of a tag's samples: what a selection compares its own samples with."""

from dataclasses import dataclass

from configs.errors import InputError
from resources.dataset_settings import stored_settings
from resources.platform.datasets import PlatformDataset
from resources.platform.embeddings import Embedding, embeddings_of
from resources.platform.tags import Tag, names_of_tag, tag_named


@dataclass(frozen=True)
class TagEmbeddings:
    """The newest embedding of a dataset, and a tag of it."""

    dataset: PlatformDataset
    tag: Tag
    embedding: Embedding

    @property
    def input_dir(self) -> str:
        """Where the dataset's samples lie; empty where nobody has said so."""
        return str(stored_settings(self.dataset.dataset).get("datasource", {}).get("input_dir", ""))

    def names(self) -> list[str]:
        """Of the tag's samples."""
        return list(names_of_tag(self.tag))


def tag_embeddings(where: str, dataset: PlatformDataset, tag: str, model: str | None = None) -> TagEmbeddings:
    """where: the input of the strategy that asks. model: id of the model that makes the vectors to compare with, whose
    newest embedding is taken; where none is known to be its, the newest of which nobody knows the model.

    Raises InputError where there is no such tag, it is empty, or the dataset has no such embedding.
    """
    found = tag_named(dataset.id, tag)
    if found is None:
        raise InputError(f"{where}.tag_name: dataset {dataset.name} has no tag {tag}; name another one")
    if not found.mask.count():
        raise InputError(f"{where}.tag_name: the tag {tag} of dataset {dataset.name} holds no sample; name another one")
    known = embeddings_of(dataset.id)
    if not known:
        raise InputError(
            f"{where}.dataset_id: dataset {dataset.name} has no embedding; run it once, or upload embeddings"
        )
    if model is None:
        return TagEmbeddings(dataset, found, known[0])
    same = [each for each in known if each.model == model] or [each for each in known if each.model is None]
    if not same:
        raise InputError(
            f"{where}.dataset_id: the embeddings of dataset {dataset.name} were made by other models than this run's; "
            "run that dataset with the same model, or name its model with checkpoint_run_id"
        )
    return TagEmbeddings(dataset, found, same[0])
