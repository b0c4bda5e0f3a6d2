"""Where a dataset of the platform lies: a config per purpose, whose secrets are the catalog's credentials.

What is set also becomes what every run of the dataset is told: where its input is, its LIGHTLY place, its results.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, update

from configs.credentials.kinds import Credentials
from configs.run_settings import Named, merge
from resources.catalog.database import catalog_reading, catalog_transaction, insert_into
from resources.catalog.datasets import Purpose, replace_credentials, replace_settings
from resources.catalog.platform_schema import DATASOURCES, PLATFORM_DATASETS
from resources.catalog.schema import DATASETS
from resources.catalog.sealed import seal
from resources.catalog.watches import begin_anew
from resources.dataset_settings import results_below
from resources.platform.datasets import PlatformDataset
from resources.platform.ids import new_id, now_ms
from resources.stores.location import bucket_location

SERVES: dict[str, tuple[Purpose, ...]] = {
    "INPUT": ("INPUT",),
    "LIGHTLY": ("LIGHTLY",),
    "INPUT_OUTPUT": ("INPUT", "LIGHTLY"),
}


class DatasetGoneError(Exception):
    """Somebody has removed the dataset meanwhile."""


@dataclass(frozen=True)
class Source:
    """One config. id: another one where it names another place. dataset: the platform's id. key: its name in the
    catalog. purpose: INPUT, LIGHTLY or INPUT_OUTPUT. config: as the wire has it, without secrets. changed: ms."""

    id: str
    dataset: str
    key: str
    purpose: str
    config: Mapping[str, Any]
    changed: int

    @property
    def is_delegated(self) -> bool:
        """Whether URLs of the bucket itself end with the session of a role, within an hour."""
        return bool(self.config["type"] == "S3DelegatedAccess")


_QUERY = select(
    DATASOURCES.c.id,
    DATASOURCES.c.dataset,
    PLATFORM_DATASETS.c.dataset.label("key"),
    DATASOURCES.c.purpose,
    DATASOURCES.c.config,
    DATASOURCES.c.changed,
).join(PLATFORM_DATASETS, PLATFORM_DATASETS.c.id == DATASOURCES.c.dataset)


def sources_of(dataset: PlatformDataset) -> list[Source]:
    """The one that was set last comes first."""
    query = _QUERY.where(DATASOURCES.c.dataset == dataset.id).order_by(DATASOURCES.c.changed.desc())
    with catalog_reading() as connection:
        return [Source(*row) for row in connection.execute(query)]


def source_for(dataset: PlatformDataset, wanted: Purpose) -> Source | None:
    """The one that was set last of those that serve: an INPUT_OUTPUT serves as both."""
    return next((each for each in sources_of(dataset) if wanted in SERVES[each.purpose]), None)


def find_source(id: str) -> Source | None:
    with catalog_reading() as connection:
        row = connection.execute(_QUERY.where(DATASOURCES.c.id == id)).one_or_none()
        return Source(*row) if row else None


def datasource_ids(dataset: PlatformDataset) -> list[str]:
    """By purpose."""
    return [each.id for each in sorted(sources_of(dataset), key=lambda each: each.purpose)]


def store_source(
    dataset: PlatformDataset, purpose: str, config: Mapping[str, Any], place: str, credentials: Credentials | None
) -> None:
    """In place of an earlier one of the same purpose. All of it at once: no run and no listing sees a place with the
    credentials of another.

    config: without secrets. place: see `places.place_of`. Raises DatasetGoneError.
    """
    sealed = seal(credentials.revealed()) if credentials else None
    location = bucket_location("fullPath", place)
    with catalog_transaction() as connection:
        wanted = select(DATASETS.c.settings).where(DATASETS.c.name == dataset.dataset).with_for_update()
        settings = connection.execute(wanted).scalar_one_or_none()
        if settings is None:
            raise DatasetGoneError
        rows = list(connection.execute(select(DATASOURCES).where(DATASOURCES.c.dataset == dataset.id)))
        old = next((row for row in rows if row.purpose == purpose), None)
        values = {
            "dataset": dataset.id,
            "purpose": purpose,
            "id": old.id if old and _is_same_place(old, config) else new_id(),
            "config": dict(config),
            "changed": max([now_ms(), *(row.changed + 1 for row in rows)]),  # which of them is newest, always shows
        }
        row = insert_into(DATASOURCES, connection).values(values)
        connection.execute(row.on_conflict_do_update(index_elements=["dataset", "purpose"], set_=values))
        for each in SERVES[purpose]:
            replace_credentials(connection, dataset.dataset, each, location.place if location else "", sealed)
        replace_settings(connection, dataset.dataset, _with_place(settings, purpose, place))
        if "LIGHTLY" in SERVES[purpose]:
            suffix = config.get("thumbSuffix") or ""
            of_it = update(DATASETS).where(DATASETS.c.name == dataset.dataset)
            connection.execute(of_it.values(thumbnail_suffix=suffix))
    begin_anew(dataset.dataset)


def _is_same_place(old: Row[Any], config: Mapping[str, Any]) -> bool:
    return all(old.config.get(name) == config.get(name) for name in ("type", "fullPath", "accountName", "obsEndpoint"))


def _with_place(settings: Named, purpose: str, place: str) -> Named:
    """Results follow the LIGHTLY place, unless somebody has named another one for them."""
    source, results = settings.get("datasource", {}), settings.get("run_folder", {}).get("output_dir", "")
    named: Named = {"datasource": {}}
    if "INPUT" in SERVES[purpose]:
        named["datasource"]["input_dir"] = place
    if "LIGHTLY" in SERVES[purpose]:
        named["datasource"]["shared_dir"] = place
        if not results or results == results_below(source.get("shared_dir", "")):
            named["run_folder"] = {"output_dir": results_below(place)}
    return merge(settings, named)
