import threading

import pytest

from resources.catalog.database import catalog_transaction
from resources.catalog.platform_schema import PLATFORM_DATASETS
from resources.platform.bit_masks import BitMask
from resources.platform.datasets import PlatformDataset
from resources.platform.errors import PlatformError
from resources.platform.samples import NewSample, append_samples
from resources.platform.scores import score_types, scores_of, store_scores
from resources.platform.tags import (
    INITIAL_TAG,
    NewTag,
    create_tag,
    delete_tag,
    find_tag,
    names_of_tag,
    tag_named,
    tags_of,
)

UNKNOWN = "0123456789abcdef01234567"


def fill(dataset: PlatformDataset, number: int = 20) -> None:
    append_samples(dataset.id, (NewSample(f"{i}.jpg") for i in range(number)))


def code(call: object, *arguments: object) -> str:
    with pytest.raises(PlatformError) as refused:
        call(*arguments)  # type: ignore[operator]
    return refused.value.code


def test_a_tag_is_created_found_and_deleted(dataset: PlatformDataset, other: PlatformDataset) -> None:
    fill(dataset)
    fill(other)
    first = create_tag(dataset.id, NewTag(INITIAL_TAG, BitMask.full(20), 20))
    changes = [{"userId": "x", "creator": "USER_PIP", "ts": 1, "changes": {}}]
    second = create_tag(
        dataset.id, NewTag("some", BitMask.of_indices([3, 19]), 20, first.id, "USER_PIP", first.id, None, None, changes)
    )
    assert find_tag(dataset.id, second.id) == tag_named(dataset.id, "some")
    found = find_tag(dataset.id, second.id)
    assert found and (found.mask, found.previous, found.query, found.run) == (second.mask, first.id, first.id, None)
    assert list(found.changes) == changes and [each.id for each in tags_of(dataset.id)] == [first.id, second.id]
    assert list(names_of_tag(found)) == ["3.jpg", "19.jpg"]
    assert find_tag(other.id, first.id) is None and tags_of(other.id) == []
    assert create_tag(other.id, NewTag("some", BitMask(b""), 0)).mask.count() == 0  # a name belongs to its dataset
    assert code(delete_tag, dataset.id, first.id) == "TAG_UNDELETABLE_IS_INITIAL"
    third = create_tag(dataset.id, NewTag("third", second.mask, 20, second.id))
    assert code(delete_tag, dataset.id, second.id) == "TAG_UNDELETABLE_NOT_A_LEAF"
    assert code(delete_tag, other.id, third.id) == code(delete_tag, dataset.id, UNKNOWN) == "TAG_UNKNOWN"
    delete_tag(dataset.id, third.id)
    delete_tag(dataset.id, second.id)
    assert [each.id for each in tags_of(dataset.id)] == [first.id]


def test_tags_that_are_refused(dataset: PlatformDataset, other: PlatformDataset) -> None:
    fill(dataset)
    fill(other)
    mask = BitMask.of_indices([1])
    elsewhere = create_tag(other.id, NewTag("other", mask, 20)).id
    create_tag(dataset.id, NewTag("taken", mask, 20))
    for new, expected in (
        (NewTag("taken", mask, 20), "TAG_NAME_EXISTS"),
        (NewTag("ab", mask, 20), "DATASET_TAG_INVALID"),
        (NewTag("-abc", mask, 20), "DATASET_TAG_INVALID"),
        (NewTag("abc\n", mask, 20), "DATASET_TAG_INVALID"),
        (NewTag("a" * 256, mask, 20), "DATASET_TAG_INVALID"),
        (NewTag("abc", mask, 1), "DATASET_TAG_INVALID"),
        (NewTag("abc", mask, 21), "DATASET_TAG_INVALID"),
        (NewTag("abc", BitMask.of_indices([20]), 20), "DATASET_TAG_INVALID"),
        (NewTag("abc", mask, 20, previous=elsewhere), "TAG_PREVTAG_NOT_IN_DATASET"),
        (NewTag("abc", mask, 20, query=elsewhere), "TAG_QUERYTAG_NOT_IN_DATASET"),
        (NewTag("abc", mask, 20, preselected=UNKNOWN), "TAG_PRESELECTEDTAG_NOT_IN_DATASET"),
    ):
        assert code(create_tag, dataset.id, new) == expected
    assert code(create_tag, UNKNOWN, NewTag("abc", mask, 20)) == "DATASET_UNKNOWN"
    assert [each.name for each in tags_of(dataset.id)] == ["taken"]


def test_a_child_and_the_end_of_its_parent_at_once(dataset: PlatformDataset) -> None:
    """Whoever comes first, no tag is left without the one that it comes from."""
    fill(dataset)
    for turn in range(10):
        parent = create_tag(dataset.id, NewTag(f"parent {turn}", BitMask(b""), 20)).id
        refused: list[str] = []

        def attempt(call: object, *arguments: object, refused: list[str] = refused) -> None:
            try:
                call(*arguments)  # type: ignore[operator]
            except PlatformError as error:
                refused.append(error.code)

        child = NewTag(f"child {turn}", BitMask(b""), 20, parent)
        calls = [(create_tag, dataset.id, child), (delete_tag, dataset.id, parent)]
        threads = [threading.Thread(target=attempt, args=call) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert refused in (["TAG_PREVTAG_NOT_IN_DATASET"], ["TAG_UNDELETABLE_NOT_A_LEAF"])
        assert (find_tag(dataset.id, parent) is None) == (tag_named(dataset.id, child.name) is None)


def test_scores(dataset: PlatformDataset) -> None:
    fill(dataset)
    tag = create_tag(dataset.id, NewTag("some", BitMask.of_indices([3, 19]), 20))
    assert scores_of(tag, "margin") is None and score_types(tag) == []
    id = store_scores(tag, "margin", [0.5, 1])
    assert store_scores(tag, "margin", [0.25, -2.0]) == id != store_scores(tag, "other", [0, 0])
    stored = scores_of(tag, "margin")
    assert stored is not None and stored.tolist() == [0.25, -2.0] and sorted(score_types(tag)) == ["margin", "other"]
    for bad in ([], [1.0], [1.0, 2.0, 3.0], [1.0, float("nan")], [1.0, float("inf")]):
        assert code(store_scores, tag, "margin", bad) == "SCORES_CANNOT_BE_SET"
    delete_tag(dataset.id, tag.id)
    assert scores_of(tag, "margin") is None


def test_they_go_with_the_dataset(dataset: PlatformDataset) -> None:
    fill(dataset)
    create_tag(dataset.id, NewTag("some", BitMask.full(20), 20))
    with catalog_transaction() as connection:
        connection.execute(PLATFORM_DATASETS.delete().where(PLATFORM_DATASETS.c.id == dataset.id))
    assert tags_of(dataset.id) == []
