"""Samples: their names and ids in the order of the dataset, what is known of them, and addresses of their files."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from platform_api.access import VisibleDataset
from platform_api.belongings import SampleIndex
from platform_api.errors import ApiError
from platform_api.pages import AskedPage
from platform_api.shown_sample import shown_sample
from platform_api.signed_urls import read_url
from platform_api.streams import json_list
from platform_api.wire.samples import SampleData, SampleUpdate
from resources.platform.sample_names import require_sample_name
from resources.platform.samples import (
    BLOCK,
    change_sample,
    find_sample,
    indices_of_names,
    name_blocks,
    sample_id,
    samples_at,
)

router = APIRouter(prefix="/v1/datasets/{datasetId}")


@router.get("/mappings", response_model=list[str])
def mappings(dataset: VisibleDataset, page: AskedPage, field: Literal["fileName", "_id"]) -> Response:
    """One string per sample, by index."""
    indices = page.indices(dataset.samples)
    if field == "fileName":
        return json_list(name_blocks(dataset.id, indices))
    blocks = (indices[start : start + BLOCK].tolist() for start in range(0, len(indices), BLOCK))
    return json_list([sample_id(dataset.id, index) for index in block] for block in blocks)


@router.get("/samples/partial", response_model=list[SampleData])
def partial(
    dataset: VisibleDataset,
    page: AskedPage,
    mode: Literal["ids", "fileNames", "full"] = "full",
    fileName: Annotated[str | None, Query(max_length=4096)] = None,  # noqa: N803 - as the client names it
) -> Response:
    """By index; with `fileName` only the sample of this name."""
    if fileName is None:
        indices = page.indices(dataset.samples)
    else:
        found = indices_of_names(dataset.id, [fileName])
        found = found[(found >= 0) & (found < dataset.samples)]
        indices = found[page.indices(len(found))]

    def blocks() -> Iterator[list[dict[str, Any]]]:
        for start in range(0, len(indices), BLOCK):
            block = indices[start : start + BLOCK]
            ids = [sample_id(dataset.id, index) for index in block.tolist()]
            if mode == "ids":
                yield [{"id": id} for id in ids]
            elif mode == "fileNames":
                names = next(name_blocks(dataset.id, block))
                yield [{"id": id, "fileName": name} for id, name in zip(ids, names, strict=True)]
            else:
                shown = (shown_sample(each) for each in samples_at(dataset.id, block))
                yield [each.model_dump(mode="json", by_alias=True) for each in shown]

    return json_list(blocks())


@router.put("/samples/{sampleId}", status_code=204)
def change(
    dataset: VisibleDataset,
    index: SampleIndex,
    body: SampleUpdate,
    enableDatasetUpdate: Annotated[bool, Query()] = False,  # noqa: N803
) -> Response:
    """What is given replaces what was known. The name stays, for it is the file's. `enableDatasetUpdate` is ignored."""
    if body.file_name is not None:
        found = find_sample(dataset.id, index)
        if found is None or found.file_name != body.file_name:
            raise ApiError(422, "BAD_REQUEST", "fileName is the name of the sample's file, and cannot be changed")
    if body.thumb_name is not None:
        require_sample_name(body.thumb_name)
    more = body.model_dump(mode="json", by_alias=True, include={"thumb_name", "exif", "meta_data"})
    change_sample(dataset.id, index, more, body.custom_meta_data)
    return Response(status_code=204)


@router.get("/samples/{sampleId}/readurl")
def sample_read_url(
    request: Request, dataset: VisibleDataset, index: SampleIndex, type: Literal["full", "thumbnail"] = "full"
) -> str:
    """thumbnail: of the file in the LIGHTLY place that `thumbName` names, if the sample has one."""
    found = find_sample(dataset.id, index)
    if found is None:
        raise ApiError(404, "SAMPLE_UNKNOWN", "the sample is gone")
    if type == "full":
        return read_url(dataset, found.file_name, request)
    if "thumbName" not in found.about:
        raise ApiError(404, "SAMPLE_THUMBNAME_UNKNOWN", f"there is no thumbnail of {found.file_name}")
    return read_url(dataset, found.about["thumbName"], request, purpose="LIGHTLY")
