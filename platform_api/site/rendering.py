"""Templates become answers, with headers that let no foreign text do anything."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from platform_api.site import words

FOLDER = Path(__file__).parent
HEADERS = {
    # Pictures come from signed URLs, also of buckets elsewhere. Nothing else does.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' http: https:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # addresses of pictures are good for whoever has them
    "Cache-Control": "no-store",
}


def page(template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    return HTMLResponse(_environment().get_template(template).render(words=words, **shown), status, HEADERS)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
