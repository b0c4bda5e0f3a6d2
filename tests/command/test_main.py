import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from configs.errors import InputError
from configs.spellings.flat_options import COMMAND_OPTIONS, OPTIONS
from configs.spellings.unsupported_options import UNSUPPORTED
from selection_assets.command.main import main


def test_help_of_run_lists_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--help"]) == 0
    text = capsys.readouterr().out
    assert [key for key in (*OPTIONS, *COMMAND_OPTIONS, *UNSUPPORTED) if f"{key}=" not in text] == []
    assert "stopping_condition.n_samples=-1  (int | float)" in text


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from selection_assets.command.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'dagster', 'torch', 'polars', 'numpy', 'sklearn', 'matplotlib', 'weasyprint', 'lightly'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_the_code_location_imports_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; import selection_assets.definitions\n"
        "heavy = {'torch', 'sklearn', 'matplotlib', 'seaborn', 'weasyprint', 'lightly', 'numba', 'faiss', 'fastumap'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()"
    )
    environment = {"DAGSTER_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr


def test_sanity_check_needs_neither_data_nor_token(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    assert main(["run", "sanity_check=True"]) == 0
    text = capsys.readouterr().out
    assert "installation is complete" in text
    assert not (tmp_path / "home").exists()


def test_a_bug_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("one\ntwo")

    monkeypatch.setattr("configs.spellings.flat_options.parse_flat_options", broken)
    monkeypatch.delenv("WINNOW_TRACEBACK", raising=False)
    assert main(["run", "a=b"]) == 1
    assert "winnow: error: ZeroDivisionError: one two (this is a bug" in capsys.readouterr().err
    monkeypatch.setenv("WINNOW_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError, match=r"^one\ntwo$"):
        main(["run", "a=b"])


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("input_dir=x is gone; mount it"), 2, "winnow: error: input_dir=x is gone; mount it\n"),
        (
            KeyboardInterrupt(), 130,
            "winnow: interrupted; finished steps are kept: run the same command again to go on\n",
        ),
        (
            ValueError("x" * 600), 1,
            f"winnow: error: ValueError: {'x' * 500} (this is a bug; WINNOW_TRACEBACK=1 shows where)\n",
        ),
    ],
)  # fmt: skip
def test_exit_codes_and_the_line_for_each(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
) -> None:
    def end(*_: object) -> None:
        raise error

    monkeypatch.delenv("WINNOW_TRACEBACK", raising=False)
    monkeypatch.setattr("selection_assets.command.run.select", end)
    assert main(["run", "a=b"]) == code
    assert capsys.readouterr() == ("", said)


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"winnow {version('winnow')}\n"


def test_files_and_tokens_may_stand_in_any_order(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    monkeypatch.setattr("selection_assets.command.run.select", lambda *given: seen.append(given))
    assert main(["run", "a=1", "--worker-config", "w.json", "b=2", "--lightly-config=l.yaml", "c=3"]) == 0
    assert seen == [(["a=1", "b=2", "c=3"], {"worker_config": "w.json", "lightly_config": "l.yaml"})]
    for wrong in (["run", "a=1", "--selection", "x"], ["run", "--worker-config"], ["ui", "a=1"]):
        with pytest.raises(SystemExit) as stopped:
            main(wrong)
        assert stopped.value.code == 2


def test_an_old_option_that_asks_for_nothing_is_passed_over_with_a_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", "upload_report=True", "output_dir=out"]) == 2
    shown = capsys.readouterr()
    assert [line.partition("] ")[2] for line in shown.out.splitlines()] == [
        "upload_report=True: there is no platform to upload to; ignored"
    ]
    assert shown.err.startswith("winnow: error: nothing to select from; ")
