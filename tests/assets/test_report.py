"""The assets `plots` and `report`."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from configs.stages.check import CheckConfig
from resources.tables import Table
from selection_assets.stages.checking.check_samples import thumbnail_of
from tests.assets.conftest import Alone, Made
from tests.assets.small_tables import NO_MODEL, draw, embedded, samples

NAMES = ["a/0.png", "a/1.png", "a/2.png", "b/3.png", "b/4.png", "b/broken.png"]
VECTORS = [[0.0, 0.0], [0.1, 0.0], [4.0, 0.0], [4.0, 3.0], [4.0, 3.0]]
NAMED: dict[str, Any] = {
    "normalized_embeddings": {"normalize_embeddings": False},
    "selected_samples": {"stopping_condition": {"n_samples": 3}},
    "report": {"n_example_images": 2},
}


@dataclass(frozen=True)
class Written:
    made: Made
    alone: Alone
    report: dict[str, Any]
    html: str


def written(alone: Alone, kind: str, **named: Any) -> Written:
    """The report on five samples, of which the last is a duplicate, and a corrupt one where they are pictures."""
    names = NAMES if kind == "image" else NAMES[:-1]
    for seed, name in enumerate(NAMES[:-1]):
        draw(alone.input / name, 80, 60, seed)
    (alone.input / NAMES[-1]).write_bytes(b"")
    labels = {} if kind == "image" else {"label": ["7", "7", "7", "8", "8"]}
    table = samples(names, kind, **labels)
    model = Table(NO_MODEL)
    alone.write(input_samples=table, checkpoint=model)
    settings = {**NAMED, **named}
    alone("checked_samples", **settings)
    frame = embedded(table.head(5), VECTORS, [0, 0, 0, 1, 1])
    figures = {"embedding": {"model": "a-model", "dimensions": 2, "input_size": 64, "seconds": 2.0,
                             "images_per_second": 2.5, "compute_efficiency": 0.5}}  # fmt: skip
    alone.write(embeddings=Table(frame, {}, figures))
    for step in ("dedup_sets", "normalized_embeddings", "selected_samples"):
        alone(step, **{**settings, "dedup_sets": {"remove_exact_duplicates": kind != "image"}})
    made = alone("report", **settings)
    report = json.loads((made.folder / "report.json").read_text(encoding="utf-8"))
    return Written(made, alone, report, (made.folder / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=["image", "vector"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    root = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(root / "home"))
        alone = Alone(root)
        (alone.shared / "e.csv").write_text("", encoding="utf-8")
        named = {} if request.param == "image" else {"input_samples": {"embeddings": "e.csv"}}
        yield written(alone, request.param, **named)


def is_image(found: Written) -> bool:
    return len(found.alone.table("input_samples").frame) == len(NAMES)


def test_counts(found: Written) -> None:
    counts = {name: count for name, count in found.report["counts"].items() if count}
    if is_image(found):
        assert counts == {"input": 6, "corrupt": 1, "selected": 3, "removed": 2}
        assert [row["filename"] for row in found.report["corrupt"]["rows"]] == ["b/broken.png"]
    else:
        assert counts == {"input": 5, "duplicates": 1, "selected": 3, "removed": 1}
    about = found.made.metadata["report"]
    assert {name: about[name] for name in found.report["counts"]} == found.report["counts"]
    assert "| selected | 3 |" in about["preview"]


def test_facts_of_the_tables_are_in_the_report(found: Written) -> None:
    embedding = found.report["embedding"]
    assert (embedding["model"], embedding["dimensions"], embedding["seconds"]) == ("a-model", 2, 2.0)
    assert found.report["job"]["dataset"] == "shapes"
    assert found.report["job"]["run_id"] == found.made.run_id
    assert found.report["job"]["files_processed"] == found.report["counts"]["input"]
    picks = [row["filename"] for row in found.report["selection"]["picks"]["rows"]]
    table = found.alone.table("selected_samples").frame
    assert picks == table.drop_nulls("order").sort("order")["filename"].to_list()
    assert found.report["selection"]["stop_reason"].startswith("n_samples reached")
    removed = {row["filename"]: row["nearest_selected_filename"] for row in found.report["removed"]["rows"]}
    assert removed == dict(
        table.filter(table["status"] == "removed").select("filename", "nearest_selected").iter_rows()
    )
    assert {"checked_samples", "selected_samples"} <= set(found.report["timings"])
    assert found.report["config"]["typed"]["selected_samples"]["stopping_condition"]["n_samples"] == 3


def test_tables_and_files(found: Written) -> None:
    plots, report = found.made.tables["plots"], found.made.tables["report"]
    assert plots.frame.columns == ["name", "title", "caption"]
    assert {f"plots/{name}.png" for name in plots.frame["name"]} | {"report.json", "report.html", "report.pdf"} == (
        found.made.files
    )
    assert plots.figures["folder"] == str(found.made.folder / "plots")
    assert json.loads(report.figures["report"]) == found.report
    (content,) = report.frame["json"]
    told = json.loads(content)
    assert found.report.keys() - told.keys() == {"job", "timings", "plots"}
    same = ("counts", "statistics", "selection", "removed", "examples", "views", "savings", "findings", "labels")
    assert {name: told[name] for name in same} == {name: found.report[name] for name in same}
    assert (found.made.folder / "report.pdf").read_bytes().startswith(b"%PDF")
    about = found.made.metadata
    assert about["report"]["pdf"] == str(found.made.folder / "report.pdf")
    assert about["report"]["html"] == str(found.made.folder / "report.html")
    assert about["report"]["json"] == str(found.made.folder / "report.json")
    assert about["plots"]["folder"] == str(found.made.folder / "plots")
    assert about["plots"]["overview"].startswith("![all plots](data:image/webp;base64,UklGR")
    assert f"Writing report to {found.made.folder / 'report.pdf'}." in found.made.log
    assert "Done!" in found.made.log


def test_example_pictures_are_those_of_the_samples(found: Written) -> None:
    """Of an embeddings file they are made from the input folder's pictures of the same names."""
    pairs = [(example["retained"], example["removed"]) for example in found.report["examples"]]
    table = found.alone.table("selected_samples").frame
    removed = table.filter(table["status"] == "removed")
    assert sorted(pairs) == sorted(removed.select("nearest_selected", "filename").rows())
    for name in sum(pairs, ()):
        jpeg = thumbnail_of(name, lambda key: (found.alone.input / key).read_bytes(), CheckConfig(num_workers=1))
        assert jpeg is not None
        assert base64.b64encode(jpeg).decode() in found.html


def test_another_run_that_decides_the_same_has_the_same_version(
    found: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(found.alone.home))
    named = NAMED if is_image(found) else {**NAMED, "input_samples": {"embeddings": "e.csv"}}
    again = found.alone("report", **named)
    assert again.versions == found.made.versions
    assert again.run_id != found.made.run_id
