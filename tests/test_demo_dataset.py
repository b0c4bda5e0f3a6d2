import hashlib
import io
import json
import struct
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from configs.errors import InputError
from selection_assets import demo_dataset
from selection_assets.demo_dataset import DemoSummary, generate
from selection_assets.demo_scenes import parked_camera


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSummary:
    return generate(tmp_path_factory.mktemp("demo"), seed=0)


def pixels(path: Path, size: tuple[int, int] = (32, 32)) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB").resize(size), np.float32)


def test_counts(demo: DemoSummary) -> None:
    files = [path for path in demo.images.rglob("*") if path.is_file()]
    assert len(files) == demo.files == 442
    assert (demo.pictures, demo.burst_frames, demo.exact_duplicates, demo.near_duplicates, demo.broken) == (
        360,
        40,
        12,
        24,
        6,
    )
    assert {path.parent.name for path in files} == {*demo_dataset.SCENES, "parked_camera"}
    assert demo.planted.parent == demo.images.parent


def test_planted_files_are_what_they_are_said_to_be(demo: DemoSummary) -> None:
    planted = json.loads(demo.planted.read_text())
    for copy, original in planted["exact_duplicates"].items():
        assert (demo.images / copy).read_bytes() == (demo.images / original).read_bytes()
    for altered, (original, how) in planted["near_duplicates"].items():
        difference = np.abs(pixels(demo.images / altered) - pixels(demo.images / original)).mean()
        assert 0 < difference < 40, (altered, how, difference)
    frames = np.stack([pixels(demo.images / frame) for frame in planted["burst"]])
    assert 0 < np.abs(frames - frames[0]).mean() < 15
    assert len({frame.tobytes() for frame in frames}) == 40


def test_broken_files_are_broken_and_all_others_whole(demo: DemoSummary) -> None:
    broken = set(json.loads(demo.planted.read_text())["broken"])
    for path in demo.images.rglob("*.*"):
        name = path.relative_to(demo.images).as_posix()
        if name == "night/really_a_png.jpg":
            assert Image.open(path).format == "PNG"
        elif name in broken:
            with pytest.raises((OSError, Image.DecompressionBombError)):
                Image.open(path).load()
        else:
            with Image.open(path) as image:
                image.load()
                assert min(image.size) > 220 and max(image.size) <= 640


def test_pictures_differ(demo: DemoSummary) -> None:
    planted = json.loads(demo.planted.read_text())
    skipped = {*planted["exact_duplicates"], *planted["near_duplicates"], *planted["burst"], *planted["broken"]}
    names = [p for p in demo.images.rglob("*.*") if p.relative_to(demo.images).as_posix() not in skipped]
    assert len({hashlib.sha256(path.read_bytes()).digest() for path in names}) == 360


def test_pictures_have_five_sizes_some_upright_and_three_formats(demo: DemoSummary) -> None:
    planted = json.loads(demo.planted.read_text())
    others = {*planted["exact_duplicates"], *planted["near_duplicates"], *planted["burst"], *planted["broken"]}
    names = [path for path in demo.images.rglob("*.*") if path.relative_to(demo.images).as_posix() not in others]
    sizes = Counter(Image.open(path).size for path in names)
    assert {size: number for size, number in sizes.items() if size[0] > size[1]} == {
        (320, 240): 66, (400, 300): 63, (480, 320): 73, (512, 384): 62, (640, 480): 59,
    }  # fmt: skip
    assert {size: number for size, number in sizes.items() if size[0] < size[1]} == {
        (240, 320): 7, (300, 400): 10, (320, 480): 9, (384, 512): 5, (480, 640): 6,
    }  # fmt: skip
    assert Counter(path.suffix for path in names) == {".jpg": 288, ".png": 36, ".webp": 36}
    strong, weak = (Image.open(demo.images / "coast" / f"coast_00{digit}.jpg").quantization for digit in (0, 1))
    assert strong == weak == quantization(90)


def quantization(quality: int) -> dict[int, list[int]]:
    """What Pillow writes into a JPEG of this quality."""
    stream = io.BytesIO()
    Image.new("RGB", (16, 16)).save(stream, "JPEG", quality=quality)
    found: dict[int, list[int]] = Image.open(stream).quantization
    return found


def test_near_duplicates_differ_as_much_as_they_are_said_to(demo: DemoSummary) -> None:
    planted = json.loads(demo.planted.read_text())
    seen: Counter[str] = Counter()
    for name, (of, how) in planted["near_duplicates"].items():
        seen[how] += 1
        assert name == f"{of.rpartition('.')[0]}_{how}.jpg"
        file, original = Image.open(demo.images / name), Image.open(demo.images / of).convert("RGB")
        assert file.quantization == quantization(35 if how == "compression" else 90)
        ours, theirs = np.asarray(file, np.float64), np.asarray(original, np.float64)
        if how == "crop":
            shares = np.array(file.size) / original.size
            assert shares.min() > 0.915 and shares.max() < 0.985
            few = ours[::4, ::4]
            distances = [
                np.abs(few - theirs[top::4, left::4][: len(few), : len(few[0])]).mean()
                for top in range(len(theirs) - len(ours) + 1)
                for left in range(len(theirs[0]) - len(ours[0]) + 1)
            ]
            assert min(distances) < 6
            continue
        assert ours.shape == theirs.shape
        if how == "brightness":
            inner = (theirs > 40) & (theirs < 200)
            assert 1.05 < ours[inner].mean() / theirs[inner].mean() < 1.15
        elif how == "blur":
            blurred = {
                radius: np.asarray(original.filter(ImageFilter.GaussianBlur(radius))) for radius in (0.7, 1.2, 2)
            }
            distance = {radius: np.abs(ours - expected).mean() for radius, expected in blurred.items()}
            assert min(distance, key=distance.__getitem__) == 1.2
        else:
            assert np.abs(ours - theirs).mean() < 8
    assert seen == {"crop": 6, "brightness": 6, "blur": 6, "compression": 6}


def test_the_burst_is_one_street_in_light_that_drifts(demo: DemoSummary) -> None:
    planted = json.loads(demo.planted.read_text())
    assert planted["burst"] == [f"parked_camera/frame_{frame:03d}.jpg" for frame in range(40)]
    for frame in (0, 9, 28, 39):
        street = parked_camera(np.random.default_rng([0, 2]), 480, 320, moment=frame / 39)
        light = 1.0 + 0.04 * np.sin(frame / 6.0)
        pixels = np.asarray(Image.open(demo.images / planted["burst"][frame]), np.float64)
        noise = pixels - np.asarray(street, np.float64) * light
        assert abs(noise.mean()) < 1
        assert 3.5 < noise.std() < 4.8  # of which the JPEG has some


def test_what_is_broken_and_how(demo: DemoSummary) -> None:
    whole = (demo.images / "coast" / "coast_008.jpg").read_bytes()
    assert (demo.images / "coast" / "truncated.jpg").read_bytes() == whole[: int(len(whole) * 0.4)]
    sizes = {name: (demo.images / name).stat().st_size for name in json.loads(demo.planted.read_text())["broken"]}
    assert (sizes["leaves/empty.jpg"], sizes["shapes/noise.png"]) == (0, 2000)
    bomb = (demo.images / "textures" / "bomb.png").read_bytes()
    assert struct.unpack(">II5B", bomb[16:29]) == (60_000, 60_000, 8, 2, 0, 0, 0)
    at, chunks = 8, []
    while at < len(bomb):
        length = int.from_bytes(bomb[at : at + 4])
        chunks.append(bomb[at + 4 : at + 8])
        checksum = int.from_bytes(bomb[at + 8 + length : at + 12 + length])
        assert zlib.crc32(bomb[at + 4 : at + 8 + length]) == checksum
        at += 12 + length
    assert (at, chunks) == (len(bomb), [b"IHDR", b"IDAT", b"IEND"])


def test_same_seed_same_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_dataset, "PER_SCENE", 8)
    monkeypatch.setattr(demo_dataset, "BURST_FRAMES", 3)
    trees = []
    for folder, seed in (("a", 5), ("b", 5), ("c", 6)):
        images = generate(tmp_path / folder, seed).images
        trees.append({p.relative_to(images): p.read_bytes() for p in sorted(images.rglob("*.*"))})
    assert trees[0] == trees[1]
    assert trees[0] != trees[2]


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "mine.jpg").write_bytes(b"x")
    with pytest.raises(InputError, match="is not empty"):
        generate(tmp_path)
