"""`report.html`: one file that works offline, with the pictures inside, to explore in a browser.

Made from the report dictionary and the pictures alone, like the PDF.
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resources.atomic_file import atomic_path
from selection_assets.stages.reporting.documents.report_pictures import Pictures
from selection_assets.stages.reporting.documents.template_environment import environment
from selection_assets.stages.reporting.plots.style import LABEL_COLOURS


def write_report_html(path: Path, report: Mapping[str, Any], pictures: Pictures) -> None:
    """Write the page, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(render_html(report, pictures), encoding="utf-8")


def render_html(report: Mapping[str, Any], pictures: Pictures) -> str:
    """The page. File names are escaped everywhere, in the data of its script as well."""
    sources = {
        name: f"data:image/{'png' if name.startswith('plot/') else 'jpeg'};base64,{base64.b64encode(content).decode()}"
        for name, content in pictures.items()
    }
    data = {
        "views": report["views"],
        "labels": report["labels"],
        "removed": report["removed"]["rows"],
        "corrupt": report["corrupt"]["rows"],
        "colours": LABEL_COLOURS,
    }
    page: str = environment().get_template("page.html.j2").render(report=report, sources=sources, data=data)
    return page
