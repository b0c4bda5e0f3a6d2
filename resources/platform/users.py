"""Users, by e-mail address, and their tokens, of which only a hash is kept.

A token is 32 random bytes: nobody finds it by trying, so that a plain hash is enough.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from configs.errors import InputError
from resources.catalog.database import catalog_reading, catalog_transaction
from resources.catalog.platform_schema import TOKENS, USERS
from resources.platform.ids import ID, new_id, now_ms

EMAIL = re.compile(r"[^\s@,;<>\"']{1,64}@[^\s@,;<>\"']{1,189}")


@dataclass(frozen=True)
class User:
    id: str
    email: str
    created: int


@dataclass(frozen=True)
class Token:
    """ending: its last four characters, by which a person knows it again. created, revoked: ms; None: it is valid."""

    id: str
    email: str
    ending: str
    created: int
    revoked: int | None


_USER = (USERS.c.id, USERS.c.email, USERS.c.created)
_OF_TOKEN = (  # asked with every request: made once
    select(*_USER, TOKENS.c.hash)
    .join(TOKENS, USERS.c.id == TOKENS.c.user)
    .where(TOKENS.c.hash == bindparam("given"), TOKENS.c.revoked.is_(None))
)


def add_user(email: str) -> User:
    """Raises InputError for what is no address, and where there is the user already."""
    user = User(new_id(), plain_email(email), now_ms())
    try:
        with catalog_transaction() as connection:
            connection.execute(insert(USERS).values(id=user.id, email=user.email, created=user.created))
    except IntegrityError:
        raise InputError(f"user {user.email} exists already; winnow token create {user.email} gives a token") from None
    return user


def plain_email(email: str) -> str:
    """In lower case. Raises InputError for what is no address."""
    plain = email.strip().lower()
    if not EMAIL.fullmatch(plain) or not plain.isprintable():
        raise InputError(f"{email!a} is no e-mail address; write name@host")
    return plain


def all_users() -> list[User]:
    """By address."""
    with catalog_reading() as connection:
        return [User(*row) for row in connection.execute(select(*_USER).order_by("email"))]


def find_user(email: str) -> User:
    """Raises InputError where there is none of this address."""
    with catalog_reading() as connection:
        found = connection.execute(select(*_USER).where(USERS.c.email == plain_email(email)))
        row = found.one_or_none()
    if row is None:
        raise InputError(f"there is no user {email}; winnow user add {email} adds one")
    return User(*row)


def remove_user(email: str) -> None:
    """With their tokens. Raises InputError where there is none, or where datasets belong to them."""
    user = find_user(email)
    try:
        with catalog_transaction() as connection:
            connection.execute(delete(TOKENS).where(TOKENS.c.user == user.id))
            connection.execute(delete(USERS).where(USERS.c.id == user.id))
    except IntegrityError:
        raise InputError(f"user {user.email} has datasets or runs; revoke their tokens instead") from None


def create_token(email: str) -> str:
    """A new token, which is told this once. Raises InputError where there is no such user."""
    user = find_user(email)
    token = secrets.token_urlsafe(32)
    with catalog_transaction() as connection:
        connection.execute(
            insert(TOKENS).values(
                id=new_id(), user=user.id, hash=_hash(token), ending=token[-4:], created=now_ms(), revoked=None
            )
        )
    return token


def all_tokens() -> list[Token]:
    """Oldest first, the revoked ones, too."""
    columns = (TOKENS.c.id, USERS.c.email, TOKENS.c.ending, TOKENS.c.created, TOKENS.c.revoked)
    with catalog_reading() as connection:
        query = select(*columns).join(USERS, USERS.c.id == TOKENS.c.user).order_by(TOKENS.c.created, TOKENS.c.id)
        return [Token(*row) for row in connection.execute(query)]


def revoke_token(given: str) -> None:
    """By its id, or by the token itself. Raises InputError where there is none that is valid."""
    is_it = TOKENS.c.id == given if ID.fullmatch(given) else TOKENS.c.hash == _hash(given)
    with catalog_transaction() as connection:
        done = connection.execute(update(TOKENS).where(is_it, TOKENS.c.revoked.is_(None)).values(revoked=now_ms()))
    if not done.rowcount:
        raise InputError("there is no such valid token; winnow token list shows their ids")


def user_of_token(token: str) -> User | None:
    """Whose it is; None for one that is unknown or revoked."""
    hashed = _hash(token)
    with catalog_reading() as connection:
        row = connection.execute(_OF_TOKEN, {"given": hashed}).one_or_none()
    return User(row.id, row.email, row.created) if row and hmac.compare_digest(row.hash, hashed) else None


def token_id(token: str) -> str:
    """By which a session knows the token. Empty for one that is unknown or revoked."""
    query = select(TOKENS.c.id).where(TOKENS.c.hash == _hash(token), TOKENS.c.revoked.is_(None))
    with catalog_reading() as connection:
        return str(connection.execute(query).scalar_one_or_none() or "")


def user_of_token_id(id: str) -> User | None:
    """Whose token it is; None for one that is unknown or revoked."""
    query = (
        select(*_USER).join(TOKENS, USERS.c.id == TOKENS.c.user).where(TOKENS.c.id == id, TOKENS.c.revoked.is_(None))
    )
    with catalog_reading() as connection:
        row = connection.execute(query).one_or_none()
    return User(*row) if row else None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
