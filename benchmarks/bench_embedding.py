"""Embedding thumbnails: our loop (read, decode, resize, model, collect) beside two peers with the same network.

The bare model is the peer nobody can beat: it gets decoded, normalised batches of the same size and layout for free,
and all cores. The other is the `lightly` package's own embedding loop, on the same thumbnails as files. The peers
compute with 32 bits in every row.

    python -m benchmarks.bench_embedding
"""

import contextlib
import copy
import io
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.package_training import stand_ins

IMAGES = 5_000
FEW = 480  # for resnet-18
ROUNDS = 5  # the images are dealt out to the rounds; ours and the peers take turns, so that all meet the same noise
BATCH_SIZE = 16


def thumbnails(count: int) -> dict[str, bytes]:
    """JPEGs of quality 90, 171 x 128 pixels, of soft random colours, by name."""
    rng = np.random.default_rng(0)
    encoded = {}
    for i in range(count):
        grid = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))
        file = io.BytesIO()
        grid.resize((171, 128), Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
        encoded[f"{i:04d}.jpg"] = file.getvalue()
    return encoded


def run() -> list[dict[str, Any]]:
    """Three rows per model: images per second, ours and the peer's, and their ratio; and how busy the model was."""
    import torch

    from selection_assets.stages.embedding.embed import EmbeddingStats
    from selection_assets.stages.models.architecture import Architecture
    from selection_assets.stages.models.embedding_model import load_model
    from selection_assets.stages.models.model_choice import BUILTIN, ModelChoice, resnet_choice

    pictures = thumbnails(IMAGES)
    gpus = int(torch.cuda.is_available())
    rows = []
    for name, choice, count in (
        ("built-in model, 96 px", ModelChoice(BUILTIN, None, None), IMAGES),
        ("resnet-18, 64 px", resnet_choice(Architecture()), FEW),
        ("resnet-18, 64 px, embedding_precision=bf16", replace(resnet_choice(Architecture()), precision="bf16"), FEW),
    ):
        model, stats = load_model(choice), EmbeddingStats()
        theirs = copy.deepcopy(model)  # ours changes the layout of the weights, which the package does not
        some = dict(list(pictures.items())[:count])
        took = _in_turn(
            {
                "ours": lambda part, model=model, stats=stats: _ours(model, part, gpus, stats),
                "bare": lambda part, model=model: _bare(model, len(part), gpus),
                "package": lambda part, model=theirs: _package(model, part, gpus),
            },
            some,
        )
        work = f"embed {count} thumbnails, {name}, batch {BATCH_SIZE} (images/s)"
        for peer, text, goal in (("bare", "bare forward passes", 0.85), ("package", "the package's embed loop", 1.5)):
            rows.append(
                {
                    "work": f"{work}; peer: {text}",
                    "ours": count / took["ours"],
                    "peer": count / took[peer],
                    "ratio": took[peer] / took["ours"],
                    "goal": goal,
                }
            )
        share = stats.efficiency
        rows.append(
            {"work": f"{work}; share of the time in the model, peer: the goal", "ours": share, "peer": 0.9,
             "ratio": share / 0.9, "goal": 1.0}
        )  # fmt: skip
    return rows


def _in_turn(contenders: dict[str, Callable[[dict[str, bytes]], None]], pictures: dict[str, bytes]) -> dict[str, float]:
    """Seconds of each contender for all pictures, dealt out to the rounds; a first round does not count."""
    names = list(pictures)
    share = len(names) // ROUNDS
    parts = [{name: pictures[name] for name in names[start : start + share]} for start in range(0, len(names), share)]
    seconds = dict.fromkeys(contenders, 0.0)
    for round_, part in enumerate([parts[0], *parts]):
        for contender, work in contenders.items():
            began = time.perf_counter()
            work(part)
            seconds[contender] += (time.perf_counter() - began) * (round_ > 0)
    return seconds


def _ours(model: Any, pictures: dict[str, bytes], gpus: int, stats: Any) -> None:
    from resources.engine.local import map_batches
    from selection_assets.stages.embedding.embed import embed_images
    from selection_assets.stages.embedding.embedding_input import embedding_input
    from selection_assets.stages.pictures.picture_limits import PictureLimits

    pixels = embedding_input(
        list(pictures),
        model.card.preprocessing,
        thumbnails=lambda keys: {key: pictures[key] for key in keys},
        files={},
        read=pictures.__getitem__,
        map_batches=map_batches,
        limits=PictureLimits(),
        num_workers=-1,
        ahead=2 * BATCH_SIZE,
    )
    for _ in embed_images(model, pixels, len(pictures), batch_size=BATCH_SIZE, gpus=gpus, stats=stats):
        pass


def _bare(model: Any, count: int, gpus: int) -> None:
    import torch

    device = torch.device("cuda" if gpus else "cpu")
    size = model.card.preprocessing.input_size
    ready = torch.randn(BATCH_SIZE, 3, size, size, device=device).contiguous(memory_format=torch.channels_last)
    backbone = model.backbone.to(device, memory_format=torch.channels_last)
    with torch.inference_mode():
        for _ in range(-(-count // BATCH_SIZE)):
            backbone(ready).cpu()


def _package(model: Any, pictures: dict[str, bytes], gpus: int) -> None:
    """`lightly.embedding`'s own loop with the loader of the package's command line: all cores as worker processes."""
    import pytorch_lightning  # noqa: F401 - before the stand-ins: it looks for the real omegaconf
    import torch

    stand_ins()
    from lightly.data import LightlyDataset
    from lightly.embedding import SelfSupervisedEmbedding
    from torchvision import transforms

    from selection_assets.stages.models.preprocessing import MEAN, STD

    size = model.card.preprocessing.input_size
    transform = transforms.Compose(
        [transforms.Resize((size, size)), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    )
    with tempfile.TemporaryDirectory() as name:
        for file, content in pictures.items():
            (Path(name) / file).write_bytes(content)
        dataset = LightlyDataset(name, transform=transform)
        loader = torch.utils.data.DataLoader(dataset, batch_size=BATCH_SIZE, num_workers=os.cpu_count() or 1)
        wrapper = torch.nn.Module()
        wrapper.backbone = model.backbone
        encoder = SelfSupervisedEmbedding(wrapper, None, None, None)  # type: ignore[arg-type]
        with contextlib.redirect_stderr(io.StringIO()):
            encoder.embed(loader, torch.device("cuda" if gpus else "cpu"))


if __name__ == "__main__":
    for row in run():
        sys.stdout.write(f"{row['work']}: ours {row['ours']:.3g}, peer {row['peer']:.3g}, ratio {row['ratio']:.2f}\n")
