"""Procedural pictures for the demo dataset: seven families of scenes, each a function (rng, width, height) -> picture.

Only drawing belongs here; which pictures are made, copied and broken is decided in `demo_dataset`. Every picture is a
function of its random generator alone. Shapes are drawn at twice the size and reduced, for smooth edges.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Rng = np.random.Generator
Colour = tuple[int, int, int]
Pixels = NDArray[np.float32]  # (H, W, 3), 0 to 255
Scene = Callable[[Rng, int, int], Image.Image]


def _colour(code: str) -> Colour:
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


def _palettes(*lines: str) -> list[list[Colour]]:
    return [[_colour(code) for code in line.split()] for line in lines]


# Sky from the top to the horizon, then sun, sea near the horizon, sea near the viewer, land.
COASTS = _palettes(
    "1b2a63 7a4b8c f08a5d ffd9a0 a4516b 251f45 1a1530",
    "2f80c8 8cc4ea e4f3fb fffbe6 3f93b5 0f4c6e 5d7a4a",
    "5b6b7a 98a6b0 d0d7d9 f2f2ea 7e929b 3d515b 4b5548",
    "0b1026 18244d 3c4f86 f3ecd2 1c2a52 080d1e 0a0d16",
    "e98a7a f6b98b fde6bf fff4d6 d99a86 6d6a8c 4a3f55",
    "17607a 5fb0b0 cfeae0 fff7dd 45a69f 0d5560 c9a871",
)
MOUNTAINS = _palettes(
    "9ec9e8 eef5f7 8fb0c9 1f3a4d",
    "f3a36b fbe3b4 c98a86 3a2745",
    "d6d9d8 f4f3ee a9b4b0 2f3f3b",
    "30406f d98fa3 6b6a9c 151a33",
    "b6dcd0 f5f6df 7fae93 1d4436",
)
LEAVES = _palettes(
    "5b2a12 a3471d d9822b f1b84b 7a8b3a 3d4a22",
    "1d3b2a 2f6b3f 5d9c4b a7c957 d7e8a0 14532d",
    "4a1c40 8f2d56 d81159 f5a6b8 ffbc42 2b1230",
    "0b3954 087e8b bfd7ea ff5a5f c81d25 132a3a",
    "3e3a39 736b66 b0a79f e3dcd2 8d5b4c 241f1d",
)
TEXTURES = _palettes(
    "0d1b2a 1b4965 5fa8d3 cae9ff ffffff",
    "2b0f0e 7f1d1d d9480f ffc078 fff4e6",
    "1b2d1a 3f6b35 8fb35a dfe8a6 fffff0",
    "22143a 5a3a8e b185db f2d7ee fff7fb",
    "2e2a25 6f6256 b5a48f e5d9c5 fbf7ef",
    "061a2b 0f6b6b 2ec4b6 cbf3f0 ffbf69",
)
SHAPES = _palettes(
    "f4f1de e07a5f 3d405b 81b29a f2cc8f",
    "fdf0d5 c1121f 003049 669bbc 780000",
    "edf2f4 2b2d42 8d99ae ef233c ffba08",
    "fffcf2 252422 eb5e28 ccc5b9 403d39",
    "f1faee 1d3557 457b9d a8dadc e63946",
)


def coast(rng: Rng, width: int, height: int) -> Image.Image:
    """Sky, sun or moon with its glow, clouds, sea with glitter, sometimes land."""
    top, middle, low, sun, far, near, land = _pick(rng, COASTS)
    horizon = int(height * rng.uniform(0.35, 0.65))
    y, x = _grid(width, height)
    sky = _ramp(y / horizon, (top, middle, low))
    cloud = _noise(rng, width, height, cells=(3, 7), octaves=4)
    cover = np.clip((cloud - rng.uniform(0.45, 0.65)) * 4.0, 0.0, 1.0) * np.clip(1.2 - y / horizon, 0.0, 1.0)
    sky = sky + cover[..., None] * 0.6 * (np.array(sun, np.float32) - sky)
    sun_x, sun_y = rng.uniform(0.15, 0.85) * width, rng.uniform(0.25, 0.85) * horizon
    radius = height * rng.uniform(0.02, 0.06)
    distance = np.hypot(x - sun_x, y - sun_y)
    glow = np.exp(-distance / (height * 0.16)) * 0.7 + np.clip(radius - distance, 0.0, 1.0)
    sky += np.clip(glow, 0.0, 1.0)[..., None] * (np.array(sun, np.float32) - sky)

    depth = np.clip((y - horizon) / (height - horizon), 0.0, 1.0)
    sea = _ramp(depth, (far, near))
    waves = _noise(rng, width, height, cells=(40, 4), octaves=3) - 0.5
    swell: Pixels = waves[..., None] * (np.float32(30.0) + np.float32(60.0) * depth[..., None].astype(np.float32))
    sea = sea + swell
    path = np.exp(-(((x - sun_x) / (width * (0.03 + 0.12 * depth))) ** 2)) * np.clip(waves * 6.0 + 0.3, 0.0, 1.0)
    sea += path[..., None] * 0.8 * (np.array(sun, np.float32) - sea)
    pixels = np.where((y < horizon)[..., None], sky, sea)
    if rng.random() < 0.6:
        hills = _profile(rng, width, 5) * rng.uniform(0.06, 0.2) * np.clip(x / width * 2.0 - 0.4, 0.0, 1.0)
        shore = horizon + 1 - hills * height
        pixels[(y > shore) & (y <= horizon + 1)] = land
    return _image(pixels)


def mountains(rng: Rng, width: int, height: int) -> Image.Image:
    """Ridges one behind the other, lighter with distance, below a hazy sky."""
    sky_top, sky_low, far, near = _pick(rng, MOUNTAINS)
    y, _ = _grid(width, height)
    pixels = (
        _ramp(y / (0.7 * height), (sky_top, sky_low)) + (_noise(rng, width, height, (3, 6), 3)[..., None] - 0.5) * 24.0
    )
    layers = int(rng.integers(3, 7))
    for layer in range(layers):
        share = (layer + 1) / layers
        base = height * (0.3 + 0.65 * share * rng.uniform(0.85, 1.05))
        ridge = base - (_profile(rng, width, 4 + 2 * layer) - 0.3) * height * (0.45 - 0.28 * share)
        colour = np.array(far, np.float32) * (1.0 - share) + np.array(near, np.float32) * share
        top = max(0, int(ridge.min()))  # no row above belongs to this ridge
        depth = y[top:] - ridge
        haze = (np.array(sky_low, np.float32) - colour) * (1.0 - 0.6 * share)
        rock = colour + haze * np.clip(depth * (1.5 / height), 0.0, 0.45)[..., None]
        if layer == 0 and rng.random() < 0.6:
            rock[depth < height * 0.07 * _profile(rng, width, 24)] = 246.0
        np.copyto(pixels[top:], rock, where=(depth > 0)[..., None])
    return _image(pixels + rng.standard_normal((height, width, 1), np.float32) * 2.0)


def leaves(rng: Rng, width: int, height: int) -> Image.Image:
    """Leaves of all sizes lying over one another, each with a midrib."""
    palette = _pick(rng, LEAVES)
    image = Image.new("RGB", (2 * width, 2 * height), palette[-1])
    draw = ImageDraw.Draw(image)
    sizes = np.sort(rng.pareto(1.6, int(rng.integers(90, 260))) + 0.6)[::-1] * height * 0.07
    angles = np.linspace(0.0, 2.0 * np.pi, 18)
    for size in np.minimum(sizes, height * 0.55):
        centre = rng.random(2) * (2 * width, 2 * height)
        turn, slim = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.3, 0.6)
        along = np.array([np.cos(turn), np.sin(turn)])
        across = np.array([-along[1], along[0]])
        outline = np.cos(angles)[:, None] * along + (np.sin(angles) * np.abs(np.sin(angles)) * slim)[:, None] * across
        shade = rng.uniform(0.75, 1.15)
        fill = _shaded(palette[int(rng.integers(len(palette) - 1))], shade)
        shadow = [(float(px) + size * 0.06, float(py) + size * 0.08) for px, py in centre + size * outline]
        draw.polygon(shadow, fill=_shaded(palette[-1], 0.7))
        draw.polygon([(float(px), float(py)) for px, py in centre + size * outline], fill=fill)
        ends = [tuple(map(float, centre + size * end * along)) for end in (-0.95, 0.95)]
        draw.line([*ends[0], *ends[1]], fill=_shaded(fill, 0.8), width=max(1, int(size * 0.05)))
    return image.reduce(2)


def night(rng: Rng, width: int, height: int) -> Image.Image:
    """Houses with lit windows against a dark sky, and lights out of focus in front."""
    sky = _pick(rng, _palettes("0b1030 2a2350 6b3a5e", "050a18 10243f 27506b", "120a1e 3a1c3f 8a4a4a"))
    y, _ = _grid(width, height)
    image = _image(_ramp(y / height, sky)).resize((width, height))
    draw = ImageDraw.Draw(image)
    lamp = _pick(rng, _palettes("ffd27a ffb347 fff1c1", "ffe9b0 9fd8ff ffd27a", "ffb070 ff7a59 ffe0a3"))
    for row in range(2):
        left = -int(rng.integers(0, 30))
        while left < width:
            wide, tall = int(rng.integers(30, 85)), int(height * rng.uniform(0.25, 0.65) * (1.15 - 0.35 * row))
            draw.rectangle([left, height - tall, left + wide, height], fill=_shaded(sky[0], 0.55 + 0.5 * (1 - row)))
            pitch, lit = int(rng.integers(7, 12)), rng.uniform(0.15, 0.6)
            rows, columns = range(height - tall + 5, height, pitch + 2), range(left + 4, left + wide - 5, pitch)
            burning = rng.random((len(rows), len(columns)))
            for window_y, line in zip(rows, burning, strict=True):
                for window_x, chance in zip(columns, line, strict=True):
                    if chance < lit:
                        glass = _shaded(lamp[int(chance * 997) % 3], 0.5 + 0.5 * chance / lit)
                        draw.rectangle(
                            [window_x, window_y, window_x + pitch // 2, window_y + pitch // 2 + 1], fill=glass
                        )
            left += wide + int(rng.integers(-5, 15))
    lights = Image.new("RGB", image.size)
    pen = ImageDraw.Draw(lights)
    for _ in range(int(rng.integers(6, 30))):
        cx, cy, radius = rng.uniform(0, width), rng.uniform(0.55, 1.0) * height, height * rng.uniform(0.015, 0.07)
        hue = _shaded(lamp[int(rng.integers(3))] if rng.random() < 0.7 else (230, 70, 60), rng.uniform(0.25, 0.6))
        pen.ellipse([cx - radius, cy - radius, cx + radius, cy + radius], fill=hue, outline=_shaded(hue, 1.5))
    lights = lights.filter(ImageFilter.GaussianBlur(1.2))
    glow = lights.reduce(4).filter(ImageFilter.GaussianBlur(6)).resize(image.size)
    return _image(np.asarray(image, np.float32) + np.asarray(lights, np.float32) + 0.8 * np.asarray(glow, np.float32))


def textures(rng: Rng, width: int, height: int) -> Image.Image:
    """Marble, wood, cloud or contour lines: fractal noise through a palette."""
    palette = _pick(rng, TEXTURES)
    cells = int(rng.integers(2, 6))
    base = _noise(rng, width, height, (cells, cells), 5)
    fine = _noise(rng, width, height, (cells * 2, cells * 2), 4)
    y, x = _grid(width, height)
    kind, turn, waves = int(rng.integers(4)), rng.uniform(0.0, np.pi), rng.uniform(3.0, 9.0)
    along = (np.cos(turn) * x + np.sin(turn) * y) / height
    if kind == 0:
        tone = 0.5 + 0.5 * np.sin(2 * np.pi * (along * waves * 0.4 + 2.5 * base))
    elif kind == 1:
        tone = np.mod(waves * (0.25 * along + base) + 0.15 * fine, 1.0)
        tone = np.where(tone < 0.85, tone / 0.85, (1.0 - tone) / 0.15)
    elif kind == 2:
        tone = 0.65 * base + 0.35 * fine
    else:
        tone = np.floor((0.8 * base + 0.2 * fine) * (waves + 3.0)) / (waves + 3.0)
    return _image(_ramp(tone, palette) + (_noise(rng, width, height, (60, 60), 1)[..., None] - 0.5) * 10.0)


def shapes(rng: Rng, width: int, height: int) -> Image.Image:
    """A grid of quarter discs, rings, triangles and stripes in few colours."""
    palette = _pick(rng, SHAPES)
    image = Image.new("RGB", (2 * width, 2 * height))
    columns = int(rng.integers(2, 8))
    side = -(-2 * width // columns)
    for top in range(0, 2 * height, side):
        for left in range(0, 2 * width, side):
            order = rng.permutation(len(palette))
            tile = _tile(side, int(rng.integers(6)), int(rng.integers(4)), [palette[int(i)] for i in order[:3]])
            image.paste(tile, (left, top))
    return image.reduce(2)


def _tile(side: int, kind: int, corner: int, colours: Sequence[Colour]) -> Image.Image:
    """One square of `shapes`: quarter disc, ring, triangle, stripes, half disc or plain, turned to a corner."""
    ground, ink, dot = colours
    tile = Image.new("RGB", (side, side), ground)
    draw = ImageDraw.Draw(tile)
    if kind == 0:
        draw.pieslice([-side, -side, side, side], 0, 90, fill=ink)
    elif kind == 1:
        draw.ellipse([side * 0.1, side * 0.1, side * 0.9, side * 0.9], fill=ink)
        draw.ellipse([side * 0.35, side * 0.35, side * 0.65, side * 0.65], fill=dot)
    elif kind == 2:
        draw.polygon([(0, 0), (side, 0), (side, side)], fill=ink)
    elif kind == 3:
        for stripe in range(0, side, max(side // 4, 2)):
            draw.rectangle([stripe, 0, stripe + side // 8, side], fill=ink)
    elif kind == 4:
        draw.pieslice([0, 0, side - 1, side - 1], 0, 180, fill=ink)
    return tile.rotate(90 * corner)


def parked_camera(rng: Rng, width: int, height: int, moment: float = 0.0) -> Image.Image:
    """A street seen by a fixed camera: `rng` fixes the street, `moment` (0 to 1) the place of the car that drives."""
    image = Image.new("RGB", (2 * width, 2 * height), _colour("b9cbd6"))
    draw = ImageDraw.Draw(image)
    w, h = 2 * width, 2 * height
    for left in range(0, w, w // 5):
        tone = _shaded(_colour("a88f7c"), rng.uniform(0.7, 1.15))
        roof = int(h * rng.uniform(0.1, 0.25))
        draw.rectangle([left, roof, left + w // 5, int(h * 0.55)], fill=tone)
        for window_y in range(roof + 20, int(h * 0.48), 46):
            for window_x in range(left + 16, left + w // 5 - 20, 42):
                draw.rectangle([window_x, window_y, window_x + 20, window_y + 28], fill=_colour("4a5a66"))
    draw.rectangle([0, int(h * 0.55), w, int(h * 0.62)], fill=_colour("8f9487"))
    draw.rectangle([0, int(h * 0.62), w, h], fill=_colour("55585c"))
    for left in range(0, w, 120):
        draw.rectangle([left, int(h * 0.84), left + 60, int(h * 0.85)], fill=_colour("d8d4c0"))
    for spot in range(4):
        _car(draw, w * (0.12 + 0.25 * spot), h * 0.66, h * 0.11, _shaded(_colour("7d8791"), rng.uniform(0.6, 1.3)))
    _car(draw, w * (1.3 * moment - 0.15), h * 0.9, h * 0.17, _colour("b3392f"))
    return image.reduce(2)


def _car(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, colour: Colour) -> None:
    draw.rounded_rectangle([x - size, y - size * 0.5, x + size, y], radius=size * 0.15, fill=colour)
    cabin = [(x - size * 0.6, y - size * 0.45), (x - size * 0.4, y - size * 0.9), (x + size * 0.4, y - size * 0.9)]
    draw.polygon([*cabin, (x + size * 0.65, y - size * 0.45)], fill=_shaded(colour, 0.6))
    for wheel in (x - size * 0.6, x + size * 0.6):
        draw.ellipse([wheel - size * 0.2, y - size * 0.2, wheel + size * 0.2, y + size * 0.2], fill=(25, 25, 28))


def _pick(rng: Rng, palettes: Sequence[list[Colour]]) -> list[Colour]:
    return palettes[int(rng.integers(len(palettes)))]


def _shaded(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, max(0, int(channel * factor))) for channel in colour)
    return red, green, blue


def _grid(width: int, height: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Coordinates y (H, 1) and x (1, W) of all pixels."""
    return np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)[None, :]


def _ramp(tone: NDArray[np.floating], colours: Sequence[Colour]) -> Pixels:
    """Tones 0 to 1 of any shape (H, W) through evenly spaced colours, by a table of 512 steps."""
    steps = np.linspace(0.0, 1.0, len(colours))
    table = np.stack([np.interp(np.linspace(0.0, 1.0, 512), steps, channel) for channel in np.array(colours).T], axis=1)
    pixels: Pixels = table.astype(np.float32)[(np.clip(tone, 0.0, 1.0) * 511).astype(np.int16)]
    return pixels


def _noise(rng: Rng, width: int, height: int, cells: tuple[int, int], octaves: int) -> NDArray[np.float32]:
    """Fractal noise (H, W), 0 to 1: random grids, (rows, columns) `cells` and finer, enlarged and added up."""
    half = (-(-width // 2), -(-height // 2))  # four times as fast, and soft enough at half the size
    total, weight = np.zeros(half[::-1], np.float32), 1.0
    rows, columns = cells
    for _ in range(octaves):
        grid = Image.fromarray(rng.random((min(rows + 3, half[1]), min(columns + 3, half[0])), np.float32))
        total += weight * np.asarray(grid.resize(half, Image.Resampling.BICUBIC))
        weight, rows, columns = weight * 0.5, rows * 2, columns * 2
    total -= total.min()
    total /= total.max()
    return np.asarray(Image.fromarray(total).resize((width, height), Image.Resampling.BILINEAR), np.float32)


def _profile(rng: Rng, width: int, cells: int) -> NDArray[np.float32]:
    """A ridge line (W,), 0 to 1."""
    line: NDArray[np.float32] = _noise(rng, width, 8, (1, cells), 6)[3]
    return line


def _image(pixels: NDArray[np.floating]) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0.0, 255.0).astype(np.uint8))


SCENES: dict[str, Scene] = {
    "coast": coast,
    "leaves": leaves,
    "mountains": mountains,
    "night": night,
    "shapes": shapes,
    "textures": textures,
}
