import tracemalloc

import numpy as np
import pytest

from configs.errors import InputError
from resources.platform import samples
from resources.platform.datasets import PlatformDataset
from resources.platform.errors import PlatformError
from resources.platform.samples import (
    NewSample,
    append_samples,
    change_sample,
    find_sample,
    index_of_id,
    indices_of_names,
    name_blocks,
    sample_id,
    sample_named,
    samples_at,
)
from tests.resources.platform.conftest import Again


def names(dataset: PlatformDataset, *indices: int) -> list[str]:
    return [name for block in name_blocks(dataset.id, np.array(indices)) for name in block]


def test_samples_are_appended_in_order_and_once(
    dataset: PlatformDataset, other: PlatformDataset, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "BLOCK", 3)
    first = ["b.jpg", "a.jpg", "b.jpg", "ä/\U0001f408.png", "x" * 5000, "a.jpg", "B.jpg"]
    assert append_samples(dataset.id, (NewSample(name, size=10) for name in first)) == 5
    assert append_samples(other.id, [NewSample("a.jpg", size=1)]) == 1
    assert append_samples(dataset.id, [NewSample(name, size=99) for name in [*first, "new.jpg"]]) == 1
    assert append_samples(dataset.id, []) == append_samples(dataset.id, [NewSample("a.jpg", size=7)]) == 0
    assert names(dataset, *range(6)) == ["b.jpg", "a.jpg", "ä/\U0001f408.png", "x" * 5000, "B.jpg", "new.jpg"]
    assert (again().samples, again().size) == (6, 5 * 10 + 99) and again().changed >= dataset.changed
    assert indices_of_names(dataset.id, ["new.jpg", "no.jpg", "a.jpg", "b.jpg", "\ud800"]).tolist() == [5, -1, 1, 0, -1]
    assert indices_of_names(other.id, ["new.jpg", "a.jpg"]).tolist() == [-1, 0]


def test_what_is_known_of_a_sample(dataset: PlatformDataset) -> None:
    about = {"videoFrameData": {"sourceVideo": "a.mp4"}, "metaData": {"sharpness": 3.5}}
    append_samples(dataset.id, [NewSample("a.jpg"), NewSample("a-1.png", "VIDEO_FRAME", 1 << 40, about)])
    found = sample_named(dataset.id, "a-1.png")
    assert found and (found.index, found.custom) == (1, None) and found == find_sample(dataset.id, 1)
    assert found.about == {"type": "VIDEO_FRAME", "size": 1 << 40, **about}
    assert sample_named(dataset.id, "b") is None and find_sample(dataset.id, 2) is None
    assert change_sample(dataset.id, 0, {"exif": {"a": 1}}, {"key": ["ä", None]})
    assert change_sample(dataset.id, 0, {"thumbName": "t.jpg"}, None)
    changed = find_sample(dataset.id, 0)
    assert changed and changed.about == {"type": "IMAGE", "size": 0, "exif": {"a": 1}, "thumbName": "t.jpg"}
    assert changed.custom == {"key": ["ä", None]}
    assert not change_sample(dataset.id, 2, {}, {}) and not change_sample(dataset.id, (1 << 32) - 1, {}, {})


def test_ids_are_made_of_dataset_and_index() -> None:
    one, two = "0123456789abcdef01234567", "fedcba98765432100123456f"
    for index in (0, 1, 0xABC, (1 << 31) - 1):
        assert index_of_id(one, sample_id(one, index)) == index and len(sample_id(one, index)) == 24
        assert index_of_id(two, sample_id(one, index)) is None
    for id in ("", "0123456789abcdef0000000G", "0123456789abcdef0", "0123456789abcdef00000000\n", "x" * 24):
        assert index_of_id(one, id) is None


def test_of_samples_that_cannot_all_be_appended_none_is(dataset: PlatformDataset, again: Again) -> None:
    for bad in (
        "",
        "a\nb.jpg",
        "a\0.jpg",
        "a\u2028b",
        "\ud800.jpg",
        "/etc/passwd",
        "a/../../b",
        "..",
        "c:\\a",
        "a//b",
        "a/",
        "a/./b",
        ".",
        "a\x85",
    ):
        with pytest.raises(InputError, match="rename the file"):
            append_samples(dataset.id, [NewSample("a.jpg"), NewSample(bad)])
    assert again().samples == 0 and find_sample(dataset.id, 0) is None
    assert append_samples(dataset.id, [NewSample("<b>, '\".jpg"), NewSample("...jpg")]) == 2
    with pytest.raises(PlatformError, match="there is no dataset") as refused:
        append_samples("0" * 24, [NewSample("a")])
    assert refused.value.code == "DATASET_UNKNOWN"


def test_close_and_scattered_indices(dataset: PlatformDataset) -> None:
    append_samples(dataset.id, (NewSample(f"{i}.jpg") for i in range(6_000)))
    for wanted in ([], [0], [5_999], [3, 4, 5], [3, 5, 9], [0, 3_000, 5_999], [*range(5_500)], [*range(0, 6_000, 7)]):
        indices = np.array(wanted, np.int64)
        assert [name for block in name_blocks(dataset.id, indices) for name in block] == [f"{i}.jpg" for i in wanted]
        assert [each.index for each in samples_at(dataset.id, indices)] == wanted


def test_memory_stays_small(dataset: PlatformDataset) -> None:
    def rows(number: int) -> None:
        append_samples(dataset.id, (NewSample(f"{i:08d}" + "x" * 100) for i in range(number)))

    rows(10_000)
    tracemalloc.start()
    rows(60_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6, peak


@pytest.mark.parametrize(
    "name", ["a..jpg", "...", "a:b", "a\u200d.jpg", "\u00a0", "-", " ", "c:a", "a/.../b", "a/.b", ".b", "a."]
)
def test_odd_names_that_samples_may_have(dataset: PlatformDataset, name: str) -> None:
    assert append_samples(dataset.id, [NewSample(name)]) == 1 and names(dataset, 0) == [name]
