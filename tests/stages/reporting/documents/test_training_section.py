"""The training in every form of the report."""

from pathlib import Path

from selection_assets.stages.reporting.analysis.analyse import analyse
from selection_assets.stages.reporting.documents.report_html import render_html
from selection_assets.stages.reporting.documents.report_json import build_report
from selection_assets.stages.reporting.documents.report_pictures import report_pictures
from selection_assets.stages.reporting.facts.report_facts import Training
from selection_assets.stages.reporting.plots.draw_plots import draw_plots
from tests.stages.reporting.facts_factory import HOSTILE, example_facts

LOSSES = [5.8, 5.1, 4.6, 4.7]


def test_every_form_of_the_report_shows_it(tmp_path: Path) -> None:
    training = Training(
        source=HOSTILE, checkpoint="lightly_epoch_2.ckpt", losses=LOSSES, best_epoch=2, images=40, batch_size=16,
        device="cpu", precision="32", seconds=12.5, images_per_second=12.8, loading_share=0.04,
    )  # fmt: skip
    facts = example_facts(n=6, n_selected=3, training=training)
    analysis = analyse(facts)
    plots = draw_plots(facts, analysis, tmp_path / "plots")
    report = build_report(facts, analysis, plots, tmp_path)
    assert report["training"]["losses"] == LOSSES
    assert report["plots"]["training_loss"] == "plots/training_loss.png"
    page = render_html(report, report_pictures(facts, report, plots))
    assert HOSTILE not in page
    for text in ("lightly_epoch_2.ckpt (epoch 2)", "cpu, 32 bits", "12.8 images/s", "4.0% of the time"):
        assert text in page
    assert "<h2>Training</h2>" in page
    without = build_report(example_facts(n=6, n_selected=3), analysis, [], tmp_path)
    assert without["training"] is None
    assert "<h2>Training</h2>" not in render_html(without, {})
