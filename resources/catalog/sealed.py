"""Secrets that lie in the database: encrypted and authenticated (Fernet: AES-128-CBC with HMAC-SHA256).

The key comes from WINNOW_SECRET_KEY, or from the file `secret.key` of the state folder, which is made where it is
first needed. Source: cryptography.io/en/latest/fernet.
"""

import base64
import os
import stat
import threading
from pathlib import Path

from configs.errors import InputError
from resources.home import home

KEY = "WINNOW_SECRET_KEY"
FILE = "secret.key"


class CannotUnsealError(Exception):
    """Another key sealed it, or somebody changed it."""


def seal(secret: bytes) -> bytes:
    """Raises InputError where there can be no key."""
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(key) for key in _keys(make=True)]).encrypt(secret)


def unseal(sealed: bytes) -> bytes:
    """What was sealed with one of the keys. Raises CannotUnsealError, and InputError where there is no key."""
    from cryptography.fernet import Fernet, InvalidToken, MultiFernet

    try:
        return MultiFernet([Fernet(key) for key in _keys(make=False)]).decrypt(sealed)
    except InvalidToken:
        raise CannotUnsealError from None


def derived_keys(purpose: str) -> list[bytes]:
    """Keys of 32 bytes for another purpose than sealing, one of each key that seals: the first signs, all verify.

    Nothing about the others, nor about what seals, follows from one of them (HKDF, RFC 5869). Raises as `seal`.
    """
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = f"winnow {purpose}".encode()
    return [
        HKDF(SHA256(), length=32, salt=None, info=info).derive(base64.urlsafe_b64decode(key))
        for key in _keys(make=True)
    ]


def _keys(*, make: bool) -> list[bytes]:
    """The first one seals, all unseal: a new key goes before the old one, with a comma between them."""
    from cryptography.fernet import Fernet

    named = os.environ.get(KEY, "")
    where, text = (KEY, named) if named else (str(home() / FILE), _key_in_file(home() / FILE, make=make))
    keys = [key.strip().encode() for key in text.split(",") if key.strip()]
    try:
        for key in keys or [b""]:
            Fernet(key)
    except ValueError:
        raise InputError(f"{where} is no key: it must be 32 bytes in URL-safe base64 (44 characters)") from None
    return keys


def _key_in_file(file: Path, *, make: bool) -> str:
    from cryptography.fernet import Fernet

    if make and not file.exists():
        try:  # whole at once: two processes may be first
            temporary = file.with_name(f".{FILE}.{os.getpid()}.{threading.get_ident()}")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as new:
                new.write(Fernet.generate_key() + b"\n")
            try:
                os.link(temporary, file)
            except FileExistsError:
                pass
            finally:
                temporary.unlink()
        except OSError as error:
            raise InputError(f"{file}: cannot be written ({error.strerror}); set {KEY}") from None
    try:
        if stat.S_IMODE(file.stat().st_mode) & 0o077:
            raise InputError(f"{file}: others can read this key; chmod 600 {file}")
        return file.read_text(encoding="ascii")
    except FileNotFoundError:
        raise InputError(f"{file} is missing, with which credentials were sealed; put it back, or set {KEY}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read ({error}); put the key there, or set {KEY}") from None
