"""Service accounts made for the tests, and what a server checks with their public keys: tokens and signed URLs.

Sources: developers.google.com/identity/protocols/oauth2/service-account#jwt-auth and
cloud.google.com/storage/docs/authentication/canonical-requests.
"""

import base64
import hashlib
import json
import time
from calendar import timegm
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

KNOWN, UNKNOWN = "known", "unknown"  # ids of keys; the server has only the first one
SCOPES = ("https://www.googleapis.com/auth/cloud-platform", "https://www.googleapis.com/auth/devstorage.read_only")
SIGNED_HOST = "storage.googleapis.com"  # obstore signs for it, whatever the address of the server


class Refused(Exception):  # noqa: N818 - an answer, not a fault of the server
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@cache
def _key(name: str) -> rsa.RSAPrivateKey:
    del name
    return rsa.generate_private_key(65537, 2048)


def service_account(url: str, name: str = "reader", key: str = KNOWN) -> dict[str, Any]:
    """The JSON of a key, as Google gives it, with the address of the test's server."""
    pem = _key(key).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "type": "service_account",
        "project_id": "winnow",
        "private_key_id": KNOWN,
        "private_key": pem,
        "client_email": f"{name}@winnow.iam.gserviceaccount.com",
        "client_id": "1",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "universe_domain": "googleapis.com",
        "gcs_base_url": url,
        "allow_http": True,
    }


def caller(method: str, path: str, headers: Mapping[str, str]) -> str:
    """The account that signed a request. Raises Refused."""
    if "X-Goog-Signature=" in path:
        return _of_signed_url(method, path)
    return _of_token(headers.get("Authorization", ""))


def _of_token(text: str) -> str:
    refused = Refused(401, "AuthenticationRequired", "Authentication required.")
    try:
        head, claims, signature = text.removeprefix("Bearer ").split(".")
        _verify(f"{head}.{claims}".encode(), _decoded(signature))
        about, claim = json.loads(_decoded(head)), json.loads(_decoded(claims))
    except (ValueError, InvalidSignature):
        raise refused from None
    if about["alg"] != "RS256" or about["kid"] != KNOWN or claim["iss"] != claim["sub"]:
        raise refused
    if claim["scope"] not in SCOPES or not claim["iat"] <= time.time() + 1 < claim["exp"]:
        raise refused
    return str(claim["iss"]).partition("@")[0]


def _of_signed_url(method: str, path: str) -> str:
    parts = urlsplit(path)
    query = dict(parse_qsl(parts.query))
    signature = bytes.fromhex(query.pop("X-Goog-Signature"))
    canonical = "\n".join(
        (
            method,
            parts.path,
            "&".join(f"{quote(name, safe='')}={quote(text, safe='')}" for name, text in sorted(query.items())),
            f"host:{SIGNED_HOST}",
            "",
            query["X-Goog-SignedHeaders"],
            "UNSIGNED-PAYLOAD",
        )
    )
    account, scope = query["X-Goog-Credential"].split("/", 1)
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    try:
        _verify("\n".join((query["X-Goog-Algorithm"], query["X-Goog-Date"], scope, hashed)).encode(), signature)
    except InvalidSignature:
        raise Refused(403, "SignatureDoesNotMatch", "Access denied.") from None
    began = timegm(time.strptime(query["X-Goog-Date"], "%Y%m%dT%H%M%SZ"))
    if time.time() > began + int(query["X-Goog-Expires"]):
        raise Refused(400, "ExpiredToken", "Invalid argument.")
    return account.partition("@")[0]


def _verify(signed: bytes, signature: bytes) -> None:
    _key(KNOWN).public_key().verify(signature, signed, padding.PKCS1v15(), SHA256())


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
