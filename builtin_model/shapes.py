"""Pictures of things: dead leaves, simple scenes with a ground and a sky, strokes, and fractals.

Dead leaves (opaque shapes of power-law sizes, each hiding what lies behind) have the edges, occlusions and scale
invariance of photographs: Lee, Mumford & Huang, "Occlusion models for natural images", 2001; as training data:
Baradad et al., "Learning to See by Looking at Noise", 2021. All functions return (S, S, 3) in about [0, 1].
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from builtin_model.colours import Field, Picture, colour_map, palette, unit_range
from builtin_model.textures import grid, power_noise, texture

Outline = NDArray[np.float64]  # (points, 2), x and y in pixels
OVERSAMPLING = 2  # masks are drawn larger and averaged: smooth edges


def outline(rng: np.random.Generator, centre: tuple[float, float], radius: float) -> Outline:
    """A closed shape of about this radius: ellipse, box, polygon, star or smooth blob, turned by any angle."""
    kind = int(rng.integers(0, 5))
    if kind == 1:
        angles = np.array([0.25, 0.75, 1.25, 1.75]) * np.pi
    elif kind == 2:
        angles = np.sort(rng.uniform(0.0, 2.0 * np.pi, int(rng.integers(3, 8))))
    else:
        angles = np.linspace(0.0, 2.0 * np.pi, 2 * int(rng.integers(4, 9)) if kind == 3 else 28, endpoint=False)
    radii = np.ones(len(angles))
    if kind == 3:
        radii[::2] = rng.uniform(0.3, 0.8)
    elif kind == 4:
        for wave in range(1, 5):
            radii += rng.normal(0.0, 0.35 / wave) * np.cos(wave * angles + rng.uniform(0.0, 2.0 * np.pi))
        radii = np.maximum(radii, 0.15)
    x, y = radii * np.cos(angles), radii * np.sin(angles) * rng.uniform(0.25, 1.0)
    turn = rng.uniform(0.0, 2.0 * np.pi) if rng.random() < 0.7 else rng.choice([0.0, np.pi / 2])
    cos, sin = np.cos(turn), np.sin(turn)
    return np.stack([centre[0] + radius * (x * cos - y * sin), centre[1] + radius * (x * sin + y * cos)], axis=1)


def mask(shape: Outline, size: int) -> Field:
    """Coverage of each pixel, (S, S) in [0, 1]."""
    canvas = Image.new("L", (size * OVERSAMPLING, size * OVERSAMPLING))
    ImageDraw.Draw(canvas).polygon([(float(x), float(y)) for x, y in shape * OVERSAMPLING], fill=255)
    return np.asarray(canvas.reduce(OVERSAMPLING), np.float32) / 255.0


def surface(rng: np.random.Generator, size: int, colours: Picture) -> Picture:
    """Plain or textured, in two or three of the picture's colours, sometimes with light from one side."""
    chosen = colours[rng.integers(0, len(colours), 3)]
    if rng.random() < 0.45:
        flat = np.broadcast_to(chosen[0], (size, size, 3)).astype(np.float32)
        return flat + np.float32(rng.uniform(0.0, 0.08)) * (power_noise(rng, size)[..., None] - 0.5)
    chosen[1:] = chosen[0] + np.float32(rng.uniform(0.1, 1.0)) * (chosen[1:] - chosen[0])
    return colour_map(texture(rng, size), chosen)


def lay(picture: Picture, cover: Field, top: Picture) -> Picture:
    """`top` over `picture` where `cover` is 1."""
    return picture + cover[..., None] * (top - picture)


def dead_leaves(rng: np.random.Generator, size: int) -> Picture:
    """Three to sixty leaves of power-law radius; a handful of surfaces is shared among them."""
    colours = palette(rng, int(rng.integers(3, 9)))
    surfaces = [surface(rng, size, colours) for _ in range(int(rng.integers(2, 5)))]
    picture = surfaces[0]
    smallest, largest = rng.uniform(0.02, 0.08) * size, rng.uniform(0.2, 0.6) * size
    shaded = rng.random() < 0.3
    for _ in range(int(np.exp(rng.uniform(np.log(3.0), np.log(60.0))))):
        # Density ~ radius^-3 between the two ends: scale-invariant coverage.
        radius = 1.0 / np.sqrt(rng.uniform(1.0 / largest**2, 1.0 / smallest**2))
        centre = (rng.uniform(0.0, size), rng.uniform(0.0, size))
        shape = outline(rng, centre, radius)
        if shaded:
            picture = picture * (1.0 - 0.5 * mask(shape + radius * 0.15, size)[..., None])
        if rng.random() < 0.5:
            top = surfaces[int(rng.integers(0, len(surfaces)))]
        else:
            top = np.broadcast_to(colours[int(rng.integers(0, len(colours)))], picture.shape)
        picture = lay(picture, mask(shape, size), top)
    return picture


def scene(rng: np.random.Generator, size: int) -> Picture:
    """Sky above a ground in perspective, blocks with rows of windows, round crowns, poles, small things in front."""
    colours = palette(rng, int(rng.integers(5, 10)))
    x, y = grid(size)
    horizon = float(rng.uniform(-0.5, 0.5))
    sky = colour_map(unit_range(y + 0.3 * power_noise(rng, size, 1.6)), colours[:2])
    depth = 1.0 / np.maximum(y - horizon + 0.05, 0.05)
    vanishing = rng.uniform(-0.6, 0.6)
    lanes = (x - vanishing) * depth
    ground = colour_map(unit_range(0.7 * power_noise(rng, size, 1.2) + 0.3 * np.tanh(depth / 4.0)), colours[2:4])
    for _ in range(int(rng.integers(0, 4))):
        left, width = rng.uniform(-4.0, 4.0), rng.uniform(0.05, 1.5)
        cover = ((lanes > left) & (lanes < left + width)).astype(np.float32)
        ground = lay(ground, cover, np.broadcast_to(colours[int(rng.integers(0, len(colours)))], ground.shape))
    picture = np.where((y > horizon)[..., None], ground, sky)
    row = (horizon + 1.0) / 2.0 * size
    for _ in range(int(rng.integers(1, 9))):
        tone = surface(rng, size, colours)
        left, width = rng.uniform(-0.2, 1.0) * size, rng.uniform(0.05, 0.5) * size
        top, bottom = row - rng.uniform(0.02, 0.7) * size, row + rng.uniform(0.0, 0.2) * size
        kind = rng.random()
        if kind < 0.5:
            slant = rng.uniform(-0.2, 0.2, 2) * size * (rng.random() < 0.5)
            block = np.array(
                [[left, top + slant[0]], [left + width, top], [left + width, bottom], [left, bottom + slant[1]]]
            )
            picture = lay(picture, mask(block, size), tone)
            if rng.random() < 0.5:
                across, down = rng.uniform(4.0, 20.0, 2)
                lattice = (np.sin(x * np.pi * across) > 0.3) & (np.sin(y * np.pi * down) > 0.2)
                window = np.broadcast_to(colours[int(rng.integers(0, len(colours)))], picture.shape)
                picture = lay(picture, mask(block, size) * lattice, window)
        elif kind < 0.75:
            crown = outline(rng, (left, top), width / 2)
            ragged = mask(crown, size) * (power_noise(rng, size, 1.0) > rng.uniform(0.2, 0.5))
            picture = lay(picture, ragged.astype(np.float32), tone)
        else:
            pole = np.array(
                [[left, top], [left + 0.04 * width + 1, top], [left + 0.04 * width + 1, bottom], [left, bottom]]
            )
            picture = lay(picture, mask(pole, size), tone)
    for _ in range(int(rng.integers(0, 5))):
        low = rng.uniform(row, size)
        shape = outline(rng, (rng.uniform(0.0, size), low), max(2.0, (low - row) * rng.uniform(0.15, 0.6)))
        picture = lay(picture, mask(shape, size), surface(rng, size, colours))
    return picture


def strokes(rng: np.random.Generator, size: int) -> Picture:
    """One to forty pen strokes, straight or curved, thick or thin, on a calm ground: signs, wires, grass, script."""
    colours = palette(rng, int(rng.integers(2, 6)))
    picture = surface(rng, size, colours[:1]) if rng.random() < 0.7 else surface(rng, size, colours)
    many = int(np.exp(rng.uniform(0.0, np.log(40.0))))
    canvas = Image.new("L", (size * OVERSAMPLING, size * OVERSAMPLING))
    draw = ImageDraw.Draw(canvas)
    length = size * OVERSAMPLING * rng.uniform(0.2, 0.9) / np.sqrt(many)
    thick = max(2, int(length * rng.uniform(0.03, 0.35)))
    for _ in range(many):
        controls = rng.uniform(0.15, 0.85, 2) * size * OVERSAMPLING + rng.normal(0.0, length / 2, (4, 2))
        t = np.linspace(0.0, 1.0, 14)[:, None]
        curve = controls[0] * (1 - t) ** 3 + 3 * controls[1] * t * (1 - t) ** 2
        curve += 3 * controls[2] * t**2 * (1 - t) + controls[3] * t**3
        points = [(float(px), float(py)) for px, py in (curve if rng.random() < 0.6 else controls)]
        draw.line(points, fill=255, width=thick, joint="curve")
    cover = np.asarray(canvas.reduce(OVERSAMPLING), np.float32) / 255.0
    ink = 1.0 - picture.mean(axis=(0, 1)) if rng.random() < 0.5 else colours[-1]
    return lay(picture, cover, np.broadcast_to(ink.astype(np.float32), picture.shape))


def fractal(rng: np.random.Generator, size: int) -> Picture:
    """A Julia set by escape time, or the attractor of a few random affine maps (an iterated function system)."""
    colours = palette(rng, int(rng.integers(3, 7)))
    if rng.random() < 0.5:
        x, y = grid(size)
        angle, zoom = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.3, 1.5)
        z = ((x + 1j * y) * zoom * np.exp(1j * angle) + rng.normal(0.0, 0.2)).astype(np.complex64)
        turn = rng.uniform(0.0, 2.0 * np.pi)
        # Just outside the main cardioid of the Mandelbrot set: there Julia sets are rich.
        c = np.complex64((np.exp(1j * turn) / 2 - np.exp(2j * turn) / 4) * rng.uniform(1.01, 1.15))
        escape = np.zeros((size, size), np.float32)
        for _ in range(32):
            z = z * z + c
            inside = np.abs(z) < 4.0
            escape += inside
            z = np.where(inside, z, np.complex64(4.0))
        return colour_map(unit_range(np.sqrt(escape)), colours)
    maps = int(rng.integers(2, 6))
    linear = rng.uniform(-1.0, 1.0, (maps, 2, 2))
    linear *= (rng.uniform(0.4, 0.85, maps) / np.linalg.norm(linear, ord=2, axis=(1, 2)))[:, None, None]
    offsets = rng.uniform(-1.0, 1.0, (maps, 2))
    points = rng.uniform(-1.0, 1.0, (2000, 2))
    visited = []
    for step in range(16):
        which = rng.integers(0, maps, len(points))
        points = np.einsum("nij,nj->ni", linear[which], points) + offsets[which]
        if step >= 6:
            visited.append(points)
    dust = np.concatenate(visited)
    low, high = np.quantile(dust, 0.01, axis=0), np.quantile(dust, 0.99, axis=0)
    places = (dust - low) / np.maximum(high - low, 1e-6) * 0.9 + 0.05
    counts, _, _ = np.histogram2d(places[:, 1], places[:, 0], bins=size, range=((0, 1), (0, 1)))
    ground = surface(rng, size, colours[:1])
    return lay(
        ground, np.clip(unit_range(np.log1p(counts)) * 2.0, 0, 1), colour_map(unit_range(np.log1p(counts)), colours[1:])
    )


def textured(rng: np.random.Generator, size: int) -> Picture:
    """A texture in colours, or three textures as three mixed channels."""
    if rng.random() < 0.6:
        return colour_map(texture(rng, size), palette(rng, int(rng.integers(2, 7))))
    channels = np.stack([texture(rng, size) for _ in range(3)], axis=-1)
    mixing = np.eye(3) * rng.uniform(0.1, 1.0) + rng.uniform(0.0, 1.0, (3, 3)) * 0.5
    mixed: Picture = channels @ (mixing / mixing.sum(axis=0)).astype(np.float32)
    return mixed
