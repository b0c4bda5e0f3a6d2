import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL import Image

from selection_assets.stages.reporting.documents.report_pictures import report_pictures
from selection_assets.stages.reporting.plots.plots_table import plots_table


def jpeg(size: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (size, size), "red").save(buffer, "JPEG")
    return buffer.getvalue()


def test_plots_and_thumbnails_by_name(tmp_path: Path) -> None:
    plots: list[Any] = []
    for name in ("a", "b"):
        (tmp_path / f"{name}.png").write_bytes(name.encode())
        plots.append(SimpleNamespace(name=name, title=f"t {name}", caption=f"c {name}", path=tmp_path / f"{name}.png"))
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9)).save(buffer, "PNG")
    thumbnails = {
        "x": jpeg(8),
        "y": jpeg(9),
        "cut": jpeg(64)[:300],
        "png": buffer.getvalue(),
        "text": b"text",
        "empty": b"",
    }
    facts: Any = SimpleNamespace(thumbnail=thumbnails.get)
    pairs = [("x", "y"), ("cut", "x"), ("y", "gone"), ("png", "text"), ("empty", "y")]
    report = {"examples": [{"retained": retained, "removed": removed} for retained, removed in pairs]}
    assert report_pictures(facts, report, plots) == {
        "plot/a": b"a",
        "plot/b": b"b",
        "retained/0": thumbnails["x"],
        "removed/0": thumbnails["y"],
        "removed/1": thumbnails["x"],
        "retained/2": thumbnails["y"],
        "removed/4": thumbnails["y"],
    }
    assert plots_table(plots).rows(named=True) == [
        {"name": name, "title": f"t {name}", "caption": f"c {name}", "path": str(tmp_path / f"{name}.png")}
        for name in ("a", "b")
    ]
    assert plots_table([]).columns == ["name", "title", "caption", "path"]
