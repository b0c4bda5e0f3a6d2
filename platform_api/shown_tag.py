"""A tag, as the client takes it."""

from platform_api.wire.tags import TagData
from resources.platform.tags import Tag


def shown_tag(tag: Tag) -> TagData:
    return TagData.model_validate(
        {
            "id": tag.id,
            "datasetId": tag.dataset,
            "prevTagId": tag.previous,
            "queryTagId": tag.query,
            "preselectedTagId": tag.preselected,
            "runId": tag.run,
            "name": tag.name,
            "bitMaskData": tag.mask.hex(),
            "totSize": tag.total,
            "createdAt": tag.created,
            "lastModifiedAt": tag.changed,
            "changes": list(tag.changes) or None,
        }
    )
