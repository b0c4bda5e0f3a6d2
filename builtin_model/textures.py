"""Fields without objects: power-law noise, waves, tilings, cells and gradients, plain and bent by one another.

All functions return (S, S) fields in [0, 1]; colour is added by the caller.
"""

from functools import cache

import numpy as np

from builtin_model.colours import Field, unit_range


@cache
def frequencies(size: int) -> tuple[Field, Field, Field]:
    """Horizontal, vertical and absolute frequency of `rfft2`, in cycles per picture; the constant counts as 1."""
    fy = (np.fft.fftfreq(size) * size)[:, None].repeat(size // 2 + 1, axis=1).astype(np.float32)
    fx = (np.fft.rfftfreq(size) * size)[None, :].repeat(size, axis=0).astype(np.float32)
    absolute = np.hypot(fx, fy)
    absolute[0, 0] = 1.0
    return fx, fy, absolute


@cache
def grid(size: int) -> tuple[Field, Field]:
    """x to the right and y down, (S, S) each, in [-1, 1]."""
    line = np.linspace(-1.0, 1.0, size, dtype=np.float32)
    return np.broadcast_to(line[None, :], (size, size)), np.broadcast_to(line[:, None], (size, size))


def power_noise(rng: np.random.Generator, size: int, slope: float | None = None) -> Field:
    """Noise with amplitude |f|^-slope (natural pictures: about 1), often stretched in one direction or band-limited."""
    fx, fy, absolute = frequencies(size)
    slope = float(rng.uniform(0.5, 2.2)) if slope is None else slope
    if rng.random() < 0.4:
        angle, stretch = rng.uniform(0.0, np.pi), rng.uniform(1.5, 6.0)
        along = fx * np.cos(angle) + fy * np.sin(angle)
        across = (fy * np.cos(angle) - fx * np.sin(angle)) * stretch
        absolute = np.maximum(np.hypot(along, across), 1.0)
    amplitude = absolute ** np.float32(-slope)
    if rng.random() < 0.25:
        centre, width = np.exp(rng.uniform(np.log(3.0), np.log(size / 3))), rng.uniform(0.15, 0.6)
        amplitude = np.exp(-(np.log(absolute / centre) ** 2) / (2.0 * width**2))
    phases = rng.standard_normal((*absolute.shape, 2), dtype=np.float32).view(np.complex64)[..., 0]
    field = np.fft.irfft2(phases * amplitude, s=(size, size))
    field /= field.std() + 1e-9
    shaped = rng.random()
    if shaped < 0.15:
        field = np.abs(field)  # ridges: creases, veins
    elif shaped < 0.3:
        field = np.tanh(field * rng.uniform(2.0, 8.0))  # patches
    return unit_range(np.clip(field, -3.0, 3.0))


def warped_grid(rng: np.random.Generator, size: int) -> tuple[Field, Field]:
    """Coordinates turned by an angle, half of the time seen in perspective, bent by smooth noise, or both."""
    x, y = grid(size)
    if rng.random() < 0.3:
        horizon = rng.uniform(1.1, 3.0)
        depth = 1.0 / (horizon + y)
        x, y = x * depth * 2.0, depth * 4.0
    angle = rng.uniform(0.0, 2.0 * np.pi)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    if rng.random() < 0.4:
        strength = rng.uniform(0.05, 0.5)
        u = u + strength * (power_noise(rng, size, 2.2) - 0.5)
        v = v + strength * (power_noise(rng, size, 2.2) - 0.5)
    return u, v


def waves(rng: np.random.Generator, size: int) -> Field:
    """One to three sine gratings, sharpened by chance into bars; some run in circles."""
    field = np.zeros((size, size), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        u, v = warped_grid(rng, size)
        cycles = np.exp(rng.uniform(np.log(1.0), np.log(20.0)))
        place = np.hypot(u - rng.uniform(-1, 1), v - rng.uniform(-1, 1)) if rng.random() < 0.25 else u
        field = field + np.sin(np.pi * cycles * place + rng.uniform(0.0, 2.0 * np.pi))
    return unit_range(np.tanh(field * np.exp(rng.uniform(-1.0, 2.5))))


def tiles(rng: np.random.Generator, size: int) -> Field:
    """Checkers, bricks, dots or crosses on a grid, each tile with a tone of its own."""
    u, v = warped_grid(rng, size)
    count_u, count_v = np.exp(rng.uniform(np.log(1.0), np.log(9.0), 2))
    row = np.floor(v * count_v)
    shifted = u * count_u + row * rng.choice([0.0, 0.0, 0.5, 0.33])
    column = np.floor(shifted)
    in_u, in_v = shifted - column, v * count_v - row
    # A cheap hash of the tile's place: equal tiles get equal tones.
    tone = np.modf(np.abs(np.sin(row * rng.uniform(10, 90) + column * rng.uniform(10, 90)) * 43.7))[0]
    kind = int(rng.integers(0, 4))
    if kind == 0:
        field = (row + column) % 2 + rng.uniform(0.0, 1.0) * tone
    elif kind == 1:
        gap = rng.uniform(0.03, 0.2)
        field = np.where((in_u < gap) | (in_v < gap), rng.uniform(-0.5, 1.5), tone)
    elif kind == 2:
        radius = rng.uniform(0.15, 0.5)
        field = np.where(np.hypot(in_u - 0.5, in_v - 0.5) < radius, 0.4 + 0.6 * tone, 0.0)
    else:
        half = rng.uniform(0.05, 0.2)
        field = np.where((np.abs(in_u - 0.5) < half) | (np.abs(in_v - 0.5) < half), 1.0, rng.uniform(0, 0.5) * tone)
    return unit_range(field)


def cells(rng: np.random.Generator, size: int) -> Field:
    """Worley noise: the distance to the nearest of random points, the tone of that point, or the edge between two."""
    points = rng.uniform(-1.1, 1.1, (int(np.exp(rng.uniform(np.log(4.0), np.log(60.0)))), 2)).astype(np.float32)
    x, y = grid(size)
    stretch = np.float32(rng.uniform(0.5, 2.0))
    distance = np.hypot(x[..., None] - points[:, 0], (y[..., None] - points[:, 1]) * stretch)  # (S, S, P)
    kind = int(rng.integers(0, 3))
    if kind == 0:
        return unit_range(rng.random(len(points))[distance.argmin(axis=-1)])
    nearest = np.partition(distance, 1, axis=-1)
    if kind == 1:
        return unit_range(nearest[..., 0])
    return unit_range(np.minimum(nearest[..., 1] - nearest[..., 0], rng.uniform(0.02, 0.2)))


def gradient(rng: np.random.Generator, size: int) -> Field:
    """A linear, radial or angular ramp; now and then in steps."""
    x, y = grid(size)
    kind = int(rng.integers(0, 3))
    if kind == 0:
        angle = rng.uniform(0.0, 2.0 * np.pi)
        field = x * np.cos(angle) + y * np.sin(angle)
    else:
        dx, dy = x - rng.uniform(-1.0, 1.0), y - rng.uniform(-1.0, 1.0)
        field = np.hypot(dx, dy * rng.uniform(0.5, 2.0)) if kind == 1 else np.abs(np.arctan2(dy, dx))
    field = unit_range(field) ** np.exp(rng.uniform(-1.0, 1.0))
    if rng.random() < 0.2:
        steps = rng.integers(2, 8)
        field = np.floor(field * steps) / steps
    return unit_range(field)


TEXTURES = (power_noise, power_noise, waves, tiles, cells, gradient)


def texture(rng: np.random.Generator, size: int) -> Field:
    """One of the above; every fifth is two of them, one where a third is high."""
    first = TEXTURES[int(rng.integers(0, len(TEXTURES)))](rng, size)
    if rng.random() < 0.2:
        second = TEXTURES[int(rng.integers(0, len(TEXTURES)))](rng, size)
        where = power_noise(rng, size, 1.8) > rng.uniform(0.35, 0.65)
        return np.where(where, first, second)
    return first
