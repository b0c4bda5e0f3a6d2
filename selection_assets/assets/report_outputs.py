"""What Dagster keeps and shows of a report that was written: the tables `plots` and `report`."""

import base64
import json
from pathlib import Path

from dagster import MetadataValue

from selection_assets.assets.step import Made
from selection_assets.stages.reporting.documents.report_tables import content_table, counts_table
from selection_assets.stages.reporting.documents.write_report import WrittenReport
from selection_assets.stages.reporting.plots.overview_picture import MIME
from selection_assets.stages.reporting.plots.plots_table import plots_table


def report_outputs(written: WrittenReport, plots_folder: Path) -> dict[str, Made]:
    """The `Made` of both assets."""
    sheet = base64.b64encode(written.overview).decode()
    files = {"pdf": written.pdf_path, "html": written.html_path, "json": written.json_path}
    return {
        "plots": Made(
            plots_table(written.plots).drop("path"),
            figures={"folder": str(plots_folder)},
            metadata={
                "overview": MetadataValue.md(f"![all plots](data:{MIME};base64,{sheet})"),
                "folder": MetadataValue.path(plots_folder),
            },
        ),
        "report": Made(
            content_table(written.report),
            figures={"report": json.dumps(written.report)},
            metadata={**{name: MetadataValue.path(path) for name, path in files.items()}, **written.report["counts"]},
            preview=counts_table(written.report),
        ),
    }
