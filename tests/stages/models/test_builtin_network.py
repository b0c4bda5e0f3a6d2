import numpy as np
import pytest
import torch

from selection_assets.stages.models.builtin_network import (
    BAND_TONES,
    BANDS,
    CELLS,
    DIMENSIONS,
    ORIENTATIONS,
    PARTS,
    SIDE,
    TONES,
    BuiltinNetwork,
    Descriptors,
    joint_histogram,
)


def test_joint_histogram_equals_a_loop_over_pixels() -> None:
    pixels = torch.rand(2, 3, 50, generator=torch.Generator().manual_seed(0))
    expected = np.zeros((2, 4, 4, 4))
    for picture in range(2):
        for pixel in pixels[picture].T.double().numpy() * 3:
            low = np.minimum(np.floor(pixel).astype(int), 2)
            for corner in np.ndindex(2, 2, 2):
                share = np.where(corner, pixel - low, 1 - (pixel - low)).prod()
                expected[(picture, *(low + corner))] += share / 50
    ours = joint_histogram(pixels, torch.linspace(0, 1, 4)[:, None]).view(2, 4, 4, 4).square()
    np.testing.assert_allclose(ours, expected, atol=2e-6)


def test_colour_sees_the_bands_apart() -> None:
    rgb = torch.zeros(1, 3, SIDE, SIDE)
    rgb[:, :, : SIDE // BANDS] = 1.0  # white above black
    _, colour = Descriptors()(rgb)
    bands = colour[0, : BANDS * BAND_TONES**3].view(BANDS, -1).square()
    assert bands[0, -1] == pytest.approx(1.0, abs=1e-3) and bands[1, 0] == pytest.approx(1.0, abs=1e-3)
    whole = colour[0, BANDS * BAND_TONES**3 :].square()
    assert whole.shape == (TONES**3,)
    assert whole[-1] == pytest.approx(1 / BANDS, abs=1e-3)


@pytest.mark.parametrize("angle", [0, 22.5, 45, 90, 135])
def test_energy_goes_to_the_direction_of_the_gradient(angle: float) -> None:
    y, x = torch.meshgrid(torch.arange(48.0), torch.arange(48.0), indexing="ij")
    radians = np.radians(angle)
    ramp = (x * np.cos(radians) + y * np.sin(radians)) / 100
    energy = Descriptors().oriented(ramp[None, None])[0, :, 10:-10, 10:-10]
    # Central differences over two pixels: magnitude 2 / 100, shared by directions k * 22.5 degrees.
    shares = np.maximum(np.cos(2 * radians - np.arange(ORIENTATIONS) * 2 * np.pi / ORIENTATIONS), 0) ** 2
    np.testing.assert_allclose(energy.mean(dim=(1, 2)), 0.02 * shares, rtol=0.02, atol=1e-5)


def test_structure_forgets_the_light() -> None:
    grey = torch.rand(1, 1, 48, 48, generator=torch.Generator().manual_seed(1)) * 0.5
    descriptors = Descriptors()
    cells = ORIENTATIONS * CELLS * CELLS
    dark, light = (descriptors.structure(picture)[0, :cells] for picture in (grey, grey * 0.8 + 0.2))
    assert torch.nn.functional.cosine_similarity(dark, light, dim=0) > 0.999


def test_structure_equals_plain_loops() -> None:
    side, cell = 48, 48 // CELLS
    grey = torch.rand(1, 1, side, side, generator=torch.Generator().manual_seed(2))
    picture = grey[0, 0].double().numpy()

    def oriented(levels: np.ndarray) -> np.ndarray:
        shares = np.zeros((ORIENTATIONS, *levels.shape))
        last = len(levels) - 1
        for y, x in np.ndindex(levels.shape):
            dx = levels[y, min(x + 1, last)] - levels[y, max(x - 1, 0)]
            dy = levels[min(y + 1, last), x] - levels[max(y - 1, 0), x]
            for k in range(ORIENTATIONS):
                share = max(0.0, np.cos(2 * np.arctan2(dy, dx) - k * 2 * np.pi / ORIENTATIONS)) ** 2
                shares[k, y, x] = np.hypot(dx, dy) * share
        return shares

    def halved(levels: np.ndarray) -> np.ndarray:
        return levels.reshape(len(levels) // 2, 2, len(levels) // 2, 2).mean(axis=(1, 3))

    scales = [oriented(picture), oriented(halved(picture)), oriented(halved(halved(picture)))]
    cells = np.zeros((ORIENTATIONS, CELLS, CELLS))
    light = np.zeros((CELLS, CELLS))
    for y, x in np.ndindex(CELLS, CELLS):
        inside = (slice(y * cell, (y + 1) * cell), slice(x * cell, (x + 1) * cell))
        cells[:, y, x], light[y, x] = scales[0][:, *inside].mean(axis=(1, 2)), picture[inside].mean()
    histogram = np.zeros_like(cells)
    for y, x in np.ndindex(CELLS, CELLS):
        around = cells.sum(axis=0)[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2].mean()
        histogram[:, y, x] = np.sqrt(cells[:, y, x] / (around + 0.02))
    light = (light - light.mean()) / (light.std() + 0.05)
    energies = [np.sqrt(energy.mean(axis=(1, 2))) for energy in scales]
    expected = np.concatenate([histogram.ravel(), light.ravel(), *energies])
    np.testing.assert_allclose(Descriptors().structure(grey)[0], expected, atol=1e-3)


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_plain_pictures_are_no_trouble(level: float) -> None:
    torch.manual_seed(0)
    vectors = BuiltinNetwork().eval()((torch.full((2, 3, SIDE, SIDE), level) - 0.45) / 0.225)
    assert vectors.shape == (2, DIMENSIONS)
    assert torch.isfinite(vectors).all()


def test_parts_have_their_share_of_the_length() -> None:
    torch.manual_seed(0)
    vectors = BuiltinNetwork().eval()(torch.randn(3, 3, SIDE, SIDE))
    assert sum(part.weight for part in PARTS) == pytest.approx(1.0)
    for part, stretch in zip(PARTS, vectors.split([part.dimensions for part in PARTS], dim=1), strict=True):
        torch.testing.assert_close(stretch.square().sum(dim=1), torch.full((3,), part.weight))


def test_other_sizes_are_resized() -> None:
    torch.manual_seed(0)
    network, pictures = BuiltinNetwork().eval(), torch.randn(2, 3, 64, 64)
    resized = torch.nn.functional.interpolate(pictures, (SIDE, SIDE), mode="bilinear", antialias=True)
    torch.testing.assert_close(network(pictures), network(resized))
