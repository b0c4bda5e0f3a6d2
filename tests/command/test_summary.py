import json
from pathlib import Path

from selection_assets.command.summary import report_in, summary_table

COUNTS = {"input": 12345, "corrupt": 0, "duplicates": 2, "masked": 0, "datapool": 0, "preselected": 0, "selected": 100,
          "removed": 12243}  # fmt: skip


def table(folder: Path, steps: dict[str, float], **counts: int) -> list[str]:
    (folder / "report.json").write_text(json.dumps({"counts": COUNTS | counts}), encoding="utf-8")
    return summary_table(report_in(str(folder), ""), steps, 65.25).split("\n")


def test_counts_stand_beside_the_seconds_of_steps(tmp_path: Path) -> None:
    assert table(tmp_path, {"input_samples": 0.04, "checked_samples": 12.5}) == [
        "",
        "samples                  step                       time",
        "-" * 56,
        "input           12,345   input samples             0.0 s",
        "corrupt              0   checked samples          12.5 s",
        "duplicates           2   everything               65.2 s",
        "selected           100                                  ",
        "removed         12,243                                  ",
        "",
    ]


def test_more_steps_than_counts(tmp_path: Path) -> None:
    lines = table(tmp_path, {f"step_{n}": float(n) for n in range(6)})
    assert lines[-3] == "                         step 5                    5.0 s"
    assert lines[-2] == "                         everything               65.2 s"


def test_masked_datapool_and_preselected_only_where_there_are_some(tmp_path: Path) -> None:
    names = [line.split()[0] for line in table(tmp_path, {}, masked=1, datapool=2, preselected=3)[3:-1]]
    assert names == ["input", "corrupt", "duplicates", "masked", "datapool", "preselected", "selected", "removed"]
    assert [line.split()[0] for line in table(tmp_path, {}, masked=1)[3:-1]][3] == "masked"
