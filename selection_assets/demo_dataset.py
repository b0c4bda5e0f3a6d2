"""A demo dataset made on the spot: some 460 pictures in seven folders, with planted duplicates and broken files.

What is made, copied, altered and broken is decided here; the scenes are drawn in `demo_scenes`.
"""

import io
import json
import os
import shutil
import struct
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from configs.errors import InputError
from selection_assets.demo_scenes import SCENES, Rng, parked_camera

PER_SCENE = 60
BURST_FRAMES = 40
EXACT_DUPLICATES = 12
NEAR_DUPLICATES = 24
SIZES = ((320, 240), (400, 300), (480, 320), (512, 384), (640, 480))
# Format by position in a folder: mostly JPEG, as in real buckets.
EXTENSIONS = ("jpg", "jpg", "jpg", "jpg", "jpg", "jpg", "png", "jpg", "jpg", "webp")
BURST_FOLDER = "parked_camera"
BOMB_SIDE = 60_000  # pixels: 3.6 thousand million of them in a file of a few hundred bytes


@dataclass(frozen=True)
class DemoSummary:
    """Where the demo dataset is and how many files of each sort it holds."""

    images: Path
    planted: Path
    pictures: int
    burst_frames: int
    exact_duplicates: int
    near_duplicates: int
    broken: int

    @property
    def files(self) -> int:
        return self.pictures + self.burst_frames + self.exact_duplicates + self.near_duplicates + self.broken


def generate(folder: Path, seed: int = 0) -> DemoSummary:
    """Make `folder`/images/<scene>/… and `folder`/planted.json; the same seed gives the same pictures.

    planted.json tells what selection should find: `exact_duplicates` (copy -> original), `near_duplicates`
    (altered -> [original, how]), `burst` (frames of a fixed camera) and `broken` (file -> why).

    Raises InputError when `folder`/images exists already and is not empty.
    """
    images = folder / "images"
    if images.exists() and any(images.iterdir()):
        raise InputError(f"{images}: is not empty; give another folder for the demo dataset, or remove it")
    for scene in (*SCENES, BURST_FOLDER):
        (images / scene).mkdir(parents=True, exist_ok=True)

    names = [_name(scene, number) for scene in SCENES for number in range(PER_SCENE)]
    burst = [f"{BURST_FOLDER}/frame_{frame:03d}.jpg" for frame in range(BURST_FRAMES)]
    jobs: list[Callable[[], None]] = [lambda name=name: _draw(images / name, name, seed) for name in names]  # type: ignore[misc]
    jobs += [lambda frame=frame: _burst_frame(images / burst[frame], frame, seed) for frame in range(BURST_FRAMES)]  # type: ignore[misc]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in [pool.submit(job) for job in jobs]:
            done.result()

    rng = np.random.default_rng([seed, 1])
    chosen = [names[int(i)] for i in rng.permutation(len(names))[: EXACT_DUPLICATES + NEAR_DUPLICATES]]
    exact = {_copy(images, name): name for name in chosen[:EXACT_DUPLICATES]}
    near = dict(_altered(images, name, i, rng) for i, name in enumerate(chosen[EXACT_DUPLICATES:]))
    broken = _broken_files(images, names)

    planted = folder / "planted.json"
    content = {"seed": seed, "exact_duplicates": exact, "near_duplicates": near, "burst": burst, "broken": broken}
    planted.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return DemoSummary(images, planted, len(names), len(burst), len(exact), len(near), len(broken))


def _name(scene: str, number: int) -> str:
    return f"{scene}/{scene}_{number:03d}.{EXTENSIONS[number % len(EXTENSIONS)]}"


def _draw(path: Path, name: str, seed: int) -> None:
    """Draw one picture; its generator depends on the seed and its name alone, so that the order of work is free."""
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    if rng.random() < 0.12:
        width, height = height, width
    _save(SCENES[name.partition("/")[0]](rng, width, height), path)


def _burst_frame(path: Path, frame: int, seed: int) -> None:
    """The same street each time; the light drifts a little, one car drives by, the sensor is noisy."""
    street = parked_camera(np.random.default_rng([seed, 2]), 480, 320, moment=frame / (BURST_FRAMES - 1))
    rng = np.random.default_rng([seed, 3, frame])
    light = 1.0 + 0.04 * np.sin(frame / 6.0)
    pixels = np.asarray(street, np.float32) * light + rng.normal(0.0, 3.0, (320, 480, 1))
    _save(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), path)


def _save(image: Image.Image, path: Path) -> None:
    if path.suffix == ".png":
        image.save(path, compress_level=3)
    else:
        image.save(path, quality=90)


def _beside(name: str, suffix: str, extension: str = "") -> str:
    stem, dot, old = name.rpartition(".")
    return f"{stem}_{suffix}{dot}{extension or old}"


def _copy(images: Path, name: str) -> str:
    copy = _beside(name, "copy")
    shutil.copyfile(images / name, images / copy)
    return copy


def _altered(images: Path, name: str, number: int, rng: Rng) -> tuple[str, tuple[str, str]]:
    """A near duplicate beside its original: cropped, brighter, blurred or compressed hard, in turn."""
    with Image.open(images / name) as opened:
        image = opened.convert("RGB")
    how = ("crop", "brightness", "blur", "compression")[number % 4]
    altered, quality = image, 90
    if how == "crop":
        left, top, right, bottom = rng.uniform(0.01, 0.04, 4) * (image.width, image.height, image.width, image.height)
        altered = image.crop((int(left), int(top), int(image.width - right), int(image.height - bottom)))
    elif how == "brightness":
        altered = ImageEnhance.Brightness(image).enhance(float(rng.uniform(1.06, 1.14)))
    elif how == "blur":
        altered = image.filter(ImageFilter.GaussianBlur(1.2))
    else:
        quality = 35
    target = _beside(name, how, "jpg")
    altered.save(images / target, quality=quality)
    return target, (name, how)


def _broken_files(images: Path, names: list[str]) -> dict[str, str]:
    """Write the broken files, one of each sort, and return why each is broken."""
    jpegs = [name for name in names if name.endswith(".jpg")]
    whole = (images / jpegs[7]).read_bytes()
    png = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 120, 40)).save(png, "PNG")
    contents = {
        "coast/truncated.jpg": (whole[: len(whole) * 2 // 5], "JPEG that ends in the middle"),
        "leaves/empty.jpg": (b"", "no bytes at all"),
        "mountains/notes.jpg": (
            b"These are notes from the field trip, not a picture.\n",
            "text under a picture's name",
        ),
        "night/really_a_png.jpg": (png.getvalue(), "PNG under the name of a JPEG"),
        "shapes/noise.png": (np.random.default_rng(4).bytes(2_000), "random bytes"),
        "textures/bomb.png": (_bomb(), f"claims {BOMB_SIDE} x {BOMB_SIDE} pixels"),
    }
    for name, (content, _) in contents.items():
        (images / name).write_bytes(content)
    return {name: reason for name, (_, reason) in contents.items()}


def _bomb() -> bytes:
    """A valid PNG header that promises far more pixels than memory holds, with next to no data behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 60_000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
