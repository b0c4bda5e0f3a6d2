import numpy as np
import pytest
from PIL import Image

from configs.errors import InputError
from selection_assets.stages.checking.image_check import check_image
from selection_assets.stages.pictures.picture_pixels import square_pixels
from selection_assets.stages.pictures.thumbnail_pixels import decode_thumbnail
from tests.stages.pictures.test_picture_pixels import encoded


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_thumbnail_has_the_pixels_that_pillow_sees(mode: str) -> None:
    grid = Image.fromarray(np.random.default_rng(1).integers(0, 256, (9, 16, 3), dtype=np.uint8)).convert(mode)
    photo = encoded(grid.resize((640, 360), Image.Resampling.BICUBIC), format="JPEG", quality=92)
    thumbnail = check_image(photo, "a.jpg", 128, 10**7).thumbnail
    assert thumbnail is not None
    ours = square_pixels(decode_thumbnail(thumbnail, "a"), 96)
    assert np.abs(ours.astype(int) - square_pixels(thumbnail, 96)).max() <= 1


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff"])
def test_a_damaged_thumbnail(content: bytes) -> None:
    with pytest.raises(InputError, match=r"the thumbnail k is damaged; delete cache\.sqlite"):
        decode_thumbnail(content, "k")
