"""The measures on real pictures that come with installed packages; CamVid is measured by hand only."""

import numpy as np
import pytest
from PIL import Image

from builtin_model.baselines import colour_histogram
from builtin_model.evaluate import copies_of, markdown, network_embedding, squares
from builtin_model.measures import same_class, same_picture
from builtin_model.pictures import picture
from builtin_model.real_pictures import bundled_pictures, digits
from selection_assets.stages.models.builtin_model import load_builtin_model
from selection_assets.stages.models.builtin_network import SIDE


def test_digits_have_neighbours_of_their_class() -> None:
    pictures, classes = digits()
    pixels = squares(pictures[:300])
    assert same_class(network_embedding(load_builtin_model())(pixels), classes[:300]) > 0.95


def test_distorted_copies_of_real_pictures_are_found() -> None:
    pytest.importorskip("skimage", reason="scikit-image is in the dependency group bench")
    originals = list(bundled_pictures().values())
    assert len(originals) == 26
    altered, source, _ = copies_of(originals, ["cut", "relight", "several"], 2)
    ours = network_embedding(load_builtin_model())
    found = same_picture(ours(altered), ours(squares(originals)), source)
    by_colour = same_picture(colour_histogram(altered), colour_histogram(squares(originals)), source)
    assert found > 0.85
    assert found > by_colour + 0.1


def test_copies_know_their_original_and_distortion() -> None:
    originals = [Image.fromarray(picture(41, number)) for number in range(3)]
    altered, source, kind = copies_of(originals, ["blur", "mirror"], 2)
    assert altered.shape == (12, SIDE, SIDE, 3)
    assert source.tolist() == [0, 0, 1, 1, 2, 2] * 2
    assert kind.tolist() == [0] * 6 + [1] * 6
    assert np.array_equal(altered[6], squares(originals)[0][:, ::-1])


def test_table() -> None:
    assert markdown({"a": [0.5, 1.0], "b": [0.25, 0.125]}, ["x", "y"]).splitlines() == [
        "| | a | b |",
        "| --- | ---: | ---: |",
        "| x | 50.0 | 25.0 |",
        "| y | 100.0 | 12.5 |",
    ]
