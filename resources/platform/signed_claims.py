"""What somebody may do, or where a listing goes on, in a text that nobody else can make or change.

JSON and its HMAC-SHA256, each in URL-safe base64, with a point between them. It hides nothing.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from resources.catalog.sealed import derived_keys


class SignedClaims:
    """purpose: what was signed for another one is not valid. The claim `until` is a time (seconds since 1970)."""

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose

    @cached_property
    def _keys(self) -> list[bytes]:
        return derived_keys(self._purpose)

    def signed(self, claims: Mapping[str, Any]) -> str:
        body = _text(json.dumps(claims, separators=(",", ":")).encode())
        return f"{body}.{_signature(self._keys[0], body)}"

    def claims(self, text: str) -> dict[str, Any] | None:
        """What is claimed; None where it was not signed here, or its time is over."""
        body, _, signature = text.partition(".")
        given = signature.encode("utf-8", "replace")
        if not any(hmac.compare_digest(_signature(key, body).encode(), given) for key in self._keys):
            return None
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return claims if claims.get("until") is None or time.time() < claims["until"] else None


def _signature(key: bytes, body: str) -> str:
    return _text(hmac.digest(key, body.encode("utf-8", "replace"), hashlib.sha256))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
