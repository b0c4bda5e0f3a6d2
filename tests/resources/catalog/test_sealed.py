import base64
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from configs.errors import InputError
from resources.catalog.sealed import CannotUnsealError, derived_keys, seal, unseal


def test_what_is_sealed_comes_back_and_shows_nothing(home: Path) -> None:
    sealed = seal(b"secret")
    assert unseal(sealed) == b"secret" and b"secret" not in sealed
    assert seal(b"secret") != sealed  # nor that two are equal
    key = home / "secret.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    before = key.read_bytes()
    seal(b"more")
    assert key.read_bytes() == before
    assert sorted(path.name for path in home.glob("*key*")) == ["secret.key"]


def test_a_changed_byte() -> None:
    sealed = bytearray(seal(b"secret"))
    sealed[20] ^= 1
    with pytest.raises(CannotUnsealError):
        unseal(bytes(sealed))


def test_a_key_that_others_can_read(home: Path) -> None:
    seal(b"secret")
    (home / "secret.key").chmod(0o640)
    with pytest.raises(InputError, match=rf"secret\.key: others can read this key; chmod 600 {home}/secret\.key$"):
        seal(b"secret")


def test_a_key_that_is_gone(home: Path) -> None:
    sealed = seal(b"secret")
    (home / "secret.key").unlink()
    with pytest.raises(InputError, match=r"secret\.key is missing, .*; put it back, or set WINNOW_SECRET_KEY$"):
        unseal(sealed)


@pytest.mark.parametrize("text", ["", "short", "ü" * 44, "a" * 43])
def test_what_is_no_key(home: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    home.mkdir(exist_ok=True)
    (home / "secret.key").write_text(text)
    (home / "secret.key").chmod(0o600)
    with pytest.raises(InputError, match=r"secret\.key"):
        seal(b"secret")
    if text:
        monkeypatch.setenv("WINNOW_SECRET_KEY", text)
        with pytest.raises(InputError, match=r"^WINNOW_SECRET_KEY is no key: it must be 32 bytes") as error:
            seal(b"secret")
        assert text not in str(error.value)


def test_keys_for_other_purposes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    monkeypatch.setenv("WINNOW_SECRET_KEY", old)
    (of_urls,), (of_cursors,) = derived_keys("urls"), derived_keys("cursors")
    assert len({of_urls, of_cursors, base64.urlsafe_b64decode(old)}) == 3 and len(of_urls) == len(of_cursors) == 32
    assert derived_keys("urls") == [of_urls]
    monkeypatch.setenv("WINNOW_SECRET_KEY", f"{new},{old}")
    assert derived_keys("urls")[1:] == [of_urls] != derived_keys("urls")[:1]
    monkeypatch.setenv("WINNOW_SECRET_KEY", "short")
    with pytest.raises(InputError, match="is no key"):
        derived_keys("urls")
