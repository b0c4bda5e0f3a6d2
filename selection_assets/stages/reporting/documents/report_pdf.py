"""`report.pdf`: an A4 document set by WeasyPrint from the report dictionary and the pictures, and nothing else."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import ImageFile

from configs.errors import InputError
from resources.atomic_file import atomic_path
from selection_assets.stages.progress import heartbeat
from selection_assets.stages.reporting.documents.report_pictures import Pictures
from selection_assets.stages.reporting.documents.template_environment import environment
from selection_assets.stages.reporting.helper_process import LAYOUT

SCHEME = "picture:"
PANGO_MISSING = (
    "The PDF report needs the Pango library, which is missing on this machine. Install it: "
    "apt-get install -y libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)


def write_report_pdf(path: Path, report: Mapping[str, Any], pictures: Pictures) -> None:
    """Write the PDF, whole or not at all. The same report gives the same bytes.

    The work is done in the helper process, which has WeasyPrint imported by then.

    Raises:
        InputError: when Pango is missing.
    """
    with heartbeat("Setting the PDF of the report"):
        LAYOUT.submit(set_pdf, path, dict(report), dict(pictures)).result()


def import_weasyprint() -> Any:
    """WeasyPrint, without its side effect: it tells Pillow to take truncated images for whole, in all the process.

    Raises InputError when Pango is missing, which WeasyPrint loads when it is imported.
    """
    # Without harfbuzz-subset fontTools embeds the fonts, and writes the time into them: the same report, other bytes.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    try:
        import weasyprint
    except OSError as error:
        raise InputError(PANGO_MISSING) from error
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return weasyprint


def set_pdf(path: Path, report: Mapping[str, Any], pictures: Pictures) -> None:
    """Set and write the PDF in this process; raises as `write_report_pdf` does."""
    weasyprint = import_weasyprint()
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OnlyOurPictures(URLFetcher):  # type: ignore[misc]
        """Nothing is read from the network or the disk: a file name can ask for nothing."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith(SCHEME) and (content := pictures.get(url.removeprefix(SCHEME))) is not None:
                return URLFetcherResponse(
                    url, content, {"Content-Type": "image/png" if "plot/" in url else "image/jpeg"}
                )
            raise ValueError(f"the report does not load {url}")

    html = environment().get_template("print.html.j2").render(report=report, pictures=set(pictures), scheme=SCHEME)
    document = weasyprint.HTML(string=html, url_fetcher=OnlyOurPictures(), base_url=None)
    with atomic_path(path) as temporary:
        document.write_pdf(temporary, pdf_identifier=report["job"]["run_id"].encode())
