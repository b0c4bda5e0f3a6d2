import os

import pytest

from selection_assets.stages.thread_count import thread_count


def test_thread_count(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (thread_count(0), thread_count(5)) == (0, 5)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3, 7}, raising=False)
    assert thread_count(-1) == 3
