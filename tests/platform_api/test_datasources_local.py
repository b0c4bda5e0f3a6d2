"""Local folders as datasources: what may be named, what is stored of it, and what is tried there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from lightly.openapi_generated.swagger_client.exceptions import ApiException

from resources.catalog.datasets import all_datasets

Ask = Callable[..., requests.Response]
LOCAL = {"type": "LOCAL", "purpose": "INPUT", "fullPath": "cats"}


def of_ann(ann: Any, ask: Ask) -> Callable[..., requests.Response]:
    def asked(method: str, path: str, **options: Any) -> requests.Response:
        return ask(method, f"/v1/datasets/{ann.dataset_id}/datasource{path}", **options)

    return asked


def test_a_folder_is_told_to_runs_and_to_whoever_asks(ann: Any, roots: Path) -> None:
    with pytest.raises(ApiException) as none:
        ann.get_datasource()
    assert none.value.status == 404 and "DATASET_DATASOURCE_UNKNOWN" in none.value.body
    ann.set_local_config(relative_path="cats", purpose="INPUT")
    ann.set_local_config(relative_path="lightly/", purpose="LIGHTLY", thumbnail_suffix=None)
    (stored,) = all_datasets()
    assert stored.settings == {
        "datasource": {"input_dir": str(roots / "cats"), "shared_dir": str(roots / "lightly")},
        "run_folder": {"output_dir": str(roots / "lightly" / "runs")},
    }
    assert stored.places == {}
    config = ann.get_datasource().to_dict(by_alias=True)
    id = config.pop("id")
    assert config == {
        "type": "LOCAL",
        "purpose": "INPUT",
        "fullPath": "cats",
        "thumbSuffix": ".lightly/thumbnails/[filename]_thumb.[extension]",
        "webServerLocation": "http://localhost:3456",
    }
    ids = ann.get_dataset_by_id(ann.dataset_id).datasources
    assert len(ids) == 2 and id == ids[0]
    ann.set_local_config(relative_path="cats", purpose="INPUT", thumbnail_suffix="x_[filename].[extension]")
    assert ann.get_datasource().actual_instance.id == id  # the same place
    ann.set_local_config(relative_path="cats/deep", purpose="INPUT")
    assert ann.get_datasource().actual_instance.id != id
    assert all_datasets()[0].settings["datasource"]["input_dir"] == str(roots / "cats" / "deep")


def test_one_config_for_both(ann: Any, roots: Path, ask: Ask) -> None:
    ann.set_local_config(relative_path="cats")
    assert all_datasets()[0].settings == {
        "datasource": {"input_dir": str(roots / "cats"), "shared_dir": str(roots / "cats")},
        "run_folder": {"output_dir": str(roots / "cats" / "runs")},
    }
    ann.set_local_config(relative_path="lightly", purpose="INPUT")  # the last one counts for what it serves
    settings = all_datasets()[0].settings
    assert settings["datasource"] == {"input_dir": str(roots / "lightly"), "shared_dir": str(roots / "cats")}
    asked = of_ann(ann, ask)
    assert asked("GET", "").json()["purpose"] == "INPUT_OUTPUT"
    assert asked("GET", "", params={"purpose": "INPUT"}).json()["fullPath"] == "lightly"
    assert asked("GET", "", params={"purpose": "LIGHTLY"}).json()["code"] == "DATASET_DATASOURCE_UNKNOWN"
    assert asked("GET", "", params={"purpose": "OTHER"}).status_code == 422
    ann.set_local_config(relative_path="cats/deep")
    settings = all_datasets()[0].settings
    assert settings["datasource"] == dict.fromkeys(("input_dir", "shared_dir"), str(roots / "cats" / "deep"))
    assert settings["run_folder"]["output_dir"] == str(roots / "cats" / "deep" / "runs")


def test_what_is_tried(ann: Any, roots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ApiException, match="404"):
        ann.list_datasource_permissions()
    ann.set_local_config(relative_path="cats", purpose="INPUT")
    why = "there is no datasource with purpose LIGHTLY; set one"
    assert ann.list_datasource_permissions() == {
        "can_read": True,
        "can_list": True,
        "can_write": False,
        "can_overwrite": False,
        "errors": {"can_write": why, "can_overwrite": why},
    }
    ann.set_local_config(relative_path="lightly", purpose="LIGHTLY")
    everything = {f"can_{what}": True for what in ("read", "list", "write", "overwrite")}
    assert ann.list_datasource_permissions() == everything
    assert list((roots / "lightly").iterdir()) == []
    (roots / "cats" / "a.jpg").unlink()
    ann.set_local_config(relative_path="cats")
    assert ann.list_datasource_permissions() == everything  # also where nothing is yet
    (roots / "cats" / "deep").rmdir()
    (roots / "cats").rmdir()
    with pytest.raises(ApiException) as gone:
        ann.list_datasource_permissions()
    assert gone.value.status == 422 and "DATASET_DATASOURCE_INVALID" in gone.value.body


def test_no_folder_outside_of_the_roots(ann: Any, roots: Path, ask: Ask, tmp_path: Path, home: Path) -> None:
    (roots / "out").symlink_to(roots.parent)
    (roots / "file").write_bytes(b"")
    asked = of_ann(ann, ask)
    for path in (
        "..", "../root", "cats/..", "cats/../..", "./cats", "cats//deep", str(roots / "cats"), "/", "out", "out/root2",
        "none", "file", "cats/a.jpg", "cats\\..", "~", "file:///etc", "cat\u0085s",
    ):  # fmt: skip
        answer = asked("PUT", "", json={**LOCAL, "fullPath": path})
        assert (answer.status_code, answer.json()["code"]) == (422, "DATASET_DATASOURCE_INVALID"), path
    for path in ("cats\0", "a\nb", "x" * 1501, "\x7f"):
        answer = asked("PUT", "", json={**LOCAL, "fullPath": path})
        assert (answer.status_code, answer.json()["code"]) == (422, "MALFORMED_REQUEST"), path
    assert asked("PUT", "", json={**LOCAL, "fullPath": "out/root/cats"}).status_code == 204  # it leads back in
    assert all_datasets()[0].settings["datasource"]["input_dir"] == str(roots / "cats")


def test_folders_that_are_no_longer_allowed(
    ann: Any, roots: Path, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ann.set_local_config(relative_path="cats")
    monkeypatch.setenv("WINNOW_LOCAL_ROOTS", "")
    for call in (ann.download_raw_samples, ann.list_datasource_permissions):
        with pytest.raises(ApiException) as refused:
            call()
        assert "WINNOW_LOCAL_ROOTS=/that/folder" in refused.value.body and refused.value.status == 422
    with pytest.raises(ApiException, match="local folders are not allowed on this server"):
        ann.set_local_config(relative_path="cats")
    monkeypatch.setenv("WINNOW_LOCAL_ROOTS", str(tmp_path))  # which holds Winnow's own state
    with pytest.raises(ApiException, match="no such folder"):
        ann.set_local_config(relative_path="home")
    (home / "storage").mkdir(exist_ok=True)
    (home / "storage" / "own.jpg").write_bytes(b"")
    ann.set_local_config(relative_path="")
    assert [name for name, _ in ann.download_raw_samples()] == ["outer/root/cats/a.jpg", "outer/secret.jpg"]


def test_bodies_that_are_wrong(ann: Any, roots: Path, ask: Ask) -> None:
    asked = of_ann(ann, ask)
    for body in (
        {},
        {**LOCAL, "more": 1},
        {**LOCAL, "type": "FTP"},
        {**LOCAL, "purpose": "OUTPUT"},
        {**LOCAL, "fullPath": None},
        {**LOCAL, "thumbSuffix": "../[filename]"},
        {**LOCAL, "thumbSuffix": "/[filename]"},
        {**LOCAL, "webServerLocation": "ftp://x"},
        {**LOCAL, "id": "1"},
    ):
        answer = asked("PUT", "", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "MALFORMED_REQUEST"), body
    answer = asked("PUT", "", json={"type": "LIGHTLY", "purpose": "INPUT", "fullPath": ""})
    assert answer.json()["code"] == "DATASET_DATASOURCE_INVALID" and "use a bucket" in answer.json()["error"]
    assert all_datasets()[0].settings == {}


def test_of_others(ann: Any, roots: Path, ask: Ask, other_token: str) -> None:
    ann.set_local_config(relative_path="cats")
    asked = of_ann(ann, ask)
    for method, path in (("GET", ""), ("PUT", ""), ("GET", "/verify"), ("GET", "/list"), ("GET", "/list/dnc")):
        refused = asked(method, path, params={"token": other_token}, json=LOCAL)
        assert (refused.status_code, refused.json()["code"]) == (404, "DATASET_UNKNOWN")
        assert asked(method, path, params={"token": ""}, json=LOCAL).status_code == 401


def test_how_far_somebody_has_come(ann: Any, ask: Ask) -> None:
    assert ann.get_processed_until_timestamp() == 0
    ann.update_processed_until_timestamp(1_700_000_000)
    assert ann.get_processed_until_timestamp() == 1_700_000_000
    assert ann.get_dataset_by_id(ann.dataset_id).datasource_processed_until_timestamp == 1_700_000_000
    asked = of_ann(ann, ask)
    for wrong in (-1, 1.5, "3", None, 1 << 60):
        answer = asked("PUT", "/processedUntilTimestamp", json={"processedUntilTimestamp": wrong})
        assert answer.status_code == 422


def test_where_thumbnails_go(ann: Any, roots: Path, ask: Ask) -> None:
    asked = of_ann(ann, ask)
    default = ".lightly/thumbnails/[filename]_thumb.[extension]"
    ann.set_local_config(relative_path="cats", purpose="INPUT")
    assert all_datasets()[0].thumbnail_suffix is None
    ann.set_local_config(relative_path="lightly", purpose="LIGHTLY")
    assert all_datasets()[0].thumbnail_suffix == default
    for suffix in ("thumbs/[filename].jpg", ".lightly/thumbs/all.jpg", ".lightly/predictions/[filename]"):
        answer = asked("PUT", "", json={**LOCAL, "purpose": "LIGHTLY", "thumbSuffix": suffix})
        assert (answer.status_code, answer.json()["code"]) == (422, "DATASET_DATASOURCE_INVALID")
        assert f"thumbSuffix='{suffix}'" in answer.json()["error"]
    assert all_datasets()[0].thumbnail_suffix == default
    ann.set_local_config(relative_path="lightly", purpose="LIGHTLY", thumbnail_suffix=None)
    assert all_datasets()[0].thumbnail_suffix == ""
