"""The dataset of the platform after its runs."""

from typing import Any

import polars as pl
import pytest

from resources.instance import dagster_instance
from resources.platform.datasets import PlatformDataset, create_dataset, dataset_of_partition
from resources.platform.embeddings import embeddings_of
from resources.platform.samples import name_blocks, samples_at
from resources.platform.tags import Tag, names_of_tag, tags_of
from resources.platform.users import add_user
from resources.tables import Table
from selection_assets.stages.models.model_row import SCHEMA as CHECKPOINT
from tests.assets.conftest import DATASET, Alone
from tests.assets.small_tables import NO_MODEL, checked, embedded, samples

NO_THUMBNAILS = pl.DataFrame(schema={"filename": pl.String, "written_as": pl.String})


@pytest.fixture
def dataset(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> PlatformDataset:
    monkeypatch.setenv("DAGSTER_HOME", str(alone.home))
    with dagster_instance() as instance:
        return create_dataset(instance, add_user("ann@example.com"), DATASET, type="Images")


def write(alone: Alone, statuses: dict[str, str], model: str | None = "m", dimensions: int = 2, **known: Any) -> None:
    """The tables of a run: `statuses` by name; each vector repeats the place of the name in the alphabet."""
    names = list(statuses)
    measures = {"width": [40] * len(names), "height": [30] * len(names), "sharpness": [1.5] * len(names), **known}
    table = checked(samples(names, size=[ord(name[0]) for name in names]), snr=[2.0] * len(names), **measures)
    vectors = [[float(ord(name[0]) - ord("a"))] * dimensions for name in names]
    row = {**dict.fromkeys(CHECKPOINT), "id": model}
    alone.write(
        checked_samples=table,
        checkpoint=pl.DataFrame([row], schema=CHECKPOINT) if model else NO_MODEL,
        embeddings=Table(
            embedded(samples(names), vectors, list(range(len(names)))),
            figures={"embedding": {"model": model or "given by e.csv"}},
        ),
        selected_samples=pl.DataFrame({"filename": names, "status": list(statuses.values())}),
        lightly_thumbnails=NO_THUMBNAILS,
    )


def names(tag: Tag) -> list[str]:
    return list(names_of_tag(tag))


def vectors_of(alone: Alone) -> dict[str, list[Any]]:
    """The newest CSV of the dataset."""
    found = dataset_of_partition(DATASET)
    assert found is not None
    return pl.read_csv(embeddings_of(found.id)[0].place).to_dict(as_series=False)


FIRST = {"a.png": "selected", "b.png": "removed", "c.png": "preselected", "d.png": "corrupt", "e.png": "datapool"}


def test_what_was_kept_arrives_with_its_tag_and_vectors(alone: Alone, dataset: PlatformDataset) -> None:
    write(alone, FIRST)
    made = alone("platform_samples")
    assert made.tables["platform_samples"].frame.rows() == [("a.png", 0), ("c.png", 1)]
    about = made.metadata["platform_samples"]
    assert (about["dataset"], about["new"], about["tag"]) == (dataset.id, 2, "initial-tag")
    first, second = samples_at(dataset.id, next(iter([pl.Series([0, 1]).to_numpy()])))
    assert (first.file_name, second.file_name) == ("a.png", "c.png")
    assert first.about == {
        "type": "IMAGE",
        "size": 97,
        "metaData": {"sharpness": 1.5, "snr": 2.0, "shape": [30, 40, 3]},
    }
    (tag,) = tags_of(dataset.id)
    assert (tag.name, tag.total, tag.previous, tag.creator) == ("initial-tag", 2, None, "USER_WORKER")
    assert names(tag) == ["a.png", "c.png"]
    (embedding,) = embeddings_of(dataset.id)
    assert embedding.name.startswith("default_2") and embedding.model == "m"
    assert embedding.place == str(made.folder / "data/dataset_embeddings.csv")
    assert vectors_of(alone) == {
        "filenames": ["a.png", "c.png"],
        "embedding_0": [0.0, 2.0],
        "embedding_1": [0.0, 2.0],
        "labels": [0, 2],
    }
    assert "Dataset shapes has 2 more samples; those of this run have the tag initial-tag." in made.log
    size = dataset_of_partition(DATASET)
    assert size is not None and (size.samples, size.size) == (2, 97 + 99)


def test_a_later_batch_is_appended_and_gets_a_tag_of_its_own(alone: Alone, dataset: PlatformDataset) -> None:
    write(alone, FIRST)
    alone("platform_samples")
    write(alone, {"f.png": "selected", "c.png": "selected", "g.png": "removed"})
    made = alone("platform_samples")
    assert made.tables["platform_samples"].frame.rows() == [("f.png", 2), ("c.png", 1)]
    assert made.metadata["platform_samples"]["new"] == 1
    initial, later = tags_of(dataset.id)
    assert later.name.startswith("batch_2") and (later.previous, later.total) == (initial.id, 3)
    assert (names(initial), names(later)) == (["a.png", "c.png"], ["c.png", "f.png"])
    found = vectors_of(alone)
    assert (found["filenames"], found["embedding_0"]) == (["a.png", "f.png", "c.png"], [0.0, 5.0, 2.0])


def test_done_again_nothing_changes(alone: Alone, dataset: PlatformDataset) -> None:
    write(alone, FIRST)
    alone("platform_samples")
    again = alone("platform_samples")  # another run, of the same selection
    assert again.metadata["platform_samples"]["new"] == 0
    assert [tag.name for tag in tags_of(dataset.id)] == ["initial-tag"]
    assert again.tables["platform_samples"].frame.rows() == [("a.png", 0), ("c.png", 1)]


@pytest.mark.parametrize(("model", "dimensions"), [("another", 2), ("m", 3), (None, 2)])
def test_vectors_that_cannot_be_compared_are_not_mixed(
    alone: Alone, dataset: PlatformDataset, model: str | None, dimensions: int
) -> None:
    write(alone, FIRST)
    alone("platform_samples")
    write(alone, {"f.png": "selected"}, model, dimensions)
    alone("platform_samples")
    assert vectors_of(alone)["filenames"] == ["f.png"]
    assert embeddings_of(dataset.id)[0].model == (model or "given by e.csv")


def test_earlier_vectors_that_are_gone_are_told(alone: Alone, dataset: PlatformDataset) -> None:
    write(alone, FIRST)
    first = alone("platform_samples")
    (first.folder / "data/dataset_embeddings.csv").write_text("nonsense", encoding="utf-8")
    write(alone, {"f.png": "selected"})
    made = alone("platform_samples")
    assert vectors_of(alone)["filenames"] == ["f.png"]
    assert "The dataset's earlier vectors cannot be read, so its new ones are those of this run: " in made.log


def test_thumbnails_are_known_and_what_is_not_known_is_left_out(alone: Alone, dataset: PlatformDataset) -> None:
    write(alone, {"a.png": "selected", "b.png": "selected"}, width=[40, None], sharpness=[float("inf"), None])
    alone.write(lightly_thumbnails=pl.DataFrame({"filename": ["b.png"], "written_as": [".lightly/b_thumb.png"]}))
    alone("platform_samples")
    a, b = samples_at(dataset.id, pl.Series([0, 1]).to_numpy())
    assert a.about == {"type": "IMAGE", "size": 97, "metaData": {"snr": 2.0, "shape": [30, 40, 3]}}
    assert b.about == {"type": "IMAGE", "size": 98, "metaData": {"snr": 2.0}, "thumbName": ".lightly/b_thumb.png"}


def test_other_datasets_have_no_samples_there(alone: Alone) -> None:
    write(alone, FIRST)
    made = alone("platform_samples")
    assert made.tables["platform_samples"].frame.is_empty() and made.files == set()
    assert made.metadata["platform_samples"]["dataset"] == "none of the platform"


def test_nothing_selected_is_an_empty_tag(alone: Alone, dataset: PlatformDataset) -> None:
    write(alone, {"a.png": "removed"})
    alone("platform_samples")
    (tag,) = tags_of(dataset.id)
    assert (tag.name, tag.total, names(tag)) == ("initial-tag", 0, [])
    assert list(name_blocks(dataset.id, tag.mask.indices())) == []
