"""When something of a dataset was made, so that the order in which things were made can be told from it."""

from sqlalchemy import Connection, Table, func, select

from resources.platform.ids import now_ms


def creation_time(connection: Connection, table: Table, dataset_id: str) -> int:
    """Now, in ms, but later than all that the table has of the dataset, which the transaction must have locked."""
    newest = connection.execute(select(func.max(table.c.created)).where(table.c.dataset == dataset_id)).scalar_one()
    return max(now_ms(), (newest or 0) + 1)
