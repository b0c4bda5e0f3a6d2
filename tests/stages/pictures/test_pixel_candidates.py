import io
import time

import numpy as np
import pytest
from PIL import Image

from selection_assets.stages.checking.image_check import check_image
from selection_assets.stages.pictures.pixel_candidates import TOLERANCE, candidate_groups
from tests.stages.drawn_pictures import encoded, textured

LIMIT = 10_000_000


def key(data: bytes, name: str) -> str:
    result = check_image(data, name, 128, LIMIT)
    assert result.pixel_key is not None, result.reason
    return result.pixel_key


def grid_of(pixel_key: str) -> np.ndarray:
    return np.array(list(bytes.fromhex(pixel_key.split("|")[3])), int)


def patterns() -> dict[str, np.ndarray]:
    """Pictures whose JPEGs overshoot black and white the most, and ordinary ones."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:417, 0:533]
    noise = rng.random((417, 533, 3))
    return {
        "noise": (noise * 255).astype(np.uint8),
        "black and white": (np.repeat(noise[..., :1] < 0.5, 3, axis=2) * 255).astype(np.uint8),
        "few white dots": (np.repeat(noise[..., :1] < 0.05, 3, axis=2) * 255).astype(np.uint8),
        "few black dots": (np.repeat(noise[..., :1] > 0.05, 3, axis=2) * 255).astype(np.uint8),
        "dots of colour": ((noise < (0.05, 0.01, 0.01)) * 255).astype(np.uint8),
        "stripes": (np.stack([x % 3 == 0] * 3, axis=-1) * 255).astype(np.uint8),
        "boxes": np.where(((x // 5 + y // 5) % 2 == 0)[..., None], (255, 0, 0), (0, 0, 255)).astype(np.uint8),
        "soft": np.asarray(textured(533, 417)),
        "black": np.zeros((417, 533, 3), np.uint8),
    }


@pytest.mark.parametrize("quality", [3, 30, 90])
@pytest.mark.parametrize("subsampling", [0, 2])
def test_a_jpeg_and_the_png_made_of_it_are_candidates(quality: int, subsampling: int) -> None:
    keys = []
    for pixels in patterns().values():
        jpeg = encoded(Image.fromarray(pixels), "JPEG", quality=quality, subsampling=subsampling)
        png = encoded(Image.open(io.BytesIO(jpeg)), "PNG", compress_level=0)
        keys += [key(jpeg, "a.jpg"), key(png, "a.png")]
        assert np.abs(grid_of(keys[-1]) - grid_of(keys[-2])).max() <= 0.8 * TOLERANCE
    group_of = {row: number for number, rows in enumerate(candidate_groups(keys)) for row in rows}
    assert all(group_of[row] == group_of[row + 1] for row in range(0, len(keys), 2))


def test_jpegs_with_equal_pixels_are_candidates_however_they_are_coded() -> None:
    grey = textured(600, 400).convert("L")
    flat = Image.new("RGB", (600, 400), (90, 90, 90))
    families = [
        [encoded(grey, "JPEG"), encoded(grey, "JPEG", progressive=True), encoded(grey, "JPEG", optimize=True)],
        [encoded(flat, "JPEG", quality=quality, subsampling=sub) for quality in (20, 95) for sub in (0, 1, 2)],
    ]
    rows = [(family, data) for family, members in enumerate(families) for data in members]
    groups = candidate_groups([key(data, "a.jpg") for _, data in rows])
    assert groups == [[0, 1, 2], [3, 4, 5, 6, 7, 8]]


def test_frames_of_a_parked_camera_are_no_candidates() -> None:
    scene = np.asarray(textured(640, 480, seed=9)).astype(float)
    rng = np.random.default_rng(0)
    keys = []
    for _ in range(30):
        frame = np.clip(scene + rng.normal(0, 2, scene.shape), 0, 255).astype(np.uint8)
        keys.append(key(encoded(Image.fromarray(frame), "JPEG", quality=85), "a.jpg"))
        keys.append(key(encoded(Image.fromarray(frame[:400]), "PNG", compress_level=0), "a.png"))
    assert candidate_groups(keys) == []
    assert candidate_groups([*keys, keys[7]]) == [[7, 60]]


def brute_force(keys: list[str]) -> set[frozenset[int]]:
    """Every pair that must be in one group."""
    pairs = set()
    parts = [each.split("|") for each in keys]
    for one in range(len(keys)):
        for other in range(one):
            (size, coding, exact, grid), (size2, coding2, exact2, grid2) = parts[one], parts[other]
            if size != size2:
                continue
            if coding == coding2:
                near = exact == exact2
            else:
                cells, cells2 = (np.array(list(bytes.fromhex(each)), int) for each in (grid, grid2))
                near = bool(np.abs(cells - cells2).max() <= TOLERANCE)
            if near:
                pairs.add(frozenset((one, other)))
    return pairs


@pytest.mark.parametrize("spread", [3, 12, 25, 120])
def test_groups_are_those_of_comparing_all_pairs(spread: int) -> None:
    rng = np.random.default_rng(spread)
    keys = []
    for _ in range(120):
        grid = np.clip(128 + rng.normal(0, spread, 16), 0, 255).astype(np.uint8).tobytes().hex()
        keys.append(
            f"{rng.integers(1, 3)}x2-8|{'' if rng.random() < 0.4 else rng.integers(3)}|{rng.integers(90)}|{grid}"
        )
    pairs = brute_force(keys)
    groups = candidate_groups(keys)
    assert all(rows == sorted(rows) and len(rows) > 1 for rows in groups)
    assert [rows[0] for rows in groups] == sorted(rows[0] for rows in groups)
    # The groups are the parts that the pairs connect.
    left = set(range(len(keys)))
    expected = []
    while left:
        part, front = set(), {left.pop()}
        while front:
            part |= front
            front = {row for pair in pairs if pair & front for row in pair} - part
        left -= part
        if len(part) > 1:
            expected.append(sorted(part))
    assert groups == sorted(expected)


def test_many_rows_take_seconds() -> None:
    rng = np.random.default_rng(0)
    base = rng.normal(128, 50, (6_000, 1))
    grids = np.clip(base + rng.normal(0, 25, (6_000, 16)), 0, 255).astype(np.uint8)
    keys = [f"9x9-8|{'' if row % 2 else 'a'}|{row}|{grid.tobytes().hex()}" for row, grid in enumerate(grids)]
    began = time.perf_counter()
    groups = candidate_groups(keys)
    assert time.perf_counter() - began < 20
    assert sum(map(len, groups)) < 60
    parked = [f"9x9-8|{'' if row % 2 else 'a'}|{row}|{'80' * 16}" for row in range(6_000)]
    assert candidate_groups(parked) == [list(range(6_000))]
    assert candidate_groups([]) == []
