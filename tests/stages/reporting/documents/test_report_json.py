import dataclasses
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from selection_assets.stages.reporting.analysis.analyse import analyse
from selection_assets.stages.reporting.documents.report_json import build_report, plain_json, write_report_json
from selection_assets.stages.reporting.documents.savings import SavingsAssumptions
from selection_assets.stages.reporting.documents.write_report import WrittenReport
from selection_assets.stages.reporting.facts.report_facts import (
    CorruptSample,
    DatapoolChange,
    Pretagging,
    ReportFacts,
    Video,
)
from selection_assets.stages.reporting.plots.plot import Plot
from tests.stages.reporting.facts_factory import GOAL, HOSTILE, example_facts

NUMBER = (int, float)
SCHEMA: dict[str, Any] = {
    "schema_version": int,
    "job": {"product": str, "version": str, "dataset": str, "run_id": str, "started_at": str, "ended_at": str,
            "duration_seconds": NUMBER, "files_processed": int, "input_dir": str},
    "findings": [str],
    "warnings": [str],
    "counts": dict.fromkeys(
        ("input", "corrupt", "duplicates", "masked", "preselected", "datapool", "selected", "removed"), int),
    "datapool": type(None),
    "statistics": {part: {"n": int, "mean": float, "min": float, "max": float, "p10": float, "p90": float,
                          "sampled_n": int, "sampled_pairs": int, "share_below_near_duplicate": float}
                   for part in ("before", "after")},
    "histograms": {part: {"edges": [float], "counts": [int]} for part in ("before", "after")},
    "selection": {"method": str, "strategies": [dict], "stop_reason": str, "n_samples": NUMBER,
                  "min_distance": type(None), "picks": {"count": int, "shown": int, "rows": [dict]}},
    "embedding": {"model": str, "dimensions": int, "input_size": int, "seconds": float, "images_per_second": float,
                  "compute_efficiency": float},
    "corrupt": {"count": int, "shown": int, "rows": [{"filename": str, "reason": str}], "reasons": dict},
    "removed": {"count": int, "shown": int, "rows": [{"filename": str, "nearest_selected_filename": str,
                                                      "distance": float, "reason": str}]},
    "examples": [{"retained": str, "removed": str, "distance": float}],
    "coverage": {part: {"picks": [int], "median": [float], "p90": [float], "radius": [float]}
                 for part in ("selection", "random")},
    "labels": [{"name": str, "before": int, "after": int}],
    "views": {"shown": int, "of": int, "pca_explained": [float], "filenames": [str], "states": [str], "labels": [str],
              "coordinates": {view: [list] for view in ("pca", "umap_k_5", "umap_k_15", "umap_k_50")}},
    "savings": {"images": int, "cost": float, "hours": float, "kg_co2": float, "assumptions": dict},
    "training": type(None),
    "pretagging": type(None),
    "videos": [dict],
    "plots": dict,
    "plot_texts": dict,
    "timings": dict,
    "config": {"options": dict, "typed": dict},
}  # fmt: skip


def check(value: Any, schema: Any, where: str = "report") -> None:
    if isinstance(schema, dict):
        assert set(value) == set(schema), where
        for key, part in schema.items():
            check(value[key], part, f"{where}.{key}")
    elif isinstance(schema, list):
        assert isinstance(value, list), where
        for item in value:
            check(item, schema[0], where)
    else:
        assert isinstance(value, schema), (where, value)


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def test_file_is_strict_json_and_keeps_the_schema(written: WrittenReport) -> None:
    report = json.loads(written.json_path.read_text(), parse_constant=refuse)
    assert report == written.report
    check(report, SCHEMA)


def test_values(facts: ReportFacts, written: WrittenReport) -> None:
    report = written.report
    before, after = pdist(facts.samples.embeddings.astype(float)), pdist(facts.samples.embeddings[:10].astype(float))
    for part, distances in (("before", before), ("after", after)):
        found = report["statistics"][part]
        assert found["sampled_pairs"] == len(distances) == sum(report["histograms"][part]["counts"])
        assert found["mean"] == pytest.approx(distances.mean())
        assert found["p10"] == pytest.approx(np.percentile(distances, 10), abs=1e-5)
        assert len(report["histograms"][part]["edges"]) == 101
    assert report["histograms"]["before"]["edges"] == report["histograms"]["after"]["edges"]
    assert report["counts"]["removed"] == report["removed"]["count"] == len(report["removed"]["rows"]) == 30
    assert report["savings"]["images"] == 31  # removed and duplicates
    assert report["savings"]["cost"] == pytest.approx(31 * 0.108)
    assert report["selection"]["picks"]["rows"][:2] == [
        {"order": 0, "filename": "dir/0000.jpg", "distance": None, "nearest_selected": None, "gains": {"far": 0.0}},
        {
            "order": 1,
            "filename": "dir/0001.jpg",
            "distance": 0.5,
            "nearest_selected": "dir/0000.jpg",
            "gains": {"far": 0.1},
        },
    ]
    assert report["config"]["typed"]["selection"]["share"] is None
    assert report["corrupt"]["reasons"] == {"truncated": 1, "not an image": 1}
    assert report["plots"]["scatter_pca"] == "plots/scatter_pca.png"
    assert report["plots"].keys() == report["plot_texts"].keys()
    assert report["views"]["states"] == ["selected"] * 10 + ["removed"] * 30
    assert report["findings"][0] == "10 of 43 input files were selected for labelling (23.3%)."
    assert report["findings"][1] == "Left out beforehand: 2 corrupt and 1 exact duplicates."


def test_assumptions_of_the_savings_can_be_changed(facts: ReportFacts, written: WrittenReport, tmp_path: Path) -> None:
    dear = SavingsAssumptions(currency="EUR", cost_per_object=1.0, objects_per_image=2.0)
    saved = build_report(facts, written.analysis, written.plots, tmp_path, dear)["savings"]
    assert (saved["cost"], saved["assumptions"]["currency"]) == (62.0, "EUR")


def test_findings_of_the_selection(facts: ReportFacts, written: WrittenReport, tmp_path: Path) -> None:
    shares = {"a": 0.5, "b": 0.5}
    balance = GOAL | {"label": "METADATA w × BALANCE", "asked": {"shares": shares},
                      "reached": {"shares": shares, "shares_of_input": shares, "agreement": 0.875}}  # fmt: skip

    def findings(stop_reason: str) -> list[str]:
        selection = dataclasses.replace(facts.selection, stop_reason=stop_reason, strategies=[GOAL, balance])
        changed = dataclasses.replace(facts, selection=selection)
        found: list[str] = build_report(changed, written.analysis, written.plots, tmp_path)["findings"]
        return found

    for early in ("max_sum reached: it is 5", "min_distance reached: 0.1", "no candidates left: all 5 are selected"):
        assert f"Fewer samples than asked for: {early}." in findings(early)
    whole = findings("n_samples reached: 10 new samples were asked for")
    assert not [line for line in whole if line.startswith("Fewer")]
    assert "METADATA w × BALANCE: the shares agree to 88% with those asked for." in whole


def findings_of(facts: ReportFacts, analysis: Any, **counts: int) -> list[str]:
    changed = dataclasses.replace(facts, counts=dataclasses.replace(facts.counts, **counts))
    found: list[str] = build_report(changed, analysis, [], Path())["findings"]
    return found


@pytest.mark.parametrize(
    ("corrupt", "duplicates", "masked", "sentence"),
    [
        (0, 0, 0, None),
        (1200, 0, 0, "Left out beforehand: 1,200 corrupt."),
        (0, 3, 4, "Left out beforehand: 3 exact duplicates and 4 masked."),
        (2, 3, 4, "Left out beforehand: 2 corrupt, 3 exact duplicates and 4 masked."),
    ],
)
def test_what_was_left_out(
    facts: ReportFacts, written: WrittenReport, corrupt: int, duplicates: int, masked: int, sentence: str | None
) -> None:
    found = findings_of(facts, written.analysis, corrupt=corrupt, duplicates=duplicates, masked=masked)
    assert [line for line in found if line.startswith("Left out")] == ([sentence] if sentence else [])


def test_findings_in_numbers(facts: ReportFacts, written: WrittenReport) -> None:
    analysis = written.analysis
    before, after = analysis.before, analysis.after
    found = findings_of(facts, analysis, preselected=990, input=4000)
    assert found[0] == "1,000 of 4,000 input files were selected for labelling (25.0%)."
    assert (
        f"The closest two samples are {after.min:.3f} apart after the selection, {before.min:.3f} before; "
        f"the mean distance goes from {before.mean:.3f} to {after.mean:.3f}."
    ) in found
    assert analysis.coverage is not None
    assert (
        f"Half of all samples lie within {analysis.coverage.median[-1]:.3f} of a selected one, "
        f"every sample within {analysis.coverage.radius[-1]:.3f}."
    ) in found
    assert findings_of(facts, analysis, input=0)[0] == "10 of 0 input files were selected for labelling."


def test_nothing_removed_has_no_distances_and_no_coverage() -> None:
    facts = example_facts(6, 6)
    found = findings_of(facts, analyse(facts))
    assert len(found) == 2  # how many, and what was left out


def test_near_duplicates_that_remain() -> None:
    """Two of the 45 pairs of the selection are 0.05 apart; those exactly 0.1 apart are not near duplicates."""
    facts = example_facts(20, 10)
    x = np.zeros((20, 12), np.float32)
    x[np.arange(10), np.arange(10)] = 1
    x[1] = x[0]
    x[1, 11] = 0.05
    x[3] = x[2]
    x[3, 11] = 0.05
    facts = dataclasses.replace(facts, samples=dataclasses.replace(facts.samples, embeddings=x))
    assert (
        "4.44% of the pairs in the selection are closer than 0.1: near duplicates remain. "
        "A min_distance of 0.1 would remove them."
    ) in findings_of(facts, analyse(facts))
    assert not [
        line for line in findings_of(example_facts(6, 2), analyse(example_facts(6, 2))) if "duplicates rem" in line
    ]


@pytest.mark.parametrize("n_samples", [None, 10])
def test_no_limit_cannot_be_missed(facts: ReportFacts, written: WrittenReport, n_samples: int | None) -> None:
    selection = dataclasses.replace(facts.selection, stop_reason="no candidates left: x", n_samples=n_samples)
    found = findings_of(dataclasses.replace(facts, selection=selection), written.analysis)
    assert any(line.startswith("Fewer samples") for line in found) == (n_samples is not None)


def test_samples_of_the_datapool_outside_the_input(facts: ReportFacts, written: WrittenReport) -> None:
    change = DatapoolChange(name="p", size_before=1000, in_input=0, added=1200, size_after=2200)
    found = findings_of(dataclasses.replace(facts, datapool=change), written.analysis)
    assert "Datapool p: 1,000 samples before this run, 1,200 added, 2,200 after it." in found


def test_labels_views_and_other_lists(tmp_path: Path) -> None:
    facts = example_facts(
        12, 4,
        videos=[Video(name="v.mp4", n_frames=9, selected=[(3, 0.5)])],
        pretagging=Pretagging(before={"car": 2}, after={}, images_before=12, images_after=4),
        corrupt=[CorruptSample(filename=f"{i}", reason=f"r{i // 2}") for i in range(60)],
    )  # fmt: skip
    labels = ["b", "a", "b"] * 4
    facts = dataclasses.replace(facts, samples=dataclasses.replace(facts.samples, labels=labels))
    analysis = analyse(facts)
    elsewhere = Plot("p", Path("/elsewhere/p.png"), "t", "c", "a")
    report = build_report(facts, analysis, [elsewhere], tmp_path)
    assert report["labels"] == [{"name": "b", "before": 8, "after": 3}, {"name": "a", "before": 4, "after": 1}]
    assert report["views"]["labels"] == labels
    assert report["views"]["filenames"] == list(facts.samples.filenames)
    assert (report["views"]["shown"], report["views"]["of"]) == (12, 12)
    np.testing.assert_allclose(np.transpose(report["views"]["coordinates"]["pca"]), analysis.views["pca"], atol=6e-5)
    xs, ys = report["views"]["coordinates"]["umap_k_15"]
    assert [round(x, 4) for x in xs + ys] == xs + ys
    assert report["videos"] == [{"name": "v.mp4", "n_frames": 9, "selected": [{"index": 3, "sec": 0.5}]}]
    assert report["pretagging"] == {"before": {"car": 2}, "after": {}, "images_before": 12, "images_after": 4}
    assert len(report["corrupt"]["reasons"]) == 20
    assert report["corrupt"]["reasons"]["r0"] == 2
    assert report["plots"] == {"p": "/elsewhere/p.png"}
    assert report["plot_texts"] == {"p": {"title": "t", "caption": "c", "alt": "a"}}
    without = dataclasses.replace(facts, samples=dataclasses.replace(facts.samples, labels=None))
    assert build_report(without, analysis, [], tmp_path)["views"]["labels"] is None
    assert build_report(without, analysis, [], tmp_path)["labels"] == []


def test_picks_without_distances_or_neighbours(facts: ReportFacts, written: WrittenReport) -> None:
    selection = dataclasses.replace(
        facts.selection, pick_rows=np.array([7, 3]), pick_distances=np.empty(0, np.float32), pick_nearest=(),
        pick_gains={},
    )  # fmt: skip
    picks = build_report(dataclasses.replace(facts, selection=selection), written.analysis, [], Path())
    rows = picks["selection"]["picks"]["rows"]
    assert [(row["order"], row["filename"], row["distance"], row["nearest_selected"]) for row in rows] == [
        (0, "dir/0007.jpg", None, None),
        (1, "dir/0003.jpg", None, None),
    ]


def test_schema_version_and_coverage_values(written: WrittenReport) -> None:
    assert written.report["schema_version"] == 2
    assert written.report["job"]["product"] == "Winnow"
    for name, curve in (("selection", written.analysis.coverage), ("random", written.analysis.coverage_random)):
        assert curve is not None
        found = written.report["coverage"][name]
        assert found == {key: getattr(curve, key).tolist() for key in ("picks", "median", "p90", "radius")}
    statistics = written.report["statistics"]["after"]
    after = written.analysis.after
    assert (statistics["n"], statistics["sampled_n"]) == (10, 10)
    assert (statistics["min"], statistics["max"], statistics["p90"]) == (after.min, after.max, after.p90)
    assert statistics["share_below_near_duplicate"] == after.share_below(0.1)


def test_empty_run_is_valid(tmp_path: Path) -> None:
    facts = example_facts(1, 0, embedding=None, corrupt=(), image_metrics=None)
    report = build_report(facts, analyse(facts), [], tmp_path)
    write_report_json(tmp_path / "report.json", report)
    found = json.loads((tmp_path / "report.json").read_text(), parse_constant=refuse)
    assert found["statistics"]["before"]["mean"] is None
    assert (found["coverage"], found["embedding"], found["examples"]) == (None, None, [])


def test_the_datapool_is_named_with_its_sizes(tmp_path: Path) -> None:
    """Ten of forty samples were in the datapool before; ten others are picked."""
    change = DatapoolChange(name="my_pool", size_before=10, in_input=4, added=10, size_after=20)
    facts = example_facts(datapool=change)
    pool = np.arange(40) >= 30
    samples = dataclasses.replace(facts.samples, datapool=pool)
    counts = dataclasses.replace(facts.counts, datapool=10, input=36, removed=20)
    facts = dataclasses.replace(facts, samples=samples, counts=counts)
    analysis = analyse(facts)
    report = build_report(facts, analysis, [], tmp_path)
    assert report["datapool"] == {"name": "my_pool", "size_before": 10, "in_input": 4, "added": 10, "size_after": 20}
    assert report["counts"]["datapool"] == 10
    assert (
        "Datapool my_pool: 10 samples before this run, 4 of them among the input files, 10 added, 20 after it."
        in report["findings"]
    )
    assert report["views"]["states"] == ["selected"] * 10 + ["removed"] * 20 + ["datapool"] * 10
    assert report["statistics"]["before"]["n"] == 30  # what was chosen from
    # Every sample is covered by its nearest member or pick; a random choice starts from the same datapool.
    x = facts.samples.embeddings.astype(float)
    to_all = np.linalg.norm(x[:30, None] - x[None], axis=-1)
    kept = np.r_[0:10, 30:40]
    assert report["coverage"]["selection"]["radius"][-1] == pytest.approx(to_all[:, kept].min(axis=1).max(), abs=1e-5)
    assert report["coverage"]["selection"]["radius"][0] == report["coverage"]["random"]["radius"][0]


def test_long_tables_are_cut_and_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for module in ("analysis.analyse", "documents.report_json"):
        monkeypatch.setattr(f"selection_assets.stages.reporting.{module}.MAX_TABLE_ROWS", 3)
    facts = example_facts(20, 5, corrupt=[CorruptSample(filename=str(i), reason="x") for i in range(7)])
    report = build_report(facts, analyse(facts), [], tmp_path)
    assert [(t["count"], t["shown"]) for t in (report["corrupt"], report["removed"], report["selection"]["picks"])] == [
        (7, 3), (15, 3), (5, 3),
    ]  # fmt: skip
    assert [row["filename"] for row in report["removed"]["rows"]] == [f"dir/{i:04d}.jpg" for i in (5, 6, 7)]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.float32(0.5), 0.5),
        (float("inf"), None),
        (np.nan, None),
        (np.arange(2), [0, 1]),
        ({1: (True, None)}, {"1": [True, None]}),
        (Path("a/b"), "a/b"),
        (date(2026, 1, 2), "2026-01-02"),
        ("caf\udce9", "caf?"),
        (HOSTILE, HOSTILE),
    ],
)
def test_plain_json(value: Any, plain: Any) -> None:
    assert plain_json(value) == plain
    assert type(plain_json(value)) is type(plain)
