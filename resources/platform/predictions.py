"""Predictions that users upload: the schemas of tasks, and of each sample and task a list of singletons.

Both are kept as the API spells them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from resources.catalog.database import catalog_reading, catalog_transaction, insert_into
from resources.catalog.platform_schema import PREDICTION_TASKS, PREDICTIONS
from resources.platform.ids import new_id, now_ms
from resources.platform.samples import locked_dataset

Json = Mapping[str, Any]


def store_task(dataset_id: str, schema: Json) -> str:
    """In place of an earlier one of its `name`; the id. Raises PlatformError DATASET_UNKNOWN."""
    with catalog_transaction() as connection:
        locked_dataset(connection, dataset_id)
        values = {
            "id": new_id(),
            "dataset": dataset_id,
            "name": schema["name"],
            "schema": dict(schema),
            "created": now_ms(),
        }
        row = insert_into(PREDICTION_TASKS, connection).values(values)
        row = row.on_conflict_do_update(index_elements=["dataset", "name"], set_={"schema": row.excluded["schema"]})
        return str(connection.execute(row.returning(PREDICTION_TASKS.c.id)).scalar_one())


def prediction_tasks(dataset_id: str) -> dict[str, Json]:
    """Schemas by name."""
    table = PREDICTION_TASKS
    query = select(table.c.name, table.c["schema"]).where(table.c.dataset == dataset_id).order_by(table.c.name)
    with catalog_reading() as connection:
        return {row.name: row.schema for row in connection.execute(query)}


def store_predictions(dataset_id: str, index: int, by_task: Mapping[str, Sequence[Json]]) -> None:
    """Of one sample, for each of these tasks in place of what there was. Raises PlatformError DATASET_UNKNOWN."""
    with catalog_transaction() as connection:
        locked_dataset(connection, dataset_id)
        for task, singletons in by_task.items():
            values = {"dataset": dataset_id, "task": task, "index": index, "singletons": list(singletons)}
            row = insert_into(PREDICTIONS, connection).values(values)
            keys = ["dataset", "task", "index"]
            row = row.on_conflict_do_update(index_elements=keys, set_={"singletons": row.excluded.singletons})
            connection.execute(row)


def predictions_of(dataset_id: str, index: int) -> dict[str, list[Json]]:
    """Of one sample, by task."""
    table = PREDICTIONS
    query = select(table.c.task, table.c.singletons).where(table.c.dataset == dataset_id, table.c.index == index)
    with catalog_reading() as connection:
        return {task: list(singletons) for task, singletons in connection.execute(query.order_by(table.c.task))}
