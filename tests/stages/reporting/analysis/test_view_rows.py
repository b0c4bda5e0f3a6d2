import numpy as np

from selection_assets.stages.reporting.analysis.view_rows import rows_to_project


def test_large_sets_show_both_kinds_in_their_shares() -> None:
    special = np.arange(1000) % 10 == 0
    rows = rows_to_project(special, seed=1, limit=200)
    assert len(rows) == len(set(rows.tolist())) == 200
    assert (np.diff(rows) > 0).all()
    assert special[rows].sum() == 20
    assert (rows == rows_to_project(special, seed=1, limit=200)).all()
    rare = np.arange(1000) == 5
    assert rare[rows_to_project(rare, limit=200)].sum() == 1
    assert rows_to_project(special, limit=1000).tolist() == list(range(1000))
