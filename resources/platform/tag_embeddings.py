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


def tag_embeddings(where: str, dataset: PlatformDataset, tag: str) -> TagEmbeddings:
    """where: the input of the strategy that asks. Raises InputError where there is no such tag, it is empty, or the
    dataset has no embedding."""
    found = tag_named(dataset.id, tag)
    if found is None:
        raise InputError(f"{where}.tag_name: dataset {dataset.name} has no tag {tag}; name another one")
    if not found.mask.count():
        raise InputError(f"{where}.tag_name: the tag {tag} of dataset {dataset.name} holds no sample; name another one")
    newest = next(iter(embeddings_of(dataset.id)), None)
    if newest is None:
        raise InputError(
            f"{where}.dataset_id: dataset {dataset.name} has no embedding; run it once, or upload embeddings"
        )
    return TagEmbeddings(dataset, found, newest)
