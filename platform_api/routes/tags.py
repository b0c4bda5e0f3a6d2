"""Tags: list, create, remove, set operations, and the scores of their samples."""

from typing import Any

from fastapi import APIRouter, Response

from platform_api.access import CurrentUser, VisibleDataset
from platform_api.belongings import FoundTag
from platform_api.errors import ApiError
from platform_api.shown_tag import shown_tag
from platform_api.wire.base import Created
from platform_api.wire.tags import ScoresCreate, TagArithmetics, TagBitMask, TagChange, TagCreate, TagData
from resources.platform.bit_masks import BitMask
from resources.platform.datasets import PlatformDataset
from resources.platform.ids import now_ms
from resources.platform.scores import store_scores
from resources.platform.tags import OPERATIONS, NewTag, create_tag, delete_tag, find_tag, is_run_of, tags_of
from resources.platform.users import User

router = APIRouter(prefix="/v1/datasets/{datasetId}/tags")


@router.get("")
def tags(dataset: VisibleDataset) -> list[TagData]:
    return [shown_tag(each) for each in tags_of(dataset.id)]


@router.get("/{tagId}")
def tag(found: FoundTag) -> TagData:
    return shown_tag(found)


@router.post("", status_code=201)
def create(user: CurrentUser, dataset: VisibleDataset, body: TagCreate) -> Created:
    _require_own_run(dataset, body.run_id)
    new = NewTag(
        name=body.name,
        mask=BitMask.of_hex(body.bit_mask_data),
        total=body.tot_size,
        previous=body.prev_tag_id,
        creator=body.creator,
        query=body.query_tag_id,
        preselected=body.preselected_tag_id,
        run=body.run_id,
        changes=_changes(user, body.creator, body.changes),
    )
    return Created(id=create_tag(dataset.id, new).id)


@router.delete("/{tagId}", status_code=204)
def delete(dataset: VisibleDataset, found: FoundTag) -> Response:
    delete_tag(dataset.id, found.id)
    return Response(status_code=204)


@router.post("/arithmetics/bitmask")
def arithmetics(user: CurrentUser, dataset: VisibleDataset, body: TagArithmetics) -> TagBitMask:
    """DIFFERENCE: the first without the second. With `newTagName` the result becomes a tag, a child of the first."""
    _require_own_run(dataset, body.run_id)
    first, second = (find_tag(dataset.id, id) for id in (body.tag_id1, body.tag_id2))
    if first is None or second is None:
        raise ApiError(404, "TAG_UNKNOWN", f"the dataset has no tag {body.tag_id2 if first else body.tag_id1}")
    mask = OPERATIONS[body.operation](first.mask, second.mask)
    if body.new_tag_name is not None:
        told = {"operation": body.operation, "tag1": first.name, "tag2": second.name}
        new = NewTag(
            name=body.new_tag_name,
            mask=mask,
            total=max(first.total, second.total),
            previous=first.id,
            creator=body.creator,
            run=body.run_id,
            changes=_changes(user, body.creator, TagChange.model_validate({"arithmetics": told})),
        )
        create_tag(dataset.id, new)
    return TagBitMask(bit_mask_data=mask.hex())


@router.post("/{tagId}/scores", status_code=201)
def scores(found: FoundTag, body: ScoresCreate) -> Created:
    """One for each sample of the tag, in their order; in place of earlier ones of this type."""
    return Created(id=store_scores(found, body.score_type, body.scores))


def _changes(user: User, creator: str, changes: TagChange | None) -> list[dict[str, Any]]:
    if changes is None:
        return []
    made = changes.model_dump(mode="json", by_alias=True)
    return [{"userId": user.id, "creator": creator, "ts": now_ms(), "changes": made}]


def _require_own_run(dataset: PlatformDataset, run: str | None) -> None:
    # Who asks for the tags of a run gets those that name it: nobody may put theirs among them.
    if run is not None and not is_run_of(dataset.id, run):
        raise ApiError(404, "DOCKER_RUN_UNKNOWN", f"the dataset has no run {run}")
