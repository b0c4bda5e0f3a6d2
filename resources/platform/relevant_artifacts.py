"""The file of relevant filenames that a run has left."""

from sqlalchemy import select

from resources.catalog.database import catalog_reading
from resources.catalog.platform_schema import ARTIFACTS, PLATFORM_RUNS
from resources.platform.datasets import PlatformDataset


def relevant_artifact(dataset: PlatformDataset, run: str, artifact: str) -> str | None:
    """Its place; None where this run of the dataset has no such artifact."""
    wanted = (
        select(ARTIFACTS.c.place)
        .join(PLATFORM_RUNS, PLATFORM_RUNS.c.id == ARTIFACTS.c.run)
        .where(
            PLATFORM_RUNS.c.dataset == dataset.id,
            PLATFORM_RUNS.c.id == run,
            ARTIFACTS.c.id == artifact,
            ARTIFACTS.c.type == "RELEVANT_FILENAMES",
        )
    )
    with catalog_reading() as connection:
        return connection.execute(wanted).scalar_one_or_none()
