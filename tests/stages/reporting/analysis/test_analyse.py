"""How the parts of the analysis are put together."""

import dataclasses

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

from selection_assets.stages.reporting.analysis import analyse as module
from selection_assets.stages.reporting.analysis.analyse import analyse
from selection_assets.stages.reporting.analysis.pca import pca
from selection_assets.stages.reporting.facts.report_facts import ReportFacts
from tests.stages.reporting.facts_factory import example_facts


def with_states(n: int = 40, n_selected: int = 10, **states: np.ndarray) -> ReportFacts:
    facts = example_facts(n, n_selected)
    return dataclasses.replace(facts, samples=dataclasses.replace(facts.samples, **states))


def test_statistics_are_of_what_takes_part() -> None:
    """Two masked samples, three members of the datapool, one preselected sample."""
    row = np.arange(40)
    facts = with_states(masked=row >= 38, datapool=(row >= 35) & (row < 38), preselected=row == 34)
    x = facts.samples.embeddings.astype(float)
    found = analyse(facts)
    before, after = pdist(x[:35]), pdist(x[[*range(10), 34]])
    for statistics, distances in ((found.before, before), (found.after, after)):
        assert statistics.pairs == len(distances)
        assert statistics.mean == pytest.approx(distances.mean())
    assert len(found.edges) == 101
    assert found.edges[0] == 0
    assert before.max() < found.edges[-1] < before.max() * 1.00001
    # A removed sample is represented by what is kept now or was before.
    kept = [*range(10), *range(34, 38)]
    gaps = cdist(x[10:34], x[kept])
    assert found.removed["filename"].to_list() == [f"dir/{i:04d}.jpg" for i in range(10, 34)]
    assert found.removed["nearest_selected_filename"].to_list() == [
        f"dir/{kept[i]:04d}.jpg" for i in gaps.argmin(axis=1)
    ]
    assert found.n_removed == 24
    assert len(found.pairs) == 6
    assert all(pair.retained in {*range(10), 34} and 10 <= pair.removed < 34 for pair in found.pairs)


def test_reason_of_the_removed_samples_follows_min_distance() -> None:
    facts = example_facts(40, 10)
    facts = dataclasses.replace(facts, selection=dataclasses.replace(facts.selection, min_distance=0.5))
    removed = analyse(facts).removed
    close = removed["distance"] < 0.5
    assert 0 < close.sum() < 30
    assert (removed["reason"].str.starts_with("closer than min_distance") == close).all()


def test_coverage_by_members_preselected_and_picks_in_this_order() -> None:
    row = np.arange(40)
    facts = with_states(datapool=row >= 38, preselected=row == 34)
    order = np.array([5, 9, 0, 1, 2, 3, 4, 6, 7, 8])
    facts = dataclasses.replace(facts, selection=dataclasses.replace(facts.selection, pick_rows=order))
    x = facts.samples.embeddings.astype(float)
    found = analyse(facts)
    assert found.coverage is not None and found.coverage_random is not None
    gaps = cdist(x[:38], x[[38, 39, 34, *order]])
    assert found.coverage.picks[-1] == 13
    for i, n in enumerate(found.coverage.picks):
        assert found.coverage.radius[i] == pytest.approx(gaps[:, :n].min(axis=1).max(), abs=1e-6)
        assert found.coverage.median[i] == pytest.approx(np.median(gaps[:, :n].min(axis=1)), abs=1e-6)
    chance = np.random.default_rng(0).permutation(38)[:11]  # as many as were picked or preselected
    expected = cdist(x[:38], x[[38, 39, *chance]])
    for i, n in enumerate(found.coverage_random.picks):
        assert found.coverage_random.radius[i] == pytest.approx(expected[:, :n].min(axis=1).max(), abs=1e-6)


def test_picks_without_an_order_cover_by_row() -> None:
    facts = example_facts(40, 10)
    ordered = dataclasses.replace(facts, selection=dataclasses.replace(facts.selection, pick_rows=np.arange(10)))
    without = dataclasses.replace(
        facts, selection=dataclasses.replace(facts.selection, pick_rows=np.empty(0, np.int64))
    )
    first, second = analyse(ordered).coverage, analyse(without).coverage
    assert first is not None and second is not None
    assert first.radius.tolist() == second.radius.tolist()


@pytest.mark.parametrize(
    ("n", "n_selected", "curve"),
    [(40, 2, False), (40, 3, True), (40, 39, True), (40, 40, False), (3, 3, False), (0, 0, False)],
)
def test_a_curve_needs_three_picks_and_something_removed(n: int, n_selected: int, curve: bool) -> None:
    found = analyse(example_facts(n, n_selected))
    assert (found.coverage is not None) == (found.coverage_random is not None) == curve


def test_a_curve_needs_something_removed_where_others_take_no_part() -> None:
    row = np.arange(40)
    assert analyse(with_states(masked=row >= 20, datapool=(row >= 10) & (row < 20))).coverage is None


@pytest.mark.parametrize("n", [0, 1, 2])
def test_edges_of_sets_without_distances(n: int) -> None:
    facts = example_facts(n, 0)
    same = dataclasses.replace(facts.samples, embeddings=np.ones((n, 3), np.float32))
    found = analyse(dataclasses.replace(facts, samples=same))
    np.testing.assert_allclose(found.edges, np.linspace(0, 1, 101))
    assert {name: view.shape for name, view in found.views.items()} == dict.fromkeys(
        ("pca", "umap_k_5", "umap_k_15", "umap_k_50"), (n, 2)
    )


def test_views_are_of_the_same_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS_OF_SLOW_VIEWS", 10)
    facts = example_facts(60, 10)
    found = analyse(facts, seed=3)
    assert list(found.views) == ["pca", "umap_k_5", "umap_k_15", "umap_k_50"]
    assert found.view_rows.tolist() == list(range(60))
    np.testing.assert_array_equal(found.views["pca"], pca(facts.samples.embeddings).coordinates)
    other = analyse(facts, seed=4)
    again = analyse(facts, seed=3)
    for name in ("umap_k_5", "umap_k_15", "umap_k_50"):
        assert (found.views[name] == again.views[name]).all()
        assert (found.views[name] != other.views[name]).any()


def test_arguments_reach_their_parts() -> None:
    facts = example_facts(40, 10)
    found = analyse(facts, n_example_images=2, memory_requirement_in_gb=4 * 20**2 / 1e9)
    assert len(found.pairs) == 2
    assert (found.before.n, found.before.n_used, found.after.n_used) == (40, 20, 10)
    other = analyse(facts, memory_requirement_in_gb=4 * 20**2 / 1e9, seed=1)
    assert other.before.mean != found.before.mean


def test_the_first_removed_samples_are_listed_and_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_TABLE_ROWS", 4)
    found = analyse(example_facts(40, 10))
    assert found.removed["filename"].to_list() == [f"dir/{i:04d}.jpg" for i in range(10, 14)]
    assert found.n_removed == 30
