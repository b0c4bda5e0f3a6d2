"""What the demo pictures look like, by coarse pictures of them in demo_scenes.json; and the helpers that draw them.

When a drawing is changed on purpose: `python -m tests.test_demo_scenes` writes the file anew, after a look at pictures.
"""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from selection_assets.demo_scenes import SCENES, _image, _noise, _profile, _ramp, _shaded, parked_camera

EXPECTED = Path(__file__).with_name("demo_scenes.json")
SIZE = (160, 120)
STREET_SIZE = (320, 240)
SEEDS = (0, 1, 2, 3, 6)  # of textures they draw all kinds
MOMENTS = (0.0, 0.4, 0.75)


def coarse(image: Image.Image) -> list[str]:
    """Rows of blocks of 20 x 20 pixels, each as hexadecimal red, green, blue, and the spread of its grey."""
    pixels = np.asarray(image, np.float64)
    height, width, _ = pixels.shape
    blocks = pixels.reshape(height // 20, 20, width // 20, 20, 3)
    spread = blocks.mean(4).std((1, 3))
    values = np.concatenate([blocks.mean((1, 3)), spread[..., None]], 2).round().astype(int)
    return [" ".join("".join(f"{value:02x}" for value in block) for block in row) for row in values]


def numbers(rows: list[str]) -> np.ndarray:
    return np.array([[list(bytes.fromhex(block)) for block in row.split()] for row in rows])


def drawn() -> dict[str, list[str]]:
    pictures = {
        f"{name} {seed}": scene(np.random.default_rng(seed), *SIZE) for name, scene in SCENES.items() for seed in SEEDS
    }
    street = {
        f"parked_camera {moment}": parked_camera(np.random.default_rng(0), *STREET_SIZE, moment) for moment in MOMENTS
    }
    return {name: coarse(image) for name, image in {**pictures, **street}.items()}


def test_scenes_look_as_they_did() -> None:
    expected = json.loads(EXPECTED.read_text(encoding="utf-8"))
    now = drawn()
    assert now.keys() == expected.keys()
    differences = {name: int(np.abs(numbers(now[name]) - numbers(expected[name])).max()) for name in expected}
    assert {name: difference for name, difference in differences.items() if difference > 2} == {}


def test_shades_stay_colours() -> None:
    assert _shaded((100, 0, 255), 0.5) == (50, 0, 127)
    assert _shaded((100, 0, 255), 2.0) == (200, 0, 255)
    assert _shaded((100, 0, 255), -1.0) == (0, 0, 0)


def test_a_ramp_goes_through_its_colours_in_even_steps() -> None:
    colours = [(0, 10, 20), (100, 10, 0), (200, 250, 0)]
    tones = np.array([[-1.0, 0.0, 0.25, 0.5, 0.75, 1.0, 2.0]])
    straight = [np.interp(tones, [0.0, 0.5, 1.0], channel) for channel in np.array(colours).T]
    pixels = _ramp(tones, colours)
    assert (pixels.shape, pixels.dtype) == ((1, 7, 3), np.float32)
    np.testing.assert_allclose(pixels, np.stack(straight, axis=2), atol=255 / 511)


def test_noise_and_profiles_fill_their_range() -> None:
    noise = _noise(np.random.default_rng(0), 31, 20, (2, 3), 3)
    assert (noise.shape, noise.dtype) == ((20, 31), np.float32)
    assert 0.0 <= noise.min() < 0.05 and 0.95 < noise.max() <= 1.0
    profile = _profile(np.random.default_rng(0), 31, 4)
    assert profile.shape == (31,)
    assert profile.min() >= 0.0 and profile.max() <= 1.0 and np.ptp(profile) > 0.3


def test_pixels_that_are_no_colours_become_the_nearest() -> None:
    assert np.asarray(_image(np.array([[[-5.0, 0.4, 1.9], [255.0, 256.0, 300.0]]]))).tolist() == [
        [[0, 0, 1], [255, 255, 255]]
    ]


if __name__ == "__main__":
    EXPECTED.write_text(json.dumps(drawn(), indent=1) + "\n", encoding="utf-8")
