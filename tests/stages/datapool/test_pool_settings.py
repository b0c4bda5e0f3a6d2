from pathlib import Path
from typing import Any

import pytest

from configs.errors import InputError
from selection_assets.stages.datapool.pool_settings import PoolModel, PoolSettings, check_settings, read_settings

MODEL = PoolModel(name="resnet-9", weights="builtin1-seed1", fingerprint="abc", input_size=64, transform="bilinear")
MADE = PoolSettings(normalize_embeddings=True, weak_labels=None, model=MODEL)
RUN: dict[str, Any] = {
    "normalize_embeddings": True,
    "append_weak_labels": False,
    "input_size": 64,
    "precision": "32",
    "transform": "bilinear",
    "weights": "builtin1-seed1",
}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    for settings in (
        MADE,
        PoolSettings(normalize_embeddings=False, weak_labels=["a", "b"], label_numbers={"b": 2**62}),
    ):
        (tmp_path / "s.json").write_text(settings.model_dump_json(), encoding="utf-8")
        assert read_settings(tmp_path / "s.json") == settings
    assert read_settings(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "s.json: invalid json"),
        ("[]", "s.json: "),
        ("{}", "key normalize_embeddings: field required"),
        ('{"normalize_embeddings": "yes"}', "key normalize_embeddings"),
        ('{"normalize_embeddings": true, "version": 2}', "key version"),
        ('{"normalize_embeddings": true, "model": {"name": "winnow", "weights": "w"}}', "key model.fingerprint"),
        ('{"normalize_embeddings": true, "weak_labels": [1]}', "key weak_labels.0"),
        ('{"normalize_embeddings": true, "label_numbers": {"a": 0.5}}', "key label_numbers.a"),
        ('{"normalize_embeddings": true, "label_numbers": {"a": 0, "b": 0}}', "key label_numbers"),
        ('{"normalize_embeddings": true, "label_numbers": {"a": 9223372036854775808}}', "key label_numbers"),
    ],
)
def test_a_damaged_file_is_one_line_with_the_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "s.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message) as error:
        read_settings(tmp_path / "s.json")
    assert "\n" not in str(error.value)
    assert "start a new datapool" in str(error.value)


def test_settings_of_an_older_version(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"version": 1, "normalize_embeddings": true, "weak_labels": null, "model": null}')
    made = read_settings(tmp_path / "s.json")
    assert made == PoolSettings(normalize_embeddings=True) and not made.labels_have_names
    assert MADE.labels_have_names and made.model_copy(update={"label_numbers": {}}).labels_have_names


def test_label_numbers_make_no_other_way() -> None:
    assert MADE.same_way(MADE.with_label_numbers({"a": 3}))
    assert MADE.with_label_numbers({"a": 3}).label_numbers == {"a": 3}
    assert not MADE.same_way(MADE.model_copy(update={"normalize_embeddings": False}))
    of_file = PoolSettings(normalize_embeddings=True)
    assert of_file.with_label_numbers({"3": 3}) == of_file and not of_file.same_way(MADE)


def test_the_same_way_is_no_error() -> None:
    check_settings("pool", MADE, **RUN)
    check_settings("pool", MADE, **{**RUN, "weights": "abc"})  # the hash of the same weights
    # Vectors of an embeddings file: nothing is known of their model, on either side.
    check_settings("pool", MADE, normalize_embeddings=True, append_weak_labels=False)
    check_settings("pool", MADE.model_copy(update={"model": None}), **{**RUN, "input_size": 32, "weights": "x"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"normalize_embeddings": False},
            "made with normalize_embeddings=True, this run has normalize_embeddings=False",
        ),
        ({"append_weak_labels": True}, "set append_weak_labels=False"),
        ({"input_size": 128}, "lightly.collate.input_size=64, this run has lightly.collate.input_size=128"),
        ({"precision": "bf16"}, "embedding_precision=32, this run has embedding_precision=bf16"),
        ({"transform": "bicubic"}, "resized as bilinear, this version does bicubic"),
        ({"weights": "other"}, "made with another model than this run's; leave checkpoint out"),
    ],
)
def test_every_difference_is_an_error(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        check_settings("pool", MADE, **{**RUN, **change})
    assert str(error.value).startswith("datapool.name=pool: ")
    assert "start a new datapool" in str(error.value)
    assert "\n" not in str(error.value)
