"""Datasets of the server with samples and tags, as a run leaves them."""

from typing import Any

from resources.platform.bit_masks import BitMask
from resources.platform.samples import NewSample, append_samples
from resources.platform.tags import INITIAL_TAG, NewTag, create_tag


def filled(client: Any, name: str, samples: int = 12) -> str:
    """A new dataset, which is the client's current one then: its id."""
    client.create_dataset(name)
    append_samples(client.dataset_id, (NewSample(f"folder/{i}.png", size=100 + i) for i in range(samples)))
    create_tag(client.dataset_id, NewTag(INITIAL_TAG, BitMask.full(samples), samples))
    return str(client.dataset_id)
