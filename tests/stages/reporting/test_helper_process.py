import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from configs.errors import InputError
from selection_assets.stages.reporting import helper_process
from selection_assets.stages.reporting.helper_process import HelperProcess

ROOT = Path(__file__).parents[3]


def noisy_sum(a: int, b: int) -> tuple[int, int]:
    print("noise on standard output")
    os.write(1, b"and below it")
    return a + b, os.getpid()


def fail() -> None:
    raise InputError("bad input")


def end_the_process(parent: int) -> int:
    if os.getpid() != parent:
        os._exit(3)
    return parent


def is_imported(module: str) -> bool:
    return module in sys.modules


def unpicklable() -> object:
    return lambda: None


@pytest.fixture
def helper() -> Iterator[HelperProcess]:
    made = HelperProcess("test", ("no_such_module", "colorsys"))
    yield made
    made.kill()


def test_work_is_done_in_one_other_process_in_order(helper: HelperProcess) -> None:
    answers = [future.result(60) for future in [helper.submit(noisy_sum, i, b=1) for i in range(5)]]
    assert [total for total, _ in answers] == [1, 2, 3, 4, 5]
    assert len({pid for _, pid in answers}) == 1
    assert answers[0][1] != os.getpid()


def test_what_the_work_will_need_is_imported_before(helper: HelperProcess) -> None:
    assert helper.submit(is_imported, "colorsys").result(60)


def test_errors_come_back_and_the_process_goes_on(helper: HelperProcess) -> None:
    with pytest.raises(InputError, match="bad input"):
        helper.submit(fail).result(60)
    with pytest.raises(RuntimeError, match="lambda"):
        helper.submit(unpicklable).result(60)
    assert helper.submit(noisy_sum, 1, 2).result(60)[0] == 3


def test_work_of_a_dead_process_is_done_here(helper: HelperProcess, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "winnow"):
        assert helper.submit(end_the_process, os.getpid()).result(60) == os.getpid()
        assert helper.submit(noisy_sum, 1, 2).result(60) == (3, os.getpid())
    assert len([r for r in caplog.records if "going on without it" in r.message]) == 1


def test_work_is_done_here_when_no_process_starts(helper: HelperProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helper_process.sys, "executable", "/no/such/python")
    assert helper.submit(noisy_sum, 1, 2).result(60) == (3, os.getpid())
    with pytest.raises(InputError, match="bad input"):
        helper.submit(fail).result(60)


def test_stop_finishes_the_queue_and_a_new_process_starts_when_needed(helper: HelperProcess) -> None:
    first = helper.submit(noisy_sum, 1, 1)
    helper.stop()
    second = helper.submit(noisy_sum, 2, 2)
    assert first.result(60)[0] == 2
    assert second.result(60)[0] == 4
    assert first.result()[1] != second.result()[1]


def test_processes_that_were_never_used_end_with_their_parent() -> None:
    script = (
        "from selection_assets.stages.reporting.helper_process import DRAWING, LAYOUT, warm_up\n"
        "warm_up()\nprint(DRAWING._child.pid, LAYOUT._child.pid)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    pids = [int(word) for word in done.stdout.split()]
    assert len(pids) == 2
    _wait_for_end(pids)


def test_the_end_of_the_parent_ends_work_that_nobody_waits_for() -> None:
    """In silence; and a signal to the group of the run is the run's to handle."""
    script = (
        "import os, signal, time\n"
        "from selection_assets.stages.reporting.helper_process import HelperProcess\n"
        "helper = HelperProcess('test', ())\n"
        "first = helper.submit(os.getpid)\n"
        "helper.submit(time.sleep, 3600)\n"
        "signal.signal(signal.SIGTERM, lambda *_: None)\n"
        "child = first.result(60)\n"
        "os.killpg(0, signal.SIGTERM)\n"
        "time.sleep(0.5)\n"
        "print(child, helper._child.poll(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False, start_new_session=True
    )
    assert (done.returncode, done.stderr) == (-9, "")
    pid, ended = done.stdout.split()
    assert ended == "None"
    _wait_for_end([int(pid)])


def test_a_home_that_cannot_be_written_to_is_no_news(tmp_path: Path) -> None:
    script = (
        "from selection_assets.stages.reporting.helper_process import DRAWING\n"
        "import os\nDRAWING.submit(os.getpid).result(60)\n"
    )
    home = tmp_path / "file"
    home.write_text("")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("XDG_", "MPL"))}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**environment, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


def _wait_for_end(pids: list[int]) -> None:
    for _ in range(100):
        if not any(_alive(pid) for pid in pids):
            return
        time.sleep(0.1)
    raise AssertionError("a helper process outlives its parent")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rsplit(")", 1)[1].split()[0] == "Z")
