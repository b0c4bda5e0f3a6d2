import json
from pathlib import Path

import pytest

from configs.errors import InputError
from configs.spellings.config_files import MAX_BYTES, read_config_file

VALUE = {"n_samples": 3, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]}
YAML = """\
# comments are fine
n_samples: 3
strategies:
  - input: {type: EMBEDDINGS}
    strategy:
      type: DIVERSITY
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", json.dumps(VALUE)),
        ("a.yaml", YAML),
        ("a.txt", json.dumps(VALUE)),
        ("a.yml", json.dumps(VALUE)),
        ("bom.json", "\ufeff" + json.dumps(VALUE)),
    ],
)
def test_json_and_yaml(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_config_file(tmp_path / name, "--selection-config") == VALUE


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(20)
)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.json", b"", "line 1, column 1: is no JSON (Expecting value)"),
        ("a.json", b'{"a": 1,}', "line 1, column 9: is no JSON"),
        ("a.json", b'{"a": 1, "a": 2}', "'a' stands twice"),
        ("a.json", b"[1]", "holds no dictionary"),
        ("a.json", b'"text"', "holds no dictionary"),
        ("a.json", b"\xff\xfe", "is no UTF-8 text"),
        ("a.json", b'{"a":' + b"[" * 100_000, "nested too deeply"),
        ("a.json", b'{"a": ' + b"9" * 10_000 + b"}", "is no JSON (a number is too long)"),
        ("a.yaml", b"", "holds no dictionary"),
        ("a.yaml", b"a: [1", "is no YAML"),
        ("a.yaml", b"a: 1\nb: 2\na: 3\n", "line 1, column 1: is no YAML ('a' stands twice)"),
        ("a.yaml", BOMB.encode(), "references (*name) are not allowed"),
        ("a.yaml", b"a: &x [*x]\n", "references (*name) are not allowed"),
        ("a.yaml", b"a: !!python/object/apply:os.system [ls]\n", "is no YAML"),
        ("a.yaml", b"a: 2020-99-99\n", "is no YAML"),
        ("a.yaml", b"a: \x00\n", "is no YAML"),
        ("a.yaml", b"a: " + b"[" * 5000, "nested too deeply"),
        ("a.yaml", b" " * (MAX_BYTES + 1), "is larger than 1 MB"),
    ],
)
def test_hostile_files_are_one_line(tmp_path: Path, name: str, text: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(text)
    with pytest.raises(InputError) as error:
        read_config_file(tmp_path / name, "--worker-config")
    assert str(error.value).startswith(f"--worker-config {tmp_path / name}")
    assert words in str(error.value)
    assert "\n" not in str(error.value) and len(str(error.value)) < 400


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read .No such file or directory.; check the path"):
        read_config_file(tmp_path / "gone.json", "--lightly-config")
    with pytest.raises(InputError, match=r"cannot be read .Is a directory."):
        read_config_file(tmp_path, "--lightly-config")
