"""Logging in with a token, and out; and what the pages look like."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse

from platform_api.site.login_limit import SECONDS, LoginLimit
from platform_api.site.rendering import FOLDER, HEADERS, page
from platform_api.site.session import Fields, OwnFields, close_session, open_session
from resources.platform.users import token_id

router = APIRouter(include_in_schema=False)
LIMIT = LoginLimit()
STATIC = {"site.css": "text/css", "site.js": "text/javascript", "icon.svg": "image/svg+xml"}


@router.post("/login")
def log_in(request: Request, fields: Fields) -> Response:
    address = request.client.host if request.client else ""
    if LIMIT.is_reached(address):
        return page("login.html", 429, error=f"Too many tries. Wait for {SECONDS:.0f} seconds.")
    known = token_id(fields.get("token", "").strip()[:200])
    if not known:
        LIMIT.failed(address)
        return page("login.html", 401, error="This token is unknown or revoked.")
    response = RedirectResponse("/", 303, HEADERS)
    open_session(response, request, known)
    return response


@router.post("/logout")
def log_out(fields: OwnFields) -> Response:
    response = RedirectResponse("/", 303, HEADERS)
    close_session(response)
    return response


@router.get("/static/{name}")
def static(name: str) -> Response:
    if name not in STATIC:
        return Response(status_code=404)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "max-age=300"}
    return FileResponse(FOLDER / "static" / name, media_type=STATIC[name], headers=headers)
