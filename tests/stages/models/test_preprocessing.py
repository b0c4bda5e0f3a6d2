import pytest

from selection_assets.stages.models.preprocessing import MEAN, STD, Preprocessing


@pytest.mark.parametrize(
    ("preprocessing", "text"),
    [
        (Preprocessing(64), "64px-bilinear-imagenet"),
        (Preprocessing(224, "bicubic"), "224px-bicubic-imagenet"),
        (Preprocessing(8, mean=(0.5,) * 3, std=(0.5,) * 3), "8px-bilinear-0.5,0.5,0.5,0.5,0.5,0.5"),
        (Preprocessing(8, mean=(0.5,) * 3), "8px-bilinear-0.5,0.5,0.5,0.229,0.224,0.225"),
        (Preprocessing(8, std=(1.0,) * 3), "8px-bilinear-0.485,0.456,0.406,1,1,1"),
    ],
)
def test_the_text_tells_everything_that_changes_pixels(preprocessing: Preprocessing, text: str) -> None:
    assert str(preprocessing) == text
    assert preprocessing.transform == text.partition("-")[2]


def test_the_numbers_of_imagenet() -> None:
    assert (MEAN, STD) == ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
