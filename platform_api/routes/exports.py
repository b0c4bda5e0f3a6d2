"""Exports of a tag: its file names, and lists that labelling tools take. By index, in every form alike.

A name holds no line break (see `resources.platform.sample_names`): each line of the file names is one sample. Pages are
counted in samples; the client ends where a page has fewer characters than it asked for entries, which none but the last
one can have, for a line has at least one character beside its end.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response
from numpy.typing import NDArray

from platform_api.access import VisibleDataset
from platform_api.belongings import FoundTag
from platform_api.errors import ApiError
from platform_api.pages import AskedPage
from platform_api.shown_sample import shown_sample
from platform_api.signed_urls import read_urls
from platform_api.streams import json_lines, json_list, plain_lines
from platform_api.wire.base import Wire
from platform_api.wire.exports import LabelBoxRow, LabelBoxV4Row, LabelStudioData, LabelStudioTask
from resources.platform.full_paths import input_path
from resources.platform.samples import Sample, name_blocks, samples_at

router = APIRouter(prefix="/v1/datasets/{datasetId}/tags/{tagId}/export")
BLOCK = 500  # rows in memory at once


@dataclass(frozen=True)
class Export:
    """What is asked for. indices: of the samples, ascending. metadata: whether what is known of them is to be there."""

    dataset: VisibleDataset
    request: Request
    indices: NDArray[np.int64]
    name_format: Literal["NAME", "DATASOURCE_FULL", "REDIRECTED_READ_URL"]
    metadata: bool
    is_plain: bool

    def named(self, names: list[str]) -> list[str]:
        """These file names in the format that is asked for."""
        if self.name_format == "NAME":
            return names
        if self.name_format == "DATASOURCE_FULL":
            begin = input_path(self.dataset.id)
            return [begin + name for name in names]
        return [self.image(name) for name in names]

    @cached_property
    def image(self) -> Callable[[str], str]:
        """File name -> an address that does not expire."""
        return read_urls(self.dataset, self.request, redirected=True)


def _export(
    request: Request,
    dataset: VisibleDataset,
    tag: FoundTag,
    page: AskedPage,
    fileNameFormat: Literal["NAME", "DATASOURCE_FULL", "REDIRECTED_READ_URL"] = "NAME",  # noqa: N803 - as in the API
    expiresIn: Annotated[int | None, Query()] = None,  # noqa: N803
    accessControl: Annotated[str | None, Query(max_length=255)] = None,  # noqa: N803
    includeMetaData: bool = False,  # noqa: N803
    format: Literal["JSON", "PLAIN"] = "JSON",
    previewExample: bool = False,  # noqa: N803
) -> Export:
    """fileNameFormat: how samples are called; addresses of images stay addresses. previewExample: one sample only.

    PLAIN (file names only) is the text without JSON's quotation marks. includeMetaData is for Label Studio, whose rows
    have a place for it. Addresses do not expire, and there is one access control: the token's.
    """
    if expiresIn is not None:
        raise ApiError(422, "BAD_REQUEST", "expiresIn: addresses in exports do not expire; leave it out")
    if accessControl is not None:
        raise ApiError(404, "ACCESS_CONTROL_UNKNOWN", f"there is no access control {accessControl}; leave it out")
    indices = tag.mask.indices()
    wanted = indices[page.indices(len(indices))]
    return Export(
        dataset, request, wanted[:1] if previewExample else wanted, fileNameFormat, includeMetaData, format == "PLAIN"
    )


Asked = Annotated[Export, Depends(_export)]


@router.get("/basic/filenames", response_model=str, responses={200: {"content": {"text/plain": {}}}})
def filenames(asked: Asked) -> Response:
    _require_no_metadata(asked)
    blocks = (asked.named(names) for names in name_blocks(asked.dataset.id, asked.indices))
    return plain_lines(blocks) if asked.is_plain else json_lines(blocks)


@router.get("/LabelStudio/tasks", response_model=list[LabelStudioTask])
def label_studio(asked: Asked) -> Response:
    def task(sample: Sample, name: str) -> LabelStudioTask:
        about = shown_sample(sample) if asked.metadata else None
        data = LabelStudioData(image=asked.image(sample.file_name), lightly_file_name=name, lightly_meta_info=about)
        return LabelStudioTask(id=sample.index, data=data)

    return _rows(asked, task)


@router.get("/LabelBox/datarows", response_model=list[LabelBoxRow])
def label_box(asked: Asked) -> Response:
    _require_no_metadata(asked)
    return _rows(asked, lambda sample, name: LabelBoxRow(external_id=name, image_url=asked.image(sample.file_name)))


@router.get("/LabelBoxV4/datarows", response_model=list[LabelBoxV4Row])
def label_box_v4(asked: Asked) -> Response:
    _require_no_metadata(asked)
    return _rows(asked, lambda sample, name: LabelBoxV4Row(row_data=asked.image(sample.file_name), global_key=name))


def _rows(asked: Export, row: Callable[[Sample, str], Wire]) -> Response:
    if asked.is_plain:
        raise ApiError(422, "BAD_REQUEST", "format: this export is JSON only")

    def blocks() -> Iterator[list[dict[str, Any]]]:
        for start in range(0, len(asked.indices), BLOCK):
            samples = samples_at(asked.dataset.id, asked.indices[start : start + BLOCK])
            names = asked.named([each.file_name for each in samples])
            made = (row(sample, name) for sample, name in zip(samples, names, strict=True))
            yield [each.model_dump(mode="json", by_alias=True) for each in made]

    return json_list(blocks())


def _require_no_metadata(asked: Export) -> None:
    if asked.metadata:
        raise ApiError(422, "BAD_REQUEST", "includeMetaData: this export has no place for it; Label Studio's has")
