"""What is said where a request cannot be answered: status, code and one line, in the platform's form."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException

from configs.errors import InputError, PassingError
from resources.platform.errors import PlatformError

log = logging.getLogger("winnow")


class ErrorBody(BaseModel):
    code: str
    error: str


class ApiError(Exception):
    """status: 400 and 409 are tried again by some calls of the client, 403, 404 and 422 by none."""

    def __init__(self, status: int, code: str, error: str) -> None:
        super().__init__(error)
        self.status, self.code, self.error = status, code, error


ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, "description": HTTPStatus(status).phrase}
    for status in (400, 401, 403, 404, 409, 413, 422, 503)
}
_CODES = {
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "NOT_IMPLEMENTED",
    413: "PAYLOAD_TOO_LARGE",
    501: "NOT_IMPLEMENTED",
}
# Of what the platform refuses; the others are 422. The calls that get a 409 are never tried again by the client.
_STATUSES = {
    "DATASET_UNKNOWN": 404,
    "DATASET_DATASOURCE_UNKNOWN": 404,
    "TAG_UNKNOWN": 404,
    "TAG_NAME_EXISTS": 409,
    "TAG_UNDELETABLE_IS_INITIAL": 409,
    "TAG_UNDELETABLE_NOT_A_LEAF": 409,
}


def add_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(ApiError)
    def _(_: Request, error: ApiError) -> JSONResponse:
        return answer(error.status, error.code, error.error)

    @app.exception_handler(PlatformError)
    def _(_: Request, error: PlatformError) -> JSONResponse:
        return answer(_STATUSES.get(error.code, 422), error.code, str(error))

    @app.exception_handler(IntegrityError)
    def _(_: Request, __: IntegrityError) -> JSONResponse:
        return answer(409, "CONFLICT", "somebody changed or deleted this at the same time")

    @app.exception_handler(InputError)
    def _(_: Request, error: InputError) -> JSONResponse:
        # A place that does not answer now may answer later: the client's calls that can wait try that again.
        return answer(503, "BAD_REQUEST", str(error)) if isinstance(error, PassingError) else _bad(str(error))

    @app.exception_handler(RequestValidationError)
    def _(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        # A body that is no JSON is told from one that says something wrong, as the client's documentation does.
        status = 400 if first["type"] == "json_invalid" else 422
        where = ".".join(str(part) for part in first["loc"])
        return answer(status, "MALFORMED_REQUEST", f"{where}: {first['msg']}")

    @app.exception_handler(HTTPException)
    def _(_: Request, error: HTTPException) -> JSONResponse:
        return answer(error.status_code, _CODES.get(error.status_code, "BAD_REQUEST"), str(error.detail))

    @app.exception_handler(Exception)
    def _(request: Request, error: Exception) -> JSONResponse:
        log.error("%s %s: %s: %s", request.method, request.url.path, type(error).__name__, error)
        return answer(500, "MALFORMED_RESPONSE", "this is a bug; the server's log says more")


def answer(status: int, code: str, error: str) -> JSONResponse:
    return JSONResponse({"code": code, "error": " ".join(error.split())[:1000]}, status)


def _bad(error: str) -> JSONResponse:
    return answer(422, "BAD_REQUEST", error)
