"""Folders and files that whole runs take as their input."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np


def write_copies(sources: Sequence[bytes], folder: Path, count: int, begin: int = 0) -> None:
    """`count` JPEGs 00000.jpg (or `begin`), … made of a few: a comment makes each file's content its own."""
    folder.mkdir()
    for index in range(begin, begin + count):
        source, comment = sources[index % len(sources)], f"picture {index}".encode()
        segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
        (folder / f"{index:05d}.jpg").write_bytes(source[:2] + segment + source[2:])


def write_vectors(file: Path, samples: int, dimensions: int) -> None:
    """An embeddings file of vectors around six centres."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(6, dimensions))[random.integers(0, 6, samples)]
    rows = (centres + 0.5 * random.normal(size=(samples, dimensions))).tolist()
    with file.open("w", newline="") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["filenames", *(f"embedding_{place}" for place in range(dimensions)), "labels"])
        writer.writerows([f"a/{row:06d}.jpg", *vector, 0] for row, vector in enumerate(rows))
