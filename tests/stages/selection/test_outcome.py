import polars as pl

from selection_assets.stages.selection.outcome import counts, outcome


def table_of_picks(rows: list[int], distance: list[float], nearest: list[int | None]) -> pl.DataFrame:
    """As `SelectionResult.picks`, with one goal."""
    gains = [8.0 - order for order in range(len(rows))]
    return pl.DataFrame(
        {"row": rows, "order": range(len(rows)), "nearest": nearest, "distance": distance, "likes": gains},
        schema={"row": pl.Int64, "order": pl.Int64, "nearest": pl.Int64, "distance": pl.Float64, "likes": pl.Float64},
    )


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
            "label": [0] * 5,
            "masked": [False, False, True, False, False],
            "preselected": [False, True, False, False, False],
            "datapool": [False] * 5,
        }
    )
    picks = table_of_picks([4, 0], [1.5, 0.5], [1, 4])
    removed = pl.DataFrame(
        {"filename": ["f"], "nearest_selected_filename": ["c"], "distance": [0.25], "reason": ["not picked"]}
    )
    table = outcome(checked, dedup, unique, picks, removed, "because")
    assert table.rows() == [
        ("a", 0, "selected", 1, "because", "g", 0.5, True, 7.0),
        ("b", 0, "corrupt", None, "truncated", None, None, True, None),
        ("c", 0, "preselected", None, "selected before this run", None, None, True, None),
        ("d", 0, "duplicate", None, "exact duplicate of a", None, None, True, None),
        ("e", 0, "masked", None, "masked: takes no part", None, None, True, None),
        ("f", 0, "removed", None, "not picked", "c", 0.25, True, None),
        ("g", 0, "selected", 0, "because", "c", 1.5, True, 8.0),
    ]
    assert counts(table) == {
        "input": 7,
        "corrupt": 1,
        "duplicate": 1,
        "masked": 1,
        "preselected": 1,
        "selected": 2,
        "removed": 1,
        "datapool": 0,
    }


def test_members_of_the_datapool_are_listed_once() -> None:
    """c is a member and in the input, d a member whose file in the input is corrupt, p and q are members alone."""
    checked = pl.DataFrame(
        {
            "filename": ["a", "b", "c", "d"],
            "label": [0, 0, 1, 1],
            "healthy": [True, True, True, False],
            "reason": [None, None, None, "truncated"],
        }
    )
    unique = pl.DataFrame(
        {
            "filename": ["a", "p", "c", "d", "q"],
            "label": [0, 2, 1, 1, 3],
            "masked": [False] * 5,
            "preselected": [False, True, True, True, True],
            "datapool": [False, True, True, True, True],
        }
    )
    names = ["a", "b", "p", "c", "d", "q"]
    dedup = pl.DataFrame(
        {"filename": names, "kept": [n != "b" for n in names], "kept_filename": ["a", "p", "p", "c", "d", "q"]}
    )
    removed = pl.DataFrame(
        schema={
            "filename": pl.String,
            "nearest_selected_filename": pl.String,
            "distance": pl.Float64,
            "reason": pl.String,
        }
    )
    picks = table_of_picks([0], [1.5], [4])
    table = outcome(checked, dedup, unique, picks, removed, "because")
    before = "in the datapool before this run"
    assert table.rows() == [
        ("a", 0, "selected", 0, "because", "q", 1.5, True, 8.0),
        ("b", 0, "duplicate", None, "exact duplicate of p", None, None, True, None),
        ("c", 1, "datapool", None, before, None, None, True, None),
        ("d", 1, "datapool", None, before, None, None, True, None),
        ("p", 2, "datapool", None, before, None, None, False, None),
        ("q", 3, "datapool", None, before, None, None, False, None),
    ]
    found = counts(table)
    assert (found["input"], found["datapool"], found["selected"], found["corrupt"]) == (4, 4, 1, 0)
