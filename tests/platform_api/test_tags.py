"""Tags and exports, by the real client and by bare requests."""

from collections.abc import Callable

import numpy as np
import pytest
import requests
from lightly.openapi_generated.swagger_client.exceptions import ApiException
from sqlalchemy import insert

from platform_api.routes import exports
from resources.catalog.database import catalog_transaction
from resources.catalog.platform_schema import DATASOURCES
from resources.platform.bit_masks import BitMask
from resources.platform.datasets import PlatformDataset
from resources.platform.samples import NewSample, append_samples
from resources.platform.scores import scores_of
from resources.platform.tags import NewTag, create_tag, find_tag
from tests.platform_api.conftest import Client
from tests.platform_api.filled import filled

Ask = Callable[..., requests.Response]
UNKNOWN = "0123456789abcdef01234567"


def read_urls(dataset: PlatformDataset, request: object, *, redirected: bool = False) -> Callable[[str], str]:
    assert redirected
    return lambda key: f"http://host/{dataset.id}/{key}"


def lie_at(dataset_id: str, path: str) -> None:
    with catalog_transaction() as connection:
        values = {"dataset": dataset_id, "purpose": "INPUT", "id": UNKNOWN, "config": {"fullPath": path}, "changed": 0}
        connection.execute(insert(DATASOURCES).values(values))


def test_tags_are_created_read_and_deleted(client: Client, token: str) -> None:
    ann = client(token)
    filled(ann, "cats")
    first = ann.get_tag_by_name("initial-tag")
    assert (first.prev_tag_id, first.bit_mask_data, first.tot_size) == (None, "0xfff", 12)
    made = ann.create_tag_from_filenames(["folder/1.png", "folder/11.png"], "some tag")
    tag = ann.get_tag_by_id(made.id)
    assert (tag.name, tag.bit_mask_data, tag.prev_tag_id) == ("some tag", hex(1 << 1 | 1 << 11), first.id)
    assert [each.id for each in ann.get_all_tags()] == [first.id, tag.id]
    assert ann.get_filenames_in_tag(tag) == ["folder/1.png", "folder/11.png"]
    part = ann.get_tag_by_id(ann.create_tag_from_filenames(["folder/1.png"], "a part", tag.id).id)
    assert ann.get_filenames_in_tag(part, exclude_parent_tag=True) == []
    assert ann.get_filenames_in_tag(first) == [f"folder/{i}.png" for i in range(12)]
    ann.upload_scores({"margin": np.array([0.25, 0.75]), "one": np.array([1, 2])}, tag.id)
    stored = find_tag(ann.dataset_id, tag.id)
    assert stored
    margins = scores_of(stored, "margin")
    assert margins is not None and margins.tolist() == [0.25, 0.75]
    for name, code in (("initial-tag", "IS_INITIAL"), ("some tag", "NOT_A_LEAF")):
        with pytest.raises(ApiException) as refused:
            ann.delete_tag_by_name(name)
        assert f"TAG_UNDELETABLE_{code}" in refused.value.body
    ann.delete_tag_by_id(part.id)
    ann.delete_tag_by_name("some tag")
    assert [each.id for each in ann.get_all_tags()] == [first.id]


def test_set_operations(client: Client, token: str, ask: Ask) -> None:
    ann = client(token)
    id = filled(ann, "cats")
    one = create_tag(id, NewTag("one", BitMask.of_hex("0x0f3"), 12)).id
    two = create_tag(id, NewTag("two", BitMask.of_hex("0xf11"), 12)).id
    path = f"/v1/datasets/{id}/tags/arithmetics/bitmask"
    body = {"tagId1": one, "tagId2": two}
    for operation, expected in (("UNION", 0xFF3), ("INTERSECTION", 0x011), ("DIFFERENCE", 0x0E2)):
        answer = ask("POST", path, json=body | {"operation": operation})
        assert (answer.status_code, answer.json()) == (200, {"bitMaskData": hex(expected)})
    answer = ask("POST", path, json=body | {"operation": "UNION", "newTagName": "both", "creator": "USER_PIP"})
    both = ann.get_tag_by_name("both")
    assert answer.json() == {"bitMaskData": both.bit_mask_data} == {"bitMaskData": "0xff3"}
    assert (both.prev_tag_id, both.changes[0].changes.arithmetics.tag2) == (one, "two")
    again = ask("POST", path, json=body | {"operation": "UNION", "newTagName": "both"})
    assert (again.status_code, again.json()["code"]) == (409, "TAG_NAME_EXISTS")
    assert ask("POST", path, json={"tagId1": one, "tagId2": UNKNOWN, "operation": "UNION"}).status_code == 404


def test_tags_that_are_refused(client: Client, token: str, other_token: str, ask: Ask) -> None:
    ann, bob = client(token), client(other_token)
    id, foreign = filled(ann, "cats"), filled(bob, "dogs")
    mine, theirs = ann.get_tag_by_name("initial-tag").id, bob.get_tag_by_name("initial-tag").id
    good = {"name": "some", "prevTagId": mine, "bitMaskData": "0x5", "totSize": 12, "creator": "USER_PIP"}
    for change, status, code in (
        ({"prevTagId": theirs}, 422, "TAG_PREVTAG_NOT_IN_DATASET"),
        ({"queryTagId": theirs}, 422, "TAG_QUERYTAG_NOT_IN_DATASET"),
        ({"preselectedTagId": UNKNOWN}, 422, "TAG_PRESELECTEDTAG_NOT_IN_DATASET"),
        ({"runId": UNKNOWN}, 404, "DOCKER_RUN_UNKNOWN"),
        ({"name": "initial-tag"}, 409, "TAG_NAME_EXISTS"),
        ({"bitMaskData": "0x1000"}, 422, "DATASET_TAG_INVALID"),
        ({"totSize": 13}, 422, "DATASET_TAG_INVALID"),
        ({"bitMaskData": "0x" + "f" * 10_000_000}, 422, "DATASET_TAG_INVALID"),
        ({"bitMaskData": "0xF"}, 422, "MALFORMED_REQUEST"),
        ({"bitMaskData": "15"}, 422, "MALFORMED_REQUEST"),
        ({"bitMaskData": "0x5\n"}, 422, "MALFORMED_REQUEST"),
        ({"name": "a\nb"}, 422, "MALFORMED_REQUEST"),
        ({"name": "<script>"}, 422, "MALFORMED_REQUEST"),
        ({"totSize": "12"}, 422, "MALFORMED_REQUEST"),
        ({"totSize": -1}, 422, "MALFORMED_REQUEST"),
        ({"creator": "ROOT"}, 422, "MALFORMED_REQUEST"),
        ({"changes": {"more": 1}}, 422, "MALFORMED_REQUEST"),
    ):
        answer = ask("POST", f"/v1/datasets/{id}/tags", json=good | change)
        assert (answer.status_code, answer.json()["code"]) == (status, code), change
    assert ask("POST", f"/v1/datasets/{foreign}/tags", json=good).json()["code"] == "DATASET_UNKNOWN"
    for path in (UNKNOWN, theirs, f"{theirs}/export/basic/filenames"):
        answer = ask("GET", f"/v1/datasets/{id}/tags/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "TAG_UNKNOWN")
    for scores in ([], [1.0], ["1"] * 12, [True] * 12):
        assert (
            ask("POST", f"/v1/datasets/{id}/tags/{mine}/scores", json={"scoreType": "a", "scores": scores}).status_code
            == 422
        )
    body = b'{"scoreType": "a", "scores": [NaN, 1,1,1,1,1,1,1,1,1,1,1]}'
    kind = {"Content-Type": "application/json"}
    assert ask("POST", f"/v1/datasets/{id}/tags/{mine}/scores", data=body, headers=kind).status_code == 422
    changes = {"samples": {"method": "added", "count": 2, "added": 2, "removed": 0}, "scatterplot": None}
    full = good | {"bitMaskData": "0x0005", "changes": changes, "queryTagId": mine}
    assert ask("POST", f"/v1/datasets/{id}/tags", json=full).status_code == 201
    tag = ann.get_tag_by_name("some")
    assert (tag.bit_mask_data, tag.query_tag_id, tag.changes[0].changes.samples.added) == ("0x5", mine, 2)


def test_file_names_are_exported_whole(client: Client, token: str, ask: Ask) -> None:
    """The client counts characters, the server samples: whatever the lengths, none is lost and none comes twice."""
    ann = client(token)
    ann.create_dataset("cats")
    id = ann.dataset_id
    number = 12_000
    short = [chr(0x4E00 + i) for i in range(number)]  # of one character: pages as short as can be
    append_samples(id, (NewSample(name) for name in short))
    for name, indices in (
        ("all", range(number)),
        ("two pages", range(10_000)),
        ("sparse", range(0, number, 7)),
        ("one", [11_999]),
        ("none", []),
    ):
        tag = create_tag(id, NewTag(name, BitMask.of_indices(indices), number)).id
        assert ann.export_filenames_by_tag_id(tag) == "\n".join(short[i] for i in indices)
        path = f"/v1/datasets/{id}/tags/{tag}/export/basic/filenames"
        assert ask("GET", path).json() == "\n".join(short[i] for i in indices)
        assert ask("GET", path, params={"format": "PLAIN"}).content.decode() == "\n".join(short[i] for i in indices)
    append_samples(id, [NewSample("1e5")])
    only = create_tag(id, NewTag("a number", BitMask.of_indices([number]), number + 1))
    assert ann.export_filenames_by_tag_name(only.name) == "1e5"


def test_exports_of_every_form(client: Client, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "read_urls", read_urls)
    monkeypatch.setattr(exports, "BLOCK", 2)
    ann = client(token)
    id = filled(ann, "cats")
    names = ["folder/1.png", "folder/5.png", "folder/11.png"]
    tag = ann.create_tag_from_filenames(names, "some").id
    with pytest.raises(Exception, match="no datasource with its samples"):
        ann.export_filenames_and_read_urls_by_tag_id(tag)
    lie_at(id, "s3://bucket/in")
    assert ann.export_filenames_and_read_urls_by_tag_name("some") == [
        {"fileName": name, "readUrl": f"http://host/{id}/{name}", "datasourceUrl": f"s3://bucket/in/{name}"}
        for name in names
    ]
    tasks = ann.export_label_studio_tasks_by_tag_name("some")
    assert [(each.id, each.data.image, each.data.lightly_file_name) for each in tasks] == [
        (i, f"http://host/{id}/{name}", name) for i, name in zip((1, 5, 11), names, strict=True)
    ]
    assert ann.export_label_box_data_rows_by_tag_id(tag) == [
        {"externalId": name, "imageUrl": f"http://host/{id}/{name}"} for name in names
    ]
    assert ann.export_label_box_v4_data_rows_by_tag_name("some") == [
        {"row_data": f"http://host/{id}/{name}", "global_key": name, "media_type": "IMAGE"} for name in names
    ]
    told = ann._tags_api.export_tag_to_label_studio_tasks(
        dataset_id=id, tag_id=tag, include_meta_data=True, preview_example=True, file_name_format="DATASOURCE_FULL"
    )
    assert [each.data.lightly_file_name for each in told] == ["s3://bucket/in/folder/1.png"]
    assert told[0].data.lightly_meta_info.meta_data.size_in_bytes == 101


def test_what_exports_cannot_do_is_said(client: Client, token: str, ask: Ask) -> None:
    ann = client(token)
    id = filled(ann, "cats")
    path = f"/v1/datasets/{id}/tags/{ann.get_tag_by_name('initial-tag').id}/export"
    for form, query, words in (
        ("basic/filenames", {"expiresIn": 10}, "expiresIn"),
        ("basic/filenames", {"accessControl": "default"}, "access control"),
        ("basic/filenames", {"includeMetaData": "True"}, "includeMetaData"),
        ("LabelBox/datarows", {"includeMetaData": "True"}, "includeMetaData"),
        ("LabelStudio/tasks", {"format": "PLAIN"}, "format"),
        ("LabelBoxV4/datarows", {"fileNameFormat": "OTHER"}, "fileNameFormat"),
        ("basic/filenames", {"pageSize": 0}, "pageSize"),
        ("basic/filenames", {"pageOffset": -1}, "pageOffset"),
        ("basic/filenames", {"pageSize": 10**30}, "pageSize"),
        ("basic/filenames", {"fileNameFormat": "DATASOURCE_FULL"}, "datasource"),
    ):
        answer = ask("GET", f"{path}/{form}", params=query)
        assert answer.status_code in (404, 422) and words in answer.json()["error"], answer.text
    assert ask("GET", f"{path}/LabelBox/datarows").status_code == 404  # no datasource yet
    past = {"pageOffset": 1 << 31, "pageSize": 1 << 31}
    assert ask("GET", f"{path}/basic/filenames", params=past).json() == ""
    assert ask("GET", f"{path}/LabelStudio/tasks", params=past).json() == []
