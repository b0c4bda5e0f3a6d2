"""What cannot be shown, as a page."""

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from platform_api.site.rendering import HEADERS, page
from platform_api.site.session import NotLoggedInError, PageError


def add_page_errors(app: FastAPI) -> None:
    @app.exception_handler(PageError)
    def _(_: Request, error: PageError) -> Response:
        return page("error.html", error.status, code=error.status, said=error.words)

    @app.exception_handler(NotLoggedInError)
    def _(_: Request, __: NotLoggedInError) -> Response:
        return RedirectResponse("/", 303, HEADERS)
