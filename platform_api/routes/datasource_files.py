"""Files of a dataset's places, with URLs to read them: listings in pages, and single ones.

A listing is one range of keys: whatever number of shards is asked for, there is one cursor.
"""

import time
from contextlib import suppress
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from platform_api.access import VisibleDataset
from platform_api.datasource_faults import told_as
from platform_api.errors import ApiError
from platform_api.listing_cursors import Asked, asked_with, cursor_of
from platform_api.signed_urls import ReadUrls, is_file_name, read_url, required_source
from platform_api.wire.datasources import Cursors, FilePage, FileRow
from resources.catalog.datasets import Purpose, find_dataset
from resources.output_place import store_of_file
from resources.platform.datasets import PlatformDataset
from resources.platform.datasources import source_for
from resources.platform.listings import FOLDERS, Kind, Listing, page
from resources.platform.relevant_artifacts import relevant_artifact
from resources.platform.relevant_files import RelevantFiles, relevant_files
from resources.platform.source_stores import open_source

router = APIRouter(prefix="/v1/datasets/{datasetId}/datasource")

From = Annotated[int, Query(alias="from", ge=0, le=1 << 53)]
To = Annotated[int | None, Query(ge=0, le=1 << 53)]
Shards = Annotated[int, Query(ge=1, le=100_000)]
Relevant = Annotated[str, Query(max_length=1500, pattern=r"^(.{4,})?$")]
TaskName = Annotated[str, Query(min_length=1, max_length=500, pattern=r"^[a-zA-Z0-9_+=,.@:\/-]*$")]
RunId = Annotated[str, Query(pattern="^([a-f0-9]{24})?$")]
CursorText = Annotated[str, Query(max_length=8000)]
FileName = Annotated[str, Query(min_length=4, max_length=1500)]
LongerFileName = Annotated[str, Query(min_length=5, max_length=1500)]
PLACE: dict[Kind, Purpose] = {"samples": "INPUT", "predictions": "LIGHTLY", "metadata": "LIGHTLY"}


class Wanted:
    """What both steps of a listing may be asked. to: without, now."""

    def __init__(
        self,
        from_: From = 0,
        to: To = None,
        dncShards: Shards = 1,  # noqa: N803 - as the client names it
        relevantFilenamesFileName: Relevant = "",  # noqa: N803
        cursor: CursorText = "",
        useRedirectedReadUrl: bool = False,  # noqa: N803
    ) -> None:
        self.begin, self.end = from_, int(time.time()) if to is None else to
        self.relevant, self.cursor, self.redirected = relevantFilenamesFileName, cursor, useRedirectedReadUrl

    def asked(self, dataset: PlatformDataset, kind: Kind, **more: str) -> Asked:
        """By the cursor, where one is given: it holds everything."""
        if self.cursor:
            return asked_with(self.cursor, dataset.id, kind)
        return Asked(dataset.id, kind, self.begin, self.end, relevant=self.relevant, **more)


AnyListing = Annotated[Wanted, Depends()]


@router.get("/list/dnc")
def divide_samples(dataset: VisibleDataset, wanted: AnyListing) -> Cursors:
    return _divided(dataset, wanted.asked(dataset, "samples"))


@router.get("/list")
def list_samples(dataset: VisibleDataset, wanted: AnyListing, request: Request) -> FilePage:
    return _page(dataset, wanted.asked(dataset, "samples"), request, wanted.redirected)


@router.get("/predictions/list/dnc")
def divide_predictions(
    dataset: VisibleDataset,
    wanted: AnyListing,
    taskName: TaskName,  # noqa: N803
    relevantFilenamesRunId: RunId = "",  # noqa: N803
    relevantFilenamesArtifactId: RunId = "",  # noqa: N803
) -> Cursors:
    run, artifact = relevantFilenamesRunId, relevantFilenamesArtifactId
    return _divided(dataset, wanted.asked(dataset, "predictions", task=_plain(taskName), run=run, artifact=artifact))


@router.get("/predictions/list")
def list_predictions(
    dataset: VisibleDataset,
    wanted: AnyListing,
    request: Request,
    taskName: TaskName,  # noqa: N803
    relevantFilenamesRunId: RunId = "",  # noqa: N803
    relevantFilenamesArtifactId: RunId = "",  # noqa: N803
) -> FilePage:
    run, artifact = relevantFilenamesRunId, relevantFilenamesArtifactId
    asked = wanted.asked(dataset, "predictions", task=_plain(taskName), run=run, artifact=artifact)
    return _page(dataset, asked, request, wanted.redirected)


@router.get("/metadata/list/dnc")
def divide_metadata(
    dataset: VisibleDataset,
    wanted: AnyListing,
    relevantFilenamesRunId: RunId = "",  # noqa: N803
    relevantFilenamesArtifactId: RunId = "",  # noqa: N803
) -> Cursors:
    run, artifact = relevantFilenamesRunId, relevantFilenamesArtifactId
    return _divided(dataset, wanted.asked(dataset, "metadata", run=run, artifact=artifact))


@router.get("/metadata/list")
def list_metadata(
    dataset: VisibleDataset,
    wanted: AnyListing,
    request: Request,
    relevantFilenamesRunId: RunId = "",  # noqa: N803
    relevantFilenamesArtifactId: RunId = "",  # noqa: N803
) -> FilePage:
    run, artifact = relevantFilenamesRunId, relevantFilenamesArtifactId
    return _page(dataset, wanted.asked(dataset, "metadata", run=run, artifact=artifact), request, wanted.redirected)


@router.get("/predictions/file")
def prediction(dataset: VisibleDataset, request: Request, fileName: FileName) -> str:  # noqa: N803
    return _file(dataset, FOLDERS["predictions"], fileName, request)


@router.get("/metadata/file")
def metadata(dataset: VisibleDataset, request: Request, fileName: LongerFileName) -> str:  # noqa: N803
    return _file(dataset, FOLDERS["metadata"], fileName, request)


@router.get("/embeddings/file")
def embeddings(dataset: VisibleDataset, request: Request, fileName: FileName) -> str:  # noqa: N803
    return _file(dataset, FOLDERS["embeddings"], fileName, request)


def _file(dataset: PlatformDataset, folder: str, name: str, request: Request) -> str:
    with told_as("DATASET_DATASOURCE_INVALID"):
        return read_url(dataset, folder + _plain(name), request, purpose="LIGHTLY")


def _plain(name: str) -> str:
    """Raises ApiError for a name that leads out of its folder, or that no file has."""
    if not is_file_name(name):
        words = "give a name below its folder, without '.', '..', empty parts and control characters"
        raise ApiError(422, "MALFORMED_REQUEST", f"{name[:200]!a}: {words}")
    return name


def _divided(dataset: PlatformDataset, asked: Asked) -> Cursors:
    """What is wrong with the place or the relevant filenames shows here already."""
    with told_as("DATASET_DATASOURCE_INVALID"):
        open_source(required_source(dataset, PLACE[asked.kind]))
        _relevant(dataset, asked)
    return Cursors(cursors=[cursor_of(asked)])


def _page(dataset: PlatformDataset, asked: Asked, request: Request, redirected: bool) -> FilePage:
    source = required_source(dataset, PLACE[asked.kind])
    with told_as("DATASET_DATASOURCE_INVALID"):
        store = open_source(source)
        stored = find_dataset(dataset.dataset)
        results = stored.settings.get("run_folder", {}).get("output_dir", "") if stored else ""
        listing = Listing(
            kind=asked.kind,
            begin=asked.begin,
            end=asked.end,
            task=asked.task,
            videos=dataset.type == "Videos",
            outputs=store.key_of_folder(results) if results else "",
            relevant=_relevant(dataset, asked),
        )
        keys, after = page(store, listing, asked.after)
        urls = ReadUrls(source, request, redirected=redirected)
        rows: list[FileRow] = []
        for key in keys:
            with suppress(OSError):  # a name that no run reads either
                rows.append(FileRow(file_name=key, read_url=urls.url(key)))
    cursor = "" if after is None else cursor_of(replace(asked, after=after))
    return FilePage(has_more=after is not None, cursor=cursor, data=rows)


def _relevant(dataset: PlatformDataset, asked: Asked) -> RelevantFiles | None:
    """The file lies in the LIGHTLY place; without one, with the input."""
    with told_as("DATASET_DATASOURCE_RELEVANT_FILENAMES_INVALID"):
        if asked.run or asked.artifact:
            place = relevant_artifact(dataset, asked.run, asked.artifact)
            if place is None:
                words = f"run {asked.run} has no artifact {asked.artifact} with relevant filenames"
                raise ApiError(404, "DOCKER_RUN_ARTIFACT_UNKNOWN", words)
            store, name = store_of_file(place, dataset.dataset)
            return relevant_files(store, name, asked.artifact)
        if not asked.relevant:
            return None
        source = source_for(dataset, "LIGHTLY") or required_source(dataset, "INPUT")
        return relevant_files(open_source(source), _plain(asked.relevant), source.id)
