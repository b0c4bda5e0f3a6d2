import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from selection_assets.stages.reporting.analysis.analyse import analyse
from selection_assets.stages.reporting.documents.write_report import WrittenReport
from selection_assets.stages.reporting.facts.report_facts import Pretagging, ReportFacts, Video
from selection_assets.stages.reporting.plots.draw_plots import draw_plots
from selection_assets.stages.reporting.shorten import shorten
from tests.stages.reporting.facts_factory import GOAL, HOSTILE, example_facts

VIEWS = {
    f"scatter_{view}{end}" for view in ("pca", "umap_k_5", "umap_k_15", "umap_k_50") for end in ("", "_no_overlay")
}
ALWAYS = VIEWS | {"distance_distr_before", "distance_distr_after"}
PAIRS = {f"filter_decision_{i}" for i in (0, 11, 22, 33, 44, 55)}


def test_names_of_the_files(written: WrittenReport) -> None:
    names = {plot.name for plot in written.plots}
    assert names == ALWAYS | PAIRS | {"coverage_curve", "label_balance", "image_metrics"}
    folder = written.json_path.parent / "plots"
    assert {p.name for p in folder.iterdir()} == {f"{name}.png" for name in names}
    assert all(
        plot.path == folder / f"{plot.name}.png" and plot.title and plot.caption and plot.alt for plot in written.plots
    )


def test_every_plot_is_a_picture_with_something_on_it(written: WrittenReport) -> None:
    for plot in written.plots:
        with Image.open(plot.path) as picture:
            assert picture.format == "PNG" and picture.mode == "RGB"
            assert min(picture.size) > 300
            assert np.asarray(picture).std() > 5, plot.name


def test_pairs_show_the_distance(written: WrittenReport) -> None:
    pairs = [plot for plot in written.plots if plot.name.startswith("filter_decision")]
    assert [plot.title for plot in pairs] == [f"Distance {pair.distance:.3f}" for pair in written.analysis.pairs]


def test_other_plots_of_pretagging_videos_and_without_pictures(tmp_path: Path) -> None:
    facts = example_facts(
        30, 5, thumbnail=lambda _: None, image_metrics=None,
        pretagging=Pretagging(before={"car": 9, "$x$": 3}, after={"car": 3}, images_before=30, images_after=5),
        videos=[Video(name=f"v{i}.mp4", n_frames=50, selected=[(3, 0.1), (9, 0.3)]) for i in range(25)],
    )  # fmt: skip
    shares = {f"${i}$": 0.05 for i in range(20)}
    balance = {
        "label": "METADATA w × BALANCE", "input": {"type": "METADATA", "key": "w"}, "strategy": {"type": "BALANCE"},
        "strength": 1.0, "asked": {"shares": shares},
        "reached": {"shares": shares, "shares_of_input": shares, "agreement": 0.875},
    }  # fmt: skip
    gains = {"far": np.arange(5.0), HOSTILE: np.array([np.nan, 1, 2, 3, 4]), "unknown": np.full(5, np.nan)}
    selection = dataclasses.replace(facts.selection, strategies=[GOAL, balance], pick_gains=gains)
    facts = dataclasses.replace(facts, selection=selection)
    plots = draw_plots(facts, analyse(facts, n_example_images=2), tmp_path)
    assert {plot.name for plot in plots} == ALWAYS | {
        "filter_decision_0", "filter_decision_11", "coverage_curve", "label_balance", "pretagging_histogram_before",
        "pretagging_histogram_after", "video_sampling_timeline", "balance_1", "selection_gains",
    }  # fmt: skip
    titles = {plot.name: plot.title for plot in plots}
    assert titles["pretagging_histogram_before"] == "Before: 0.4 objects per image on average"
    assert titles["pretagging_histogram_after"] == "After: 0.6 objects per image on average"
    assert titles["balance_1"] == "Balance of w: 88% agreement with the target"
    assert titles["video_sampling_timeline"] == "50 frames selected from 25 videos"


def test_pairs_of_an_earlier_run_disappear_and_nothing_else(tmp_path: Path) -> None:
    for name in ("filter_decision_22.png", "balance_3.png", "mine.png"):
        (tmp_path / name).write_bytes(b"old")
    facts = example_facts(20, 19)
    draw_plots(facts, analyse(facts), tmp_path)
    assert not (tmp_path / "filter_decision_22.png").exists()
    assert not (tmp_path / "balance_3.png").exists()
    assert (tmp_path / "mine.png").read_bytes() == b"old"
    assert (tmp_path / "filter_decision_0.png").exists()


def test_the_same_facts_give_the_same_bytes(facts: ReportFacts, written: WrittenReport, tmp_path: Path) -> None:
    for plot in draw_plots(facts, analyse(facts), tmp_path):
        assert plot.path.read_bytes() == (written.json_path.parent / "plots" / plot.path.name).read_bytes(), plot.name


@pytest.mark.parametrize(("n", "n_selected"), [(0, 0), (1, 1), (2, 1), (3, 3), (10, 0)])
def test_tiny_sets(n: int, n_selected: int, tmp_path: Path) -> None:
    facts = example_facts(n, n_selected, image_metrics=None)
    names = {plot.name for plot in draw_plots(facts, analyse(facts), tmp_path)}
    assert names >= ALWAYS
    assert ("filter_decision_0" in names) == (0 < n_selected < n)


def test_states_of_the_samples() -> None:
    samples = example_facts(5, 1).samples
    samples = dataclasses.replace(
        samples, preselected=np.arange(5) == 1, datapool=np.arange(5) == 2, masked=np.arange(5) == 3
    )
    assert samples.states.tolist() == ["selected", "preselected", "datapool", "masked", "removed"]


@pytest.mark.parametrize(
    ("name", "length", "short"),
    [("abc", 3, "abc"), ("a\nb", 9, "a b"), ("abcdefghij", 7, "ab…ghij"), (HOSTILE, 99, HOSTILE)],
)
def test_shorten(name: str, length: int, short: str) -> None:
    assert shorten(name, length) == short
    assert len(short) <= length
