"""The loss curve of a training, as a picture and in words, in every form of the report."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from selection_assets.stages.reporting.analysis.analyse import analyse
from selection_assets.stages.reporting.documents.report_html import render_html
from selection_assets.stages.reporting.documents.report_json import build_report
from selection_assets.stages.reporting.documents.report_pictures import report_pictures
from selection_assets.stages.reporting.facts.report_facts import Training
from selection_assets.stages.reporting.plots.draw_plots import draw_plots
from selection_assets.stages.reporting.plots.style import ACCENT, SELECTED
from selection_assets.stages.reporting.plots.training_loss import draw_loss, loss_note, loss_title
from tests.stages.reporting.facts_factory import HOSTILE, example_facts

LOSSES = [5.8, 5.1, 4.6, 4.7]


def colour_places(path: Path, colour: str) -> np.ndarray:
    """(k, 2) row and column of the pixels with exactly this colour."""
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    with Image.open(path) as picture:
        return np.argwhere((np.asarray(picture) == wanted).all(axis=2))


def test_the_curve_falls_and_the_chosen_epoch_is_marked(tmp_path: Path) -> None:
    draw_loss(tmp_path / "loss.png", loss_title(LOSSES), loss_note(LOSSES), LOSSES, 2)
    curve = colour_places(tmp_path / "loss.png", SELECTED)
    first, last = curve[curve[:, 1].argmin()], curve[curve[:, 1].argmax()]
    assert first[0] < last[0]  # a smaller loss is lower in the picture
    mark = colour_places(tmp_path / "loss.png", ACCENT)
    share = (mark[:, 1].min() - curve[:, 1].min()) / np.ptp(curve[:, 1])
    assert share < 2 / 3 + 0.05


@pytest.mark.parametrize(
    ("losses", "title"),
    [
        (LOSSES, "The loss falls from 5.800 to 4.600"),
        ([2.0], "The loss of the first epoch is 2.000"),
        ([2.0, 3.0], "The loss of the first epoch is 2.000, and never lower"),
    ],
)
def test_titles_say_what_one_sees(losses: list[float], title: str, tmp_path: Path) -> None:
    assert loss_title(losses) == title
    assert f"{len(losses)} epoch" in loss_note(losses)
    draw_loss(tmp_path / "loss.png", title, loss_note(losses), losses, 0)
    assert len(colour_places(tmp_path / "loss.png", ACCENT)) > 20


def test_every_form_of_the_report_shows_it(tmp_path: Path) -> None:
    training = Training(
        source=HOSTILE,
        checkpoint="lightly_epoch_2.ckpt",
        losses=LOSSES,
        best_epoch=2,
        images=40,
        batch_size=16,
        device="cpu",
        precision="32",
        seconds=12.5,
        images_per_second=12.8,
        loading_share=0.04,
    )
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
