import os
from pathlib import Path

import pytest
import yaml

from configs.errors import InputError
from resources.home import home, is_default_home


def test_a_new_home_has_the_packaged_settings_and_an_old_one_keeps_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", "a/b")
    assert home() == tmp_path / "a" / "b"
    assert os.environ["DAGSTER_HOME"] == str(tmp_path / "a" / "b")
    settings = yaml.safe_load((tmp_path / "a" / "b" / "dagster.yaml").read_text(encoding="utf-8"))
    assert settings["telemetry"] == {"enabled": False}
    (limit,) = settings["concurrency"]["runs"]["tag_concurrency_limits"]
    assert (limit["key"], limit["limit"]) == ("dagster/partition", 1)
    assert "pools" not in settings["concurrency"]
    (tmp_path / "a" / "b" / "dagster.yaml").write_text("telemetry: {enabled: true}\n", encoding="utf-8")
    home()
    assert (tmp_path / "a" / "b" / "dagster.yaml").read_text(encoding="utf-8") == "telemetry: {enabled: true}\n"


def test_the_default_is_below_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home() == tmp_path / ".winnow"
    assert is_default_home()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "other"))
    assert not is_default_home()


def test_nobody_knows_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setattr(Path, "expanduser", lambda path: unknown(path) if str(path).startswith("~") else path)
    assert home() == tmp_path
    assert not is_default_home()
    for name in ("", "~nobody-of-this-name/x"):
        monkeypatch.setenv("DAGSTER_HOME", name)
        with pytest.raises(InputError, match="set DAGSTER_HOME"):
            home()


def test_what_cannot_be_a_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for name in ("file", "file/below"):
        monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / name))
        with pytest.raises(InputError, match=rf"^{tmp_path}/{name} is no folder; set DAGSTER_HOME"):
            home()
    monkeypatch.setenv("DAGSTER_HOME", "/proc/1/winnow")
    with pytest.raises(InputError, match=r"^/proc/1/winnow: .*; set DAGSTER_HOME"):
        home()
    (tmp_path / "read_only").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "read_only"))
    home()
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(InputError, match=r"read_only cannot be written to; set DAGSTER_HOME"):
        home()
