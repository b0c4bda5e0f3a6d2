import dataclasses
from typing import Any

import numpy as np
import pytest

from selection_assets.stages.reporting.analysis.analyse import analyse
from selection_assets.stages.reporting.plots.scatter import (
    STATES,
    UMAP_CAPTIONS,
    draw_labels,
    draw_selection,
    marker_size,
    scatter_plots,
)
from selection_assets.stages.reporting.plots.style import (
    EARLIER,
    INK,
    LABEL_COLOURS,
    OTHER_LABELS,
    QUIET,
    REMOVED,
    SELECTED,
)
from tests.stages.reporting.facts_factory import HOSTILE, example_facts
from tests.stages.reporting.plots.figures import colour, drawn, head, layout_faults

XY = np.array([[0, 0], [1, 2], [3, 1], [5, 5], [2, 4], [4, 0]], np.float32)
STATE_OF = ["removed", "selected", "masked", "datapool", "preselected", "removed"]
VIEWS = ("pca", "umap_k_5", "umap_k_15", "umap_k_50")


def legend_of(figure: Any) -> dict[str, str]:
    if not figure.legends:
        return {}
    (legend,) = figure.legends
    handles = legend.legend_handles
    return {text.get_text(): colour(handle) for text, handle in zip(legend.get_texts(), handles, strict=True)}


def test_samples_stand_at_their_places_by_state_the_selected_ones_on_top() -> None:
    figure = drawn(draw_selection, XY, STATE_OF)
    (axes,) = figure.axes
    found = {dots.get_label(): dots for dots in axes.collections}
    assert list(found) == ["removed", "masked", "datapool", "preselected", "selected"]  # in the order of drawing
    for state, dots in found.items():
        expected = [xy for xy, of in zip(XY.tolist(), STATE_OF, strict=True) if of == state]
        assert dots.get_offsets().tolist() == expected
    paints = {"removed": REMOVED, "masked": "#e6e9ed", "datapool": EARLIER, "preselected": INK, "selected": SELECTED}
    assert {state: colour(dots) for state, dots in found.items()} == paints == dict(STATES)
    sizes = {state: float(dots.get_sizes()[0]) for state, dots in found.items()}
    assert sizes == {state: 10 if state in ("removed", "masked") else 19 for state in paints}
    assert {state: dots.get_linewidths()[0] > 0 for state, dots in found.items()} == {
        state: state not in ("removed", "masked") for state in paints
    }
    assert legend_of(figure) == paints
    assert head(figure) == ["A title", "a note"]
    assert layout_faults(figure) == []


def test_only_states_that_occur_are_in_the_legend() -> None:
    figure = drawn(draw_selection, XY[:2], ["removed", "selected"])
    assert legend_of(figure) == {"removed": REMOVED, "selected": SELECTED}


def test_the_map_leaves_room_for_its_legend_alone() -> None:
    figure = drawn(draw_selection, XY, ["selected"] * 6)
    place, (width, height) = figure.axes[0].get_position(), figure.get_size_inches()
    inches = (place.x0 * width, (1 - place.x1) * width, (1 - place.y1) * height, place.y0 * height)
    assert inches == pytest.approx((0.2, 0.2, 0.66, 0.4))


@pytest.mark.parametrize("xy", [XY, XY * np.float32([9, 1]), np.zeros((6, 2), np.float32)])
def test_both_directions_have_one_scale_and_no_ticks(xy: np.ndarray) -> None:
    for figure in (drawn(draw_selection, xy, STATE_OF), drawn(draw_labels, xy, list("aabbcc"), ["a", "b", "c"])):
        (axes,) = figure.axes
        box = axes.get_window_extent()
        per_unit = [box.width / np.ptp(axes.get_xlim()), box.height / np.ptp(axes.get_ylim())]
        assert per_unit[0] == pytest.approx(per_unit[1], rel=1e-3)
        assert not list(axes.get_xticks()) and not list(axes.get_yticks())
        (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
        assert x0 < xy[:, 0].min() and xy[:, 0].max() < x1 and y0 < xy[:, 1].min() and xy[:, 1].max() < y1
        assert layout_faults(figure) == []


@pytest.mark.parametrize(("n", "size"), [(0, 10), (1, 10), (350, 10), (700, 5), (2_000, 1.75), (5_000, 1.5)])
def test_dots_shrink_with_their_number(n: int, size: float) -> None:
    assert marker_size(n) == pytest.approx(size)


def test_labels_have_their_colours() -> None:
    figure = drawn(draw_labels, XY, ["quay", "port", "quay", "mole", "port", "quay"], ["quay", "port", "mole"])
    (axes,) = figure.axes
    (dots,) = axes.collections
    assert dots.get_offsets().tolist() == XY.tolist()
    quay, port, mole = LABEL_COLOURS[:3]
    assert [colour_of(face) for face in dots.get_facecolors()] == [quay, port, quay, mole, port, quay]
    assert (dots.get_sizes().tolist(), list(dots.get_linewidths())) == ([15], [0])
    assert legend_of(figure) == {"quay": quay, "port": port, "mole": mole}  # no "others": there are none
    assert head(figure) == ["A title", "a note"]
    assert layout_faults(figure) == []


def colour_of(face: np.ndarray) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in face[:3])


def test_labels_beyond_the_legend_share_one_grey_and_one_entry() -> None:
    figure = drawn(draw_labels, XY, ["a", "x", "a", "y", "x", "a"], ["a"])
    grey = [colour_of(face) for face in figure.axes[0].collections[0].get_facecolors()]
    assert grey == [LABEL_COLOURS[0], OTHER_LABELS, LABEL_COLOURS[0], OTHER_LABELS, OTHER_LABELS, LABEL_COLOURS[0]]
    assert legend_of(figure) == {"a": LABEL_COLOURS[0], "others": OTHER_LABELS}


def test_without_labels_all_samples_are_quiet() -> None:
    figure = drawn(draw_labels, XY, [""] * 6, [])
    assert {colour_of(face) for face in figure.axes[0].collections[0].get_facecolors()} == {QUIET}
    assert legend_of(figure) == {}
    width = figure.axes[0].get_position().width
    beside = drawn(draw_labels, XY, ["a"] * 6, ["a"]).axes[0].get_position().width
    assert width - beside == pytest.approx(1.1 / 4.7)  # the legend stands beside the map


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (10, 1), (11, 2), (18, 2)])
def test_a_long_legend_has_two_columns(count: int, columns: int) -> None:
    names = [f"{i:02d} " + "long name " * 4 for i in range(count)]
    figure = drawn(draw_labels, XY, [names[i % count] for i in range(5)] + ["other"], names)
    (legend,) = figure.legends
    assert legend._ncols == columns
    texts = [text.get_text() for text in legend.get_texts()]
    assert len(texts) == count + 1
    assert all(text.startswith(f"{i:02d}") and "…" in text and len(text) >= 8 for i, text in enumerate(texts[:-1]))
    assert texts[-1] == "others"
    assert list(legend_of(figure).values()) == [*LABEL_COLOURS[:count], OTHER_LABELS]
    assert layout_faults(figure) == []


def test_what_the_plots_say() -> None:
    facts = example_facts(40, 10)
    analysis = analyse(facts, 0)
    plots = {plot.name: plot for plot in scatter_plots(facts.samples, analysis)}
    assert list(plots) == [f"scatter_{view}{end}" for view in VIEWS for end in ("", "_no_overlay")]
    states, labels = ["selected"] * 10 + ["removed"] * 30, list(facts.samples.labels or ())
    order = sorted(set(labels), key=lambda label: (-labels.count(label), label))
    for view, method in zip(VIEWS, ("PCA", "UMAP-5", "UMAP-15", "UMAP-50"), strict=True):
        chosen, coloured = plots[f"scatter_{view}"], plots[f"scatter_{view}_no_overlay"]
        assert chosen.title == f"The selection in the {method} view"
        assert chosen.note == "10 of 40 samples selected"
        assert chosen.alt == f"Scatter plot ({method}) with 10 selected samples over the removed ones."
        assert coloured.title == f"Weak labels in the {method} view"
        assert coloured.note == "3 labels"
        assert coloured.alt == f"Scatter plot ({method}) of all samples, coloured by weak label."
        assert coloured.caption == f"{chosen.caption} Colours are weak labels."
        np.testing.assert_array_equal(chosen.args[0], analysis.views[view])
        np.testing.assert_array_equal(coloured.args[0], analysis.views[view])
        assert chosen.args[1] == states
        assert coloured.args[1:] == (labels, order)
        assert (chosen.draw, coloured.draw) == (draw_selection, draw_labels)
    explained = round(100 * sum(analysis.pca.explained))
    assert plots["scatter_pca"].caption == (
        f"PCA: the two directions of largest variance, {explained}% of all variance."
    )
    assert [plots[f"scatter_umap_k_{k}"].caption for k in (5, 15, 50)] == list(UMAP_CAPTIONS.values())
    assert all(caption.startswith(f"UMAP, {k} neighbours: ") for k, caption in UMAP_CAPTIONS.items())


def test_the_datapool_and_a_random_subset_are_named() -> None:
    facts = example_facts(40, 10)
    samples = dataclasses.replace(facts.samples, datapool=np.arange(40) >= 37)
    analysis = analyse(dataclasses.replace(facts, samples=samples), 0)
    rows = np.array([1, 12, 38])
    pca = dataclasses.replace(analysis.pca, coordinates=analysis.pca.coordinates[rows])
    plots = list(scatter_plots(samples, dataclasses.replace(analysis, view_rows=rows, pca=pca)))
    assert plots[0].note == "10 of 37 samples selected, 3 in the datapool; a random 3 are shown"
    assert (
        plots[0].alt == "Scatter plot (PCA) with 10 selected samples over the removed ones and those of the datapool."
    )
    assert plots[0].args[1] == ["selected", "removed", "datapool"]
    labels = samples.labels or ()
    assert plots[1].args[1] == [labels[1], labels[12], labels[38]]


@pytest.mark.parametrize("labels", [None, ["one"] * 8])
def test_one_label_or_none_has_no_legend(labels: list[str] | None) -> None:
    facts = example_facts(8, 2)
    samples = dataclasses.replace(facts.samples, labels=labels, masked=np.arange(8) == 7)
    analysis = analyse(dataclasses.replace(facts, samples=samples), 0)
    plot = list(scatter_plots(samples, analysis))[1]
    assert plot.title == "All samples in the PCA view"
    assert plot.note == "8 samples"
    assert plot.alt == "Scatter plot (PCA) of all samples."
    assert "Colours" not in plot.caption
    assert plot.args[2] == []


def test_many_labels_and_hostile_ones() -> None:
    names = [HOSTILE, *(f"l{i:02d}" for i in range(39))]
    facts = example_facts(80, 20)
    samples = dataclasses.replace(facts.samples, labels=names * 2)
    analysis = analyse(dataclasses.replace(facts, samples=samples), 0)
    plot = list(scatter_plots(samples, analysis))[1]
    assert plot.note == "40 labels"
    assert plot.args[2] == sorted(names)[: len(LABEL_COLOURS)]
    figure = drawn(plot.draw, *plot.args)
    assert list(legend_of(figure))[-1] == "others"
    assert layout_faults(figure) == []
