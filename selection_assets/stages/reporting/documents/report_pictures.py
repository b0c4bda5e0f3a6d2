"""The pictures of the report as bytes: the plots, and the thumbnails of the example pairs."""

from collections.abc import Mapping, Sequence
from typing import Any

from selection_assets.stages.reporting.facts.report_facts import ReportFacts
from selection_assets.stages.reporting.plots.plot import Plot

Pictures = Mapping[str, bytes]


def report_pictures(facts: ReportFacts, report: Mapping[str, Any], plots: Sequence[Plot]) -> dict[str, bytes]:
    """Pictures by name: `plot/<name>` as PNG, `retained/<i>` and `removed/<i>` as JPEG, for the i-th example.

    Thumbnails that do not exist or cannot be decoded are left out: their place stays empty.
    """
    pictures = {f"plot/{plot.name}": plot.path.read_bytes() for plot in plots}
    for i, example in enumerate(report["examples"]):
        for kind in ("retained", "removed"):
            jpeg = facts.thumbnail(example[kind])
            if jpeg and _decodable(jpeg):
                pictures[f"{kind}/{i}"] = jpeg
    return pictures


def _decodable(jpeg: bytes) -> bool:
    import io

    from PIL import Image

    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as picture:
            picture.load()
    except (OSError, ValueError, Image.DecompressionBombError):
        return False
    return True
