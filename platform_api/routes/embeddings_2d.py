"""Views of an embedding in the plane, as the jobs `EMBEDDINGS2D` have made them. The id of one is that of its job."""

import polars as pl
from fastapi import APIRouter

from configs.errors import InputError
from platform_api.access import Id, VisibleDataset
from platform_api.belongings import FoundEmbedding
from platform_api.errors import ApiError
from platform_api.wire.embeddings import Embedding2dData
from resources.output_place import store_of_file
from resources.platform.embeddings import Embedding
from resources.platform.jobs import Job, plane_views

router = APIRouter(prefix="/v1/datasets/{datasetId}/embeddings/{embeddingId}/2d")
LARGEST_CSV = 1 << 30  # bytes


@router.get("")
def views(embedding: FoundEmbedding) -> list[Embedding2dData]:
    """Of each method the last, without coordinates."""
    return [_shown(embedding, each) for each in plane_views(embedding)]


@router.get("/{embedding2dId}")
def view(dataset: VisibleDataset, embedding: FoundEmbedding, embedding2dId: Id) -> Embedding2dData:  # noqa: N803
    """With a place for each row of the embedding, in the order of the rows."""
    found = next((each for each in plane_views(embedding) if each.id == embedding2dId), None)
    if found is None:
        raise ApiError(404, "EMBEDDING_2D_UNKNOWN", f"the embedding has no view {embedding2dId}")
    store, name = store_of_file(found.result, dataset.dataset)
    try:
        frame = pl.read_csv(
            store.get(name, LARGEST_CSV), schema={"filenames": pl.String, "x": pl.Float64, "y": pl.Float64}
        )
    except (OSError, InputError, pl.exceptions.PolarsError):
        words = "its file is gone, or not readable any more; ask for the view again"
        raise ApiError(404, "EMBEDDING_2D_UNKNOWN", words) from None
    return _shown(embedding, found, frame["x"].to_list(), frame["y"].to_list())


def _shown(
    embedding: Embedding, job: Job, x: list[float] | None = None, y: list[float] | None = None
) -> Embedding2dData:
    return Embedding2dData(
        id=job.id,
        dataset_id=job.dataset,
        embedding_id=embedding.id,
        name=f"{embedding.name}__2d",
        created_at=job.changed,
        dimensionality_reduction_method=job.asked["method"],
        coordinates_dimension1=x,
        coordinates_dimension2=y,
    )
