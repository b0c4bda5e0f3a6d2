import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from selection_assets.stages.reporting.analysis.analyse import analyse
from selection_assets.stages.reporting.documents.write_report import WrittenReport
from selection_assets.stages.reporting.facts.report_facts import Pretagging, ReportFacts, Training, Video
from selection_assets.stages.reporting.plots.draw_plots import draw_plots, planned_plots
from selection_assets.stages.reporting.plots.style import style
from tests.stages.reporting.facts_factory import GOAL, HOSTILE, example_facts
from tests.stages.reporting.plots.figures import FigureCanvasAgg, layout_faults

VIEWS = {
    f"scatter_{view}{end}" for view in ("pca", "umap_k_5", "umap_k_15", "umap_k_50") for end in ("", "_no_overlay")
}
ALWAYS = VIEWS | {"distance_distr_before", "distance_distr_after"}
PAIRS = {f"filter_decision_{i}" for i in (0, 11, 22, 33, 44, 55)}


def full_facts() -> ReportFacts:
    """A run with everything that there can be, and names that are long, hostile or not Latin."""
    facts = example_facts(
        40, 10, thumbnail=lambda _: None,
        pretagging=Pretagging(before={"car": 9, "$x$": 3}, after={"car": 3}, images_before=40, images_after=10),
        videos=[Video(name=f"{'v' * 99}{i}.mp4", n_frames=50, selected=[(3, 0.1), (9, 0.3)]) for i in range(25)],
        training=Training(
            source="s", checkpoint="c", losses=[3.0, 2.0], best_epoch=1, images=4, batch_size=2, device="cpu",
            precision="32", seconds=1.0, images_per_second=4.0, loading_share=0.5,
        ),
    )  # fmt: skip
    shares = {f"${i}$ {HOSTILE}": 0.05 for i in range(20)}
    balance = {
        "label": "METADATA w × BALANCE", "input": {"type": "METADATA", "key": "w"}, "strategy": {"type": "BALANCE"},
        "strength": 1.0, "asked": {"shares": shares},
        "reached": {"shares": shares, "shares_of_input": shares, "agreement": 0.875},
    }  # fmt: skip
    gains = {"far " * 50: np.arange(10.0), HOSTILE: np.arange(10.0), "unknown": np.full(10, np.nan)}
    row = np.arange(40)
    return dataclasses.replace(
        facts,
        selection=dataclasses.replace(facts.selection, strategies=[GOAL, balance], pick_gains=gains),
        samples=dataclasses.replace(
            facts.samples,
            filenames=[f"{HOSTILE}/{'d' * 200}/{i}.jpg" for i in range(40)],
            labels=[("日本語" * 30, HOSTILE, "W" * 80)[i % 3] for i in range(40)],
            masked=row == 39,
            datapool=row == 38,
            preselected=row == 37,
        ),
    )


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


def test_plots_are_those_that_were_planned(facts: ReportFacts, written: WrittenReport) -> None:
    planned = list(planned_plots(facts, written.analysis))
    assert [plot.name for plot in planned] == [plot.name for plot in written.plots]
    for plan, plot in zip(planned, written.plots, strict=True):
        assert (plot.title, plot.caption, plot.alt) == (plan.title, plan.caption, plan.alt)
    assert [plan.name for plan in planned[-8:]] == [
        f"scatter_{view}{end}" for view in ("pca", "umap_k_5", "umap_k_15", "umap_k_50") for end in ("", "_no_overlay")
    ]  # last: they wait for UMAP


def test_a_run_with_everything_has_every_plot_and_all_of_it_has_its_place() -> None:
    facts = full_facts()
    planned = list(planned_plots(facts, analyse(facts, n_example_images=2)))
    assert {plot.name for plot in planned} == ALWAYS | {
        "filter_decision_0", "filter_decision_11", "coverage_curve", "label_balance", "pretagging_histogram_before",
        "pretagging_histogram_after", "video_sampling_timeline", "balance_1", "selection_gains", "image_metrics",
        "training_loss",
    }  # fmt: skip
    for plot in planned:
        with style():
            figure = plot.draw(plot.title, plot.note, *plot.args)
            FigureCanvasAgg(figure).draw()
        assert layout_faults(figure) == [], plot.name


def test_names_in_other_scripts_print_no_warning(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    facts = example_facts(8, 4, image_metrics=None)
    samples = dataclasses.replace(facts.samples, labels=["日本語", "🎉"] * 4)
    facts = dataclasses.replace(facts, samples=samples)
    draw_plots(facts, analyse(facts, 0), tmp_path)
    assert capfd.readouterr().err == ""


def test_pairs_of_an_earlier_run_disappear_and_nothing_else(tmp_path: Path) -> None:
    for name in ("filter_decision_22.png", "balance_3.png", "mine.png", "balance_1.txt"):
        (tmp_path / name).write_bytes(b"old")
    facts = example_facts(20, 19)
    draw_plots(facts, analyse(facts), tmp_path)
    assert not (tmp_path / "filter_decision_22.png").exists()
    assert not (tmp_path / "balance_3.png").exists()
    assert (tmp_path / "mine.png").read_bytes() == (tmp_path / "balance_1.txt").read_bytes() == b"old"
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
    assert ("coverage_curve" in names) == (2 < n_selected < n)
    assert "label_balance" not in names or n_selected
