"""Where a dataset lies: set it, look at it, try it."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import TypeAdapter

from configs.thumbnail_suffix import checked_thumbnail_suffix
from platform_api.access import VisibleDataset
from platform_api.datasource_credentials import credentials_in, masked
from platform_api.datasource_faults import told_as
from platform_api.errors import ApiError
from platform_api.wire.datasources import (
    DatasourceConfig,
    ProcessedUntil,
    Purpose,
    VerifyData,
    VerifyErrors,
)
from resources.catalog.datasets import Purpose as Place
from resources.place_access import overwriting, reading
from resources.platform.datasets import PlatformDataset, change_dataset
from resources.platform.datasources import SERVES, DatasetGoneError, source_for, sources_of, store_source
from resources.platform.places import place_of
from resources.platform.source_stores import open_source

router = APIRouter(prefix="/v1/datasets/{datasetId}/datasource")

_CONFIG: TypeAdapter[Any] = TypeAdapter(DatasourceConfig)


@router.put("", status_code=204)
def set_datasource(dataset: VisibleDataset, body: DatasourceConfig) -> Response:
    """In place of the one with the same purpose. Nothing is tried there yet."""
    if body.type == "LIGHTLY":
        raise ApiError(
            422,
            "DATASET_DATASOURCE_INVALID",
            "there is no storage of the platform itself; use a bucket (S3, GCS, AZURE, OBS) or a folder (LOCAL)",
        )
    with told_as("DATASET_DATASOURCE_INVALID"):
        config = masked(body)
        place = place_of(config)
        if "LIGHTLY" in SERVES[body.purpose]:
            checked_thumbnail_suffix(config.get("thumbSuffix") or "", "thumbSuffix=")
    with told_as("DATASET_DATASOURCE_CREDENTIALS_ERROR"):
        credentials = credentials_in(body)
    try:
        store_source(dataset, body.purpose, config, place, credentials)
    except DatasetGoneError:
        raise ApiError(404, "DATASET_UNKNOWN", f"there is no dataset {dataset.id} any more") from None
    return Response(status_code=204)


@router.get("")
def datasource(dataset: VisibleDataset, purpose: Purpose | None = None) -> DatasourceConfig:
    """Without its secrets. Without a purpose: the INPUT_OUTPUT, or else the INPUT."""
    found = {each.purpose: each for each in sources_of(dataset)}
    wanted = (purpose,) if purpose else ("INPUT_OUTPUT", "INPUT")
    source = next((found[each] for each in wanted if each in found), None)
    if source is None:
        raise ApiError(404, "DATASET_DATASOURCE_UNKNOWN", f"dataset {dataset.name} has no such datasource")
    config: DatasourceConfig = _CONFIG.validate_python({**source.config, "id": source.id})
    return config


@router.get("/verify")
def verify(dataset: VisibleDataset) -> VerifyData:
    """By listing and reading where the input is and in the LIGHTLY place, and by writing an object in the latter."""
    if not sources_of(dataset):
        raise ApiError(404, "DATASET_DATASOURCE_UNKNOWN", f"dataset {dataset.name} has no datasource yet")
    tried = [*_tried(dataset, "INPUT").items(), *_tried(dataset, "LIGHTLY").items()]
    # The first fault of each kind; what was not tried, because something before it failed, has that fault.
    faults: dict[str, str] = {}
    for what, fault in tried:
        if fault:
            faults.setdefault(what, fault)
    return VerifyData(
        can_read="read" not in faults,
        can_write="write" not in faults,
        can_list="list" not in faults,
        can_overwrite="overwrite" not in faults,
        errors=VerifyErrors(**{f"can_{what}": fault[:1000] for what, fault in faults.items()}) if faults else None,
    )


def _tried(dataset: PlatformDataset, place: Place) -> dict[str, str]:
    """What is tried -> why it fails; empty where it works."""
    wanted = ("list", "read") if place == "INPUT" else ("list", "read", "write", "overwrite")
    source = source_for(dataset, place)
    if source is None:
        words = f"there is no datasource with purpose {place}; set one"
        return dict.fromkeys(wanted if place == "INPUT" else wanted[2:], words)
    found: dict[str, str] = {}
    with told_as("DATASET_DATASOURCE_INVALID"):
        store = open_source(source)
    found = reading(store, may_be_empty=True)
    if place == "LIGHTLY" and not found["list"]:
        found |= overwriting(store)
    last = next((fault for fault in found.values() if fault), "")
    return {what: found.get(what, last) for what in wanted}


@router.get("/processedUntilTimestamp")
def processed_until(dataset: VisibleDataset) -> ProcessedUntil:
    return ProcessedUntil(processed_until_timestamp=dataset.processed_until)


@router.put("/processedUntilTimestamp", status_code=204)
def set_processed_until(dataset: VisibleDataset, body: ProcessedUntil) -> Response:
    change_dataset(dataset.id, processed_until=body.processed_until_timestamp)
    return Response(status_code=204)
