"""Embedding 1,000 thumbnails: our loop (read, decode, resize, model, collect) beside the bare model on ready batches.

The bare model is the peer nobody can beat with the same network: it gets decoded, normalised batches of the same size
and layout for free. `python -m benchmarks.bench_embedding` prints the table, with `--all` for more batch sizes (minutes
on few cores).
"""

import io
import sys
import time
from typing import Any

import numpy as np
from PIL import Image

IMAGES = 1_000
ROUNDS = 5  # the images are dealt out to the rounds; ours and the peer take turns, so that both meet the same noise
GOAL = 0.85


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


def run(batch_sizes: tuple[int, ...] = (16,)) -> list[dict[str, Any]]:
    """One row per batch size: images per second, ours and the bare model's, and their ratio."""
    import torch

    from selection_assets.stages.embedding.architecture import Architecture
    from selection_assets.stages.embedding.embed import embed_all
    from selection_assets.stages.embedding.embedding_model import load_resnet
    from selection_assets.stages.embedding.resnet import embed_batch

    gpus = int(torch.cuda.is_available())
    device = torch.device("cuda" if gpus else "cpu")
    model = load_resnet(Architecture())
    backbone = model.backbone.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    pictures = thumbnails(IMAGES)
    names = list(pictures)
    share = IMAGES // ROUNDS
    rows = []
    for batch_size in batch_sizes:
        ready = torch.randn(batch_size, 3, 64, 64, device=device).contiguous(memory_format=torch.channels_last)
        embed_batch(backbone, ready).cpu()  # warm up
        ours = peer = 0.0
        for start in range(0, IMAGES, share):
            began = time.perf_counter()
            embed_all(model, names[start : start + share], pictures.__getitem__, batch_size=batch_size, gpus=gpus)
            between = time.perf_counter()
            for _ in range(-(-share // batch_size)):
                embed_batch(backbone, ready).cpu()
            ours, peer = ours + between - began, peer + time.perf_counter() - between
        rows.append(
            {
                "work": f"embed {IMAGES} thumbnails, resnet-18, 64 px, batch {batch_size}, {device.type} (images/s)",
                "ours": round(IMAGES / ours, 1),
                "peer": round(IMAGES / peer, 1),
                "ratio": round(peer / ours, 2),
                "goal": GOAL,
            }
        )
    return rows


if __name__ == "__main__":
    for row in run((16, 64, 256) if "--all" in sys.argv[1:] else (16,)):
        sys.stdout.write(f"{row['work']}: ours {row['ours']}, bare model {row['peer']}, ratio {row['ratio']}\n")
