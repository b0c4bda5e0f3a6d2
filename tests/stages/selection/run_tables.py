"""The tables of a run from an embeddings file, small enough to see through, for tests of the whole step."""

import numpy as np
import polars as pl

# On a line, so that distances are plain: a and b near each other, c far; d a duplicate of c, e masked, f corrupt,
# g selected before, h and i in the datapool, i not in the input; j masked and selected before: masked counts.
NAMES = ["a", "b", "c", "d", "e", "f", "g", "h", "j"]
PLACES = {"a": 0.0, "b": 1.0, "c": 10.0, "e": 5.0, "g": 20.0, "h": 30.0, "i": 40.0, "j": 12.0}


def run_tables() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """checked, dedup, unique."""
    checked = pl.DataFrame(
        {
            "filename": NAMES,
            "label": ["x"] * len(NAMES),
            "healthy": [name != "f" for name in NAMES],
            "reason": [None if name != "f" else "damaged" for name in NAMES],
            "extra.al_score": [0.1, 0.9, 0.5, 0.5, 0.0, 0.0, 0.3, None, 0.0],
            "extra.lux": [100.0] * len(NAMES),
        }
    )
    embedded = [name for name in [*NAMES, "i"] if name != "f"]
    dedup = pl.DataFrame(
        {
            "filename": embedded,
            "kept": [name != "d" for name in embedded],
            "kept_filename": ["c" if name == "d" else name for name in embedded],
        }
    )
    names = [name for name in embedded if name != "d"]
    vectors = np.array([[PLACES[name], 0.0] for name in names], np.float32)
    unique = pl.DataFrame(
        {
            "filename": names,
            "label": ["x"] * len(names),
            "masked": [name in "ej" for name in names],
            "preselected": [name in "ghij" for name in names],
            "datapool": [name in "hi" for name in names],
            "embedding": pl.Series(vectors, dtype=pl.Array(pl.Float32, 2)),
        }
    )
    return checked, dedup, unique
