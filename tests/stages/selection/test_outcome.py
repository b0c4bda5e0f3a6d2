import numpy as np
import polars as pl

from selection_assets.stages.selection.outcome import counts, outcome
from selection_assets.stages.selection.picks import Picks


def test_every_sample_gets_one_status() -> None:
    names = ["a", "b", "c", "d", "e", "f", "g"]
    checked = pl.DataFrame(
        {
            "filename": names,
            "label": [0] * 7,
            "healthy": [True, False, True, True, True, True, True],
            "reason": [None, "truncated", None, None, None, None, None],
        }
    )
    healthy = ["a", "c", "d", "e", "f", "g"]
    dedup = pl.DataFrame(
        {"filename": healthy, "kept": [n != "d" for n in healthy], "kept_filename": ["a", "c", "a", "e", "f", "g"]}
    )
    unique = pl.DataFrame(
        {
            "filename": ["a", "c", "e", "f", "g"],
            "masked": [False, False, True, False, False],
            "preselected": [False, True, False, False, False],
        }
    )
    picks = Picks(np.array([4, 0]), np.array([1.5, 0.5]), np.array([1, 4]), "n_samples reached")
    removed = pl.DataFrame(
        {"filename": ["f"], "nearest_selected_filename": ["c"], "distance": [0.25], "reason": ["not picked"]}
    )
    table = outcome(checked, dedup, unique, picks, removed, "because")
    assert table.rows() == [
        ("a", 0, "selected", 1, "because", "g", 0.5),
        ("b", 0, "corrupt", None, "truncated", None, None),
        ("c", 0, "preselected", None, "selected before this run", None, None),
        ("d", 0, "duplicate", None, "exact duplicate of a", None, None),
        ("e", 0, "masked", None, "masked: takes no part", None, None),
        ("f", 0, "removed", None, "not picked", "c", 0.25),
        ("g", 0, "selected", 0, "because", "c", 1.5),
    ]
    assert counts(table) == {
        "input": 7,
        "corrupt": 1,
        "duplicate": 1,
        "masked": 1,
        "preselected": 1,
        "selected": 2,
        "removed": 1,
    }
