from pathlib import Path

from resources.dataset_files import remove_files_of_others


def test_what_belongs_to_deleted_datasets_goes(home: Path) -> None:
    kept = ["datasets/a.json", "tables/embeddings/a.parquet", "thumbnails/a/r.jpegs", "cache.sqlite"]
    gone = ["datasets/b.json", "tables/embeddings/b.parquet", "tables/report/a.b.parquet", "thumbnails/c/r.jpegs"]
    for name in (*kept, *gone):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x")
    assert remove_files_of_others(lambda: {"a"}) == ["a.b", "b", "c"]
    left = {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}
    assert left - {"dagster.yaml"} == set(kept)


def test_a_new_state_folder_has_none(home: Path) -> None:
    assert remove_files_of_others(set) == []


def test_a_dataset_that_is_made_meanwhile_keeps_its_files(home: Path) -> None:
    settings = home / "datasets" / "new.json"

    def datasets() -> set[str]:
        settings.parent.mkdir(parents=True)
        settings.write_text("{}")
        return set()  # as read before the dataset was added

    assert remove_files_of_others(datasets) == []
    assert settings.exists()
