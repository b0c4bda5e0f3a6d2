import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from selection_assets.stages.samples.names import bad_names, name_fault


@pytest.mark.parametrize(
    "name",
    ["a.jpg", "a/b c/ü.png", "\\lead.png", "a\\\\b.jpg", "dir\\x.jpg", " a.jpg ", "a/ b.png", '"q".jpg', "..a/b..",
     "a/...", "-", "#x", "C:x.jpg", "\ufeffa.jpg", "名.jpg", "a\\.\\b", "NA", "null"],
)  # fmt: skip
def test_names_that_can_be_had(name: str) -> None:
    assert name_fault(name) == "" and not bad_names(pl.Series([name])).item()


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("", "is empty"),
        ("a,b.jpg", "holds a comma"),
        ("a\nb", "holds a line break or another control character"),
        ("a\rb", "holds a line break or another control character"),
        ("a\tb", "holds a line break or another control character"),
        ("a\x7f", "holds a line break or another control character"),
        ("a\x85", "holds a line break or another control character"),
        ("x\u2028y", "holds a line break or another control character"),
        ("x\u2029y", "holds a line break or another control character"),
        ("/etc/passwd", "starts with a slash"),
        ("C:\\x.jpg", "starts with a drive"),
        ("c:/x.jpg", "starts with a drive"),
        ("../x", "holds '..' as a folder"),
        ("a/../x", "holds '..' as a folder"),
        ("a/..", "holds '..' as a folder"),
        ("..\\x", "holds '..' as a folder"),
        ("a\\..\\x", "holds '..' as a folder"),
        ("./x", "holds '.' as a folder"),
        ("a/./x", "holds '.' as a folder"),
        ("a//x", "holds an empty folder name"),
        ("a/", "ends with a slash"),
    ],
)
def test_names_that_cannot(name: str, fault: str) -> None:
    assert name_fault(name) == fault
    assert bad_names(pl.Series([name])).item()


def test_bytes_that_are_not_utf8() -> None:
    assert name_fault("bad\udcff.png") == "holds bytes that are not UTF-8"


@settings(max_examples=400, deadline=None)
@given(st.text(st.one_of(st.sampled_from("a./\\:, \n\x85\u2028C"), st.characters(codec="utf-8")), max_size=8))
@example("a/\n")
def test_one_name_and_a_column_of_names_are_judged_alike(name: str) -> None:
    assert bool(name_fault(name)) == bad_names(pl.Series([name])).item()
