"""Active learning scores: of each type one number for every sample of a tag, in the order of the samples."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from resources.catalog.database import catalog_reading, catalog_transaction, insert_into
from resources.catalog.platform_schema import SCORES
from resources.platform.errors import PlatformError
from resources.platform.ids import new_id, now_ms
from resources.platform.samples import locked_dataset
from resources.platform.tags import Tag

_FORM = np.dtype("<f8")


def store_scores(tag: Tag, type: str, values: Sequence[float]) -> str:
    """In place of earlier ones of this type; their id. values: finite.

    Raises PlatformError SCORES_CANNOT_BE_SET where they are not as many as the tag has samples, or are no numbers.
    """
    numbers = np.asarray(values, _FORM)
    if len(numbers) != tag.mask.count():
        words = f"{len(numbers)} scores for the {tag.mask.count()} samples of {tag.name}"
        raise PlatformError("SCORES_CANNOT_BE_SET", words)
    if not np.isfinite(numbers).all():
        raise PlatformError("SCORES_CANNOT_BE_SET", "a score is no finite number")
    row = {"id": new_id(), "tag": tag.id, "type": type, "values": numbers.tobytes(), "created": now_ms()}
    with catalog_transaction() as connection:
        locked_dataset(connection, tag.dataset)
        insert = insert_into(SCORES, connection).values(row)
        changed = {name: insert.excluded[name] for name in ("values", "created")}
        connection.execute(insert.on_conflict_do_update(index_elements=["tag", "type"], set_=changed))
        return str(connection.execute(select(SCORES.c.id).where(*_are(tag, type))).scalar_one())


def score_types(tag: Tag) -> list[str]:
    """Newest first."""
    query = select(SCORES.c.type).where(SCORES.c.tag == tag.id).order_by(SCORES.c.created.desc(), SCORES.c.id)
    with catalog_reading() as connection:
        return list(connection.execute(query).scalars())


def scores_of(tag: Tag, type: str) -> NDArray[np.float64] | None:
    """(samples of the tag,); None where there are none."""
    with catalog_reading() as connection:
        values = connection.execute(select(SCORES.c["values"]).where(*_are(tag, type))).scalar_one_or_none()
    return None if values is None else np.frombuffer(bytes(values), _FORM).astype(np.float64)


def _are(tag: Tag, type: str):  # type: ignore[no-untyped-def]
    return SCORES.c.tag == tag.id, SCORES.c.type == type
