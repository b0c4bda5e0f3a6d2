"""Measures the built-in model on real pictures beside an untrained one, a colour histogram and HOG.

    python -m builtin_model.evaluate [--camvid FOLDER] [--weights FILE]

Prints the tables of docs/models.md. Needs the dependency group `bench`.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from builtin_model.baselines import Pixels, Vectors, colour_histogram, hog
from builtin_model.distortions import DISTORTIONS, several
from builtin_model.fit_projections import fit_projections
from builtin_model.measures import mix_agreement, nearest, neighbours_in_time, same_class, same_picture
from builtin_model.pictures import picture
from builtin_model.real_pictures import bundled_pictures, camvid, digits
from builtin_model.views import plain_views
from selection_assets.stages.models.builtin_model import WEIGHTS, load_builtin_model
from selection_assets.stages.models.builtin_network import PARTS, SIDE, BuiltinNetwork
from selection_assets.stages.pictures.picture_pixels import square_pixels

Embed = Callable[[Pixels], Vectors]
COPIES = 20  # of each bundled picture, per distortion
UNTRAINED_PICTURES = 1500  # generated ones that the projections of the untrained network are fitted to
DIGITS_APART = 5  # every fifth digit is distorted; all are in the gallery
APART = 300  # frames: ten seconds; nearer ones of the same drive are no neighbours


def network_embedding(network: BuiltinNetwork, part: slice = slice(None)) -> Embed:
    """The network as a function of pixels; `part` takes a stretch of its vector."""

    def embed(pixels: Pixels) -> Vectors:
        blocks = []
        with torch.inference_mode():
            for start in range(0, len(pixels), 64):
                blocks.append(network(plain_views(torch.from_numpy(pixels[start : start + 64]), SIDE))[:, part].numpy())
        return np.concatenate(blocks)

    return embed


def untrained_network(seed: int = 0) -> BuiltinNetwork:
    """Random convolutions (He), projections fitted as those of the trained one."""
    torch.manual_seed(seed)
    network = BuiltinNetwork()
    for module in network.trunk.modules():
        if isinstance(module, torch.nn.Conv2d) and module.bias is not None:
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            torch.nn.init.zeros_(module.bias)
    fit_projections(network.eval(), np.stack([picture(seed + 77, i) for i in range(UNTRAINED_PICTURES)]), seed)
    return network


def methods(weights: Path) -> dict[str, Embed]:
    """What is compared, by the name in the table."""
    ours, untrained = load_builtin_model(weights), untrained_network()
    learned = slice(0, PARTS[0].dimensions)
    return {
        "built-in model": network_embedding(ours),
        "same network untrained": network_embedding(untrained),
        "colour histogram": colour_histogram,
        "HOG, cells of 8 px": lambda pixels: hog(pixels, 8),
        "HOG, cells of 16 px": lambda pixels: hog(pixels, 16),
        "learned part alone": network_embedding(ours, learned),
        "learned part untrained": network_embedding(untrained, learned),
        "descriptors alone": network_embedding(ours, slice(learned.stop, None)),
    }


def squares(pictures: list[Image.Image]) -> Pixels:
    return np.stack([square_pixels(picture, SIDE) for picture in pictures])


def copies_of(originals: list[Image.Image], steps: list[str], each: int) -> tuple[Pixels, np.ndarray, np.ndarray]:
    """Distorted copies as pixels, the row of the original, and the number of the distortion in `steps`."""
    rng = np.random.default_rng(0)
    made, source, kind = [], [], []
    for number, step in enumerate(steps):
        for row, original in enumerate(originals):
            for _ in range(each):
                made.append(square_pixels(DISTORTIONS[step](original, rng), SIDE))
                source.append(row)
                kind.append(number)
    return np.stack(made), np.array(source), np.array(kind)


def tables(
    compared: dict[str, Embed], camvid_folder: Path | None
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Measure -> one value per method; the second for each distortion of the bundled pictures."""
    rows: dict[str, list[float]] = {}
    if camvid_folder is not None:
        drives = camvid(camvid_folder)
        pixels = np.stack([square_pixels(file.read_bytes(), SIDE) for file in drives.files])
        near = neighbours_in_time(drives.drive, drives.number, APART)
        others = [nearest(vectors, vectors, near) for vectors in (embed(pixels) for embed in compared.values())]
        rows["CamVid: same drive"] = [float((drives.drive[o] == drives.drive).mean()) for o in others]
        rows["CamVid: agreement of the class mix"] = [mix_agreement(drives.mix, o) for o in others]

    small, classes = digits()
    pixels = squares(small)
    altered, source, _ = copies_of(small[::DIGITS_APART], [s for s in DISTORTIONS if s not in ("mirror", "several")], 1)
    source = source * DIGITS_APART
    embedded = [(embed(pixels), embed(altered)) for embed in compared.values()]
    rows["digits: same class"] = [same_class(vectors, classes) for vectors, _ in embedded]
    rows["digits: copy to original"] = [same_picture(copies, vectors, source) for vectors, copies in embedded]

    large = list(bundled_pictures().values())
    pixels = squares(large)
    altered, source, kind = copies_of(large, list(DISTORTIONS), COPIES)
    found = [nearest(embed(altered), embed(pixels)) == source for embed in compared.values()]
    by_kind = {step: [float(f[kind == number].mean()) for f in found] for number, step in enumerate(DISTORTIONS)}
    rows["pictures: copy to original, all distortions"] = [float(f.mean()) for f in found]
    rows["pictures: several distortions at once"] = by_kind[several.__name__]
    return rows, by_kind


def images_per_second(rounds: int = 7, batch: int = 64) -> dict[str, float]:
    """Forward passes of the built-in model and of torchvision's mobilenet_v3_small at 128 px, in turns; medians."""
    from torchvision.models import mobilenet_v3_small

    nets = {
        "built-in model": (load_builtin_model(), SIDE),
        "mobilenet_v3_small, 128 px": (mobilenet_v3_small().eval(), 128),
    }
    times: dict[str, list[float]] = {name: [] for name in nets}
    with torch.inference_mode():
        for turn in range(rounds + 1):
            for name, (network, side) in nets.items():
                network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
                pixels = torch.rand(batch, 3, side, side).contiguous(memory_format=torch.channels_last)
                began = time.perf_counter()
                network(pixels)
                network(pixels)
                if turn:
                    times[name].append((time.perf_counter() - began) / 2)
    return {name: batch / float(np.median(values)) for name, values in times.items()}


def markdown(rows: dict[str, list[float]], names: list[str]) -> str:
    lines = ["| | " + " | ".join(rows) + " |", "| --- |" + " ---: |" * len(rows)]
    for column, name in enumerate(names):
        lines.append(f"| {name} | " + " | ".join(f"{100 * values[column]:.1f}" for values in rows.values()) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--camvid", type=Path, help="folder with train/ and trainannot/")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="another file than the published one")
    options = parser.parse_args()
    compared = methods(options.weights)
    rows, by_kind = tables(compared, options.camvid)
    print(markdown(rows, list(compared)), markdown(by_kind, list(compared)), sep="\n\n")
    print()
    for name, rate in images_per_second().items():
        print(f"{name}: {rate:,.0f} images/s")


if __name__ == "__main__":
    main()
