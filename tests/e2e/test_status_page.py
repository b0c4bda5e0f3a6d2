"""The status page in a real browser: names that are hostile do nothing, jobs move, and what is typed is checked."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from resources.instance import dagster_instance
from resources.platform.bit_masks import BitMask
from resources.platform.datasets import PlatformDataset, create_dataset
from resources.platform.datasources import store_source
from resources.platform.places import place_of
from resources.platform.runs import report_state
from resources.platform.samples import NewSample, append_samples
from resources.platform.scheduled_runs import begin_run, schedule_run, scheduled_runs
from resources.platform.tags import INITIAL_TAG, NewTag, create_tag
from resources.platform.users import User, add_user, create_token
from resources.platform.worker_configs import store_worker_config
from tests.e2e.browser import FIND, Browser, browser
from tests.platform_api.conftest import home, server  # noqa: F401 - fixtures

HOSTILE = "<img src=x onerror=\"document.title='hacked'\">.png"
OTHER = "\u202egnp.exe " + "very long " * 20 + "'\"`${7*7}{{7*7}}.png"


@pytest.fixture
def ann(home: Path) -> User:  # noqa: F811
    return add_user("ann@example.com")


@pytest.fixture
def dataset(ann: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PlatformDataset:
    root = tmp_path / "root"
    (root / "cats").mkdir(parents=True)
    monkeypatch.setenv("WINNOW_LOCAL_ROOTS", str(root))
    with dagster_instance() as instance:
        made = create_dataset(instance, ann, "cats", type="Images")
    config = {"type": "LOCAL", "purpose": "INPUT", "fullPath": "cats"}
    store_source(made, "INPUT", config, place_of(config), None)
    names = ["a.png", HOSTILE, OTHER[:200] + ".png"]
    for name in names:
        Image.new("RGB", (60, 40), "teal").save(root / "cats" / name)
    append_samples(made.id, [NewSample(name) for name in names])
    create_tag(made.id, NewTag(INITIAL_TAG, BitMask.full(3), 3))
    return made


@pytest.fixture
def page(server: str, ann: User, tmp_path: Path) -> Iterator[Browser]:  # noqa: F811
    with browser(tmp_path) as opened:
        opened.open(server)
        opened.wait_for_text("Log in with the token")
        wait_for(
            opened, "document.readyState === 'complete' && document.querySelector('.login button').offsetHeight > 20"
        )
        opened.value("document.getElementById('token').focus()")
        opened.type(create_token("ann@example.com"))
        wait_for(opened, "document.getElementById('token').value.length > 20")
        click(opened, "^Log in$")
        opened.wait_for_text("ann@example.com")
        yield opened


def click(page: Browser, words: str) -> None:
    """On a link or button, wherever it is at this moment: pages that refresh themselves move."""
    found = FIND.format(words=json.dumps(words), tags=json.dumps("button, a"))
    wait_for(page, f"(e => e && (e.click(), true))({found})")


def wait_for(page: Browser, expression: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not page.value(expression):
        assert time.monotonic() < deadline, f"{expression}\n{page.text()}"
        time.sleep(0.1)


def test_a_person_follows_a_job(page: Browser, ann: User, dataset: PlatformDataset) -> None:
    page.open(page.value("location.href"))
    click(page, "^cats$")
    page.wait_for_text("Schedule a run")
    # All pictures are there, whatever they are called, and nothing in their names has done anything.
    wait_for(page, "[...document.querySelectorAll('.pictures img')].filter(e => e.naturalWidth === 60).length === 3")
    assert page.value("document.querySelectorAll('.pictures bdi')[1].textContent") == HOSTILE
    assert page.value("document.querySelectorAll('img[src=x]').length") == 0
    assert page.value("document.title") == "cats · Winnow"
    assert page.value("document.documentElement.scrollWidth <= window.innerWidth")
    page.call("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=False)
    wait_for(page, "window.innerWidth === 400 && document.documentElement.scrollWidth <= 400")
    page.call("Emulation.clearDeviceMetricsOverride")

    # What is typed is checked as it is typed.
    page.wait_for_text("Selects 50 samples by EMBEDDINGS × DIVERSITY")
    page.value("document.getElementById('worker_config').focus()")
    page.value("document.getElementById('worker_config').select()")
    page.type('{"enable_trainin": true}')
    page.wait_for_text("worker_config.enable_trainin does not exist")
    page.value("document.getElementById('worker_config').select()")
    page.type('{"enable_training": false}')
    page.wait_for_text("without training. Selects 50 samples")
    click(page, "^Schedule$")
    page.wait_for_text("Waits; priority mid")
    (job,) = scheduled_runs(dataset.id)

    # The page follows what becomes of it, by itself.
    begin_run(job.id, None)
    report_state(job.id, "EMBEDDING", "Embedding the samples.")
    page.wait_for_text("Embedding the samples")
    assert page.value("document.querySelector('progress').value > 1")
    report_state(job.id, "COMPLETED", f"It has ended {HOSTILE}")
    page.wait_for_text("It has ended <img")
    assert page.value("document.title") == "cats · Winnow"


def test_a_job_is_cancelled_and_a_session_ended(page: Browser, ann: User, dataset: PlatformDataset) -> None:
    config = store_worker_config(ann, "V4", {"worker_config": {}, "selection_config": None, "lightly_config": None})
    schedule_run(ann, dataset.id, config, "LOW", [])
    page.wait_for_text("Waits; priority low")
    click(page, "^Cancel$")
    page.wait_for_text("No job waits")
    assert scheduled_runs(dataset.id) == []
    click(page, "^Log out$")
    page.wait_for_text("Log in with the token")
