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


def test_five_thousand_rows_are_all_shown_and_no_more() -> None:
    none = np.zeros(5000, np.bool_)
    assert rows_to_project(none).tolist() == list(range(5000))
    more = rows_to_project(np.zeros(5001, np.bool_))
    assert len(more) == 5000
    assert more.tolist() == rows_to_project(np.zeros(5001, np.bool_), seed=0).tolist()
    assert more.tolist() != rows_to_project(np.zeros(5001, np.bool_), seed=1).tolist()


def test_where_all_are_of_one_kind() -> None:
    for kind in (np.ones(30, np.bool_), np.zeros(30, np.bool_)):
        assert len(set(rows_to_project(kind, limit=10).tolist())) == 10
