import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from configs.errors import InputError
from selection_assets import demo_dataset
from selection_assets.demo_dataset import DemoSummary, generate


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
