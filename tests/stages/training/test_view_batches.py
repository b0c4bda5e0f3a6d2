import io

import numpy as np
import pytest
import torch
from PIL import Image

from configs.errors import InputError
from configs.stages.training import AugmentationConfig
from selection_assets.stages.training.view_batches import ViewBatches, crop
from selection_assets.stages.training.view_pixels import augment
from tests.stages.training.conftest import Thumbnails


def batches(thumbnails: Thumbnails, **changes: object) -> ViewBatches:
    options: dict[str, object] = {
        "collate": AugmentationConfig(), "input_size": 16, "batch_size": 8, "shuffle": True, "drop_last": False,
        "num_workers": 2, "seed": 5,
    }  # fmt: skip
    return ViewBatches(thumbnails.keys, thumbnails.sizes, thumbnails, **{**options, **changes})  # type: ignore[arg-type]


def rows(made: ViewBatches) -> list[int]:
    return [int(row) for part in made.batches() for row in part]


def test_an_epoch_shows_every_image_once_in_a_new_order(thumbnails: Thumbnails) -> None:
    made = batches(thumbnails)
    first = rows(made)
    assert sorted(first) == list(range(20))
    assert first == rows(batches(thumbnails))
    made.epoch = 1
    assert sorted(rows(made)) == list(range(20))
    assert rows(made) != first
    assert rows(batches(thumbnails, seed=6)) != first
    assert rows(batches(thumbnails, shuffle=False)) == list(range(20))


def test_the_last_batch(thumbnails: Thumbnails) -> None:
    assert [len(part) for part in batches(thumbnails).batches()] == [8, 8, 4]
    assert [len(part) for part in batches(thumbnails, drop_last=True).batches()] == [8, 8]
    assert len(batches(thumbnails, drop_last=True)) == 2
    assert [len(part) for part in batches(thumbnails, batch_size=19).batches()] == [19]  # one image compares with none


def test_ranks_share_out_the_images_evenly(thumbnails: Thumbnails) -> None:
    parts = []
    for rank in range(3):
        made = batches(thumbnails)
        made.rank, made.world = rank, 3
        parts.append(rows(made))
    assert [len(part) for part in parts] == [7, 7, 7]
    assert set(parts[0]) | set(parts[1]) | set(parts[2]) == set(range(20))


@pytest.mark.parametrize("workers", [1, 3, -1])
def test_views_do_not_depend_on_the_number_of_threads(thumbnails: Thumbnails, workers: int) -> None:
    plain, threaded = list(batches(thumbnails, num_workers=0)), list(batches(thumbnails, num_workers=workers))
    assert [crops.shape for crops, _ in plain] == [(16, 16, 16, 3), (16, 16, 16, 3), (8, 16, 16, 3)]
    for (crops, views), (others, parameters) in zip(plain, threaded, strict=True):
        assert np.array_equal(crops, others)
        assert np.array_equal(views.factor, parameters.factor)


@pytest.mark.parametrize("workers", [0, 2])
def test_finished_views_are_what_the_device_would_make_of_the_crops(thumbnails: Thumbnails, workers: int) -> None:
    made = list(batches(thumbnails, num_workers=workers, finished=True))
    plain = list(batches(thumbnails, num_workers=0))
    for views, (crops, parameters) in zip(made, plain, strict=True):
        assert views.dtype == np.float32
        assert np.array_equal(views, augment(torch.from_numpy(crops), parameters).numpy())


def test_each_image_is_decoded_once_for_both_views(thumbnails: Thumbnails) -> None:
    asked: list[str] = []

    def pictures(keys: list[str]) -> dict[str, bytes]:
        asked.extend(keys)
        return thumbnails(keys)

    made = batches(thumbnails, num_workers=0)
    made.pictures = pictures  # type: ignore[assignment]
    list(made)
    assert sorted(asked) == thumbnails.keys


def test_views_are_crops_of_their_image(thumbnails: Thumbnails) -> None:
    made = batches(thumbnails, num_workers=0, shuffle=False)
    crops, views = next(iter(made))
    for view in range(16):
        row = view % 8
        with Image.open(io.BytesIO(thumbnails.jpegs[thumbnails.keys[row]])) as picture:
            width, height = picture.size
            box = tuple(views.boxes[view] * [width, height, width, height])
            whole = picture.convert("RGB").resize((16, 16), Image.Resampling.BILINEAR, box=box)
        assert np.abs(crops[view].astype(int) - np.asarray(whole)).max() <= 1


def test_a_crop_of_everything_is_the_resized_picture() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8))
    whole = crop(picture, np.array([0, 0, 1, 1], np.float32), 16)
    assert np.array_equal(whole, np.asarray(picture.resize((16, 16), Image.Resampling.BILINEAR)))
    assert crop(picture, np.array([1, 1, 1, 1], np.float32), 8).shape == (8, 8, 3)


def test_missing_and_damaged_thumbnails(thumbnails: Thumbnails) -> None:
    made = batches(thumbnails)
    made.pictures = lambda keys: {}
    with pytest.raises(InputError, match="is gone; run again"):
        list(made)
    made.pictures = lambda keys: dict.fromkeys(keys, b"no picture")
    with pytest.raises(InputError, match="is damaged; delete cache"):
        list(made)
