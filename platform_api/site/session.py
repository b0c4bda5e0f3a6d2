"""Who looks at the pages: a cookie that a login with a token has left, which ends with the token, or within a day.

The cookie does not hold the token. Forms hold a text of the same session: another site can send neither.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request, Response

from platform_api.signed_urls import base_url
from resources.platform.signed_claims import SignedClaims
from resources.platform.users import User, user_of_token_id

COOKIE = "winnow_session"
HOURS = 12
_COOKIES, _FORMS = "status page", "form of the status page"
_FIELDS, _LONGEST = 20, 1 << 20  # of a form, bytes


class PageError(Exception):
    """Shown as a page. status: of the answer."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


class NotLoggedInError(Exception):
    """There is no session, or it is over."""


@dataclass(frozen=True)
class Session:
    """form: what every form of the session's pages holds."""

    user: User
    form: str


def open_session(response: Response, request: Request, token_id: str) -> None:
    until = int(time.time()) + HOURS * 3600
    value = SignedClaims(_COOKIES).signed({"token": token_id, "until": until})
    is_encrypted = base_url(request).startswith("https://")
    response.set_cookie(COOKIE, value, HOURS * 3600, httponly=True, samesite="strict", secure=is_encrypted)


def close_session(response: Response) -> None:
    response.delete_cookie(COOKIE)


def session_of(request: Request) -> Session | None:
    claims = SignedClaims(_COOKIES).claims(request.cookies.get(COOKIE, ""))
    user = user_of_token_id(claims["token"]) if claims else None
    if claims is None or user is None:
        return None
    return Session(user, SignedClaims(_FORMS).signed({"token": claims["token"], "until": claims["until"]}))


def _session(request: Request) -> Session:
    found = session_of(request)
    if found is None:
        raise NotLoggedInError
    return found


CurrentSession = Annotated[Session, Depends(_session)]


async def _fields(request: Request) -> Mapping[str, str]:
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > _LONGEST:
            raise PageError(413, "the form is larger than 1 MiB")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS))
    except ValueError:
        raise PageError(400, "the form cannot be read") from None


Fields = Annotated[Mapping[str, str], Depends(_fields)]


def _own_fields(session: CurrentSession, fields: Fields) -> Mapping[str, str]:
    """Raises PageError where the form is not of this session."""
    claims = SignedClaims(_FORMS).claims(fields.get("form", ""))
    ours = SignedClaims(_FORMS).claims(session.form)
    if claims is None or ours is None or claims["token"] != ours["token"]:
        raise PageError(403, "the form is too old; load the page again")
    return fields


OwnFields = Annotated[Mapping[str, str], Depends(_own_fields)]
