from pathlib import Path

from resources.catalog.datasets import all_datasets
from resources.dataset_files import mirror_partitions
from resources.dataset_settings import store_settings


def names() -> list[str]:
    return [each.name for each in all_datasets()]


def test_what_belongs_to_deleted_datasets_goes(home: Path) -> None:
    kept = ["tables/embeddings/a.parquet", "thumbnails/a/r.jpegs", "cache.sqlite"]
    gone = ["tables/embeddings/b.parquet", "tables/report/a.b.parquet", "thumbnails/c/r.jpegs"]
    for name in (*kept, *gone):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x")
    for name in ("a", "d"):
        store_settings(name, {"selected_samples": {"seed": 1}})
    assert mirror_partitions(lambda: {"a"}) == ["a.b", "b", "c", "d"]
    left = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}
    assert {name for name in left if not name.startswith("catalog.db")} - {"dagster.yaml"} == set(kept)
    assert names() == ["a"]


def test_partitions_added_in_the_ui_are_datasets(home: Path) -> None:
    store_settings("a", {"selected_samples": {"seed": 1}})
    assert mirror_partitions(lambda: ["a", "new", "../up", "b|c"]) == []
    assert [(each.name, bool(each.settings)) for each in all_datasets()] == [("a", True), ("new", False)]


def test_a_new_state_folder_has_none(home: Path) -> None:
    assert mirror_partitions(set) == []


def test_a_dataset_that_is_made_meanwhile_stays(home: Path) -> None:
    table = home / "tables" / "embeddings" / "new.parquet"

    def datasets() -> set[str]:
        table.parent.mkdir(parents=True)
        table.write_text("x")
        store_settings("new", {"selected_samples": {"seed": 1}})
        return set()  # as read before the dataset was added

    assert mirror_partitions(datasets) == []
    assert table.exists() and names() == ["new"]
