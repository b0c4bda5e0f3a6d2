"""Which custom metadata is shown, and how. The metadata itself belongs to the samples."""

from fastapi import APIRouter

from platform_api.access import VisibleDataset
from platform_api.wire.base import Created
from platform_api.wire.metadata import ConfigurationSet
from resources.platform.metadata_configs import store_metadata_config

router = APIRouter(prefix="/v1/datasets/{datasetId}/configuration")


@router.post("/metadata", status_code=201)
def store(dataset: VisibleDataset, body: ConfigurationSet) -> Created:
    """In place of an earlier one of this name."""
    entries = [each.model_dump(mode="json", by_alias=True) for each in body.configs]
    return Created(id=store_metadata_config(dataset.id, body.name, entries))
