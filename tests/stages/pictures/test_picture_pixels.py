import io

import numpy as np
import pytest
from PIL import Image

from selection_assets.stages.models.preprocessing import MEAN, STD
from selection_assets.stages.pictures.corrupt_image import CorruptImageError
from selection_assets.stages.pictures.picture_pixels import square_pixels


def encoded(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, **options)  # type: ignore[arg-type]
    return file.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1", "LA"])
def test_same_pixels_as_the_transform_of_the_package(mode: str) -> None:
    from torchvision import transforms

    picture = Image.fromarray(np.random.default_rng(0).integers(0, 256, (83, 131, 3), dtype=np.uint8)).convert(mode)
    transform = transforms.Compose(
        [transforms.Resize((48, 48)), transforms.ToTensor(), transforms.Normalize(mean=MEAN, std=STD)]
    )
    expected = transform(picture.convert("RGB")).numpy()
    ours = (square_pixels(encoded(picture, format="PNG"), 48) / np.float32(255) - np.float32(MEAN)) / np.float32(STD)
    assert np.allclose(ours.transpose(2, 0, 1), expected, atol=1e-6)


def test_large_jpegs_differ_little_from_their_full_decode() -> None:
    grid = Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8))
    photo = encoded(grid.resize((2400, 1600), Image.Resampling.BICUBIC), format="JPEG", quality=92)
    full = square_pixels(Image.open(io.BytesIO(photo)), 64)
    assert np.abs(square_pixels(photo, 64).astype(int) - full).mean() < 1.0


@pytest.mark.parametrize("content", [b"", b"no picture", b"GIF89a" + bytes(100)])
def test_no_picture(content: bytes) -> None:
    with pytest.raises(CorruptImageError):
        square_pixels(content, 8)
