import stat
from pathlib import Path

import pytest

from configs.errors import InputError
from resources.catalog.sealed import CannotUnsealError, seal, unseal


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
