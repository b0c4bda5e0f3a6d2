"""Datasets of the platform, by the real client and by bare requests."""

from collections.abc import Callable

import pytest
import requests
from lightly.openapi_generated.swagger_client.exceptions import ApiException

from resources.catalog.datasets import all_datasets
from resources.instance import dagster_instance
from resources.platform.datasets import own_datasets
from resources.platform.users import find_user
from tests.platform_api.conftest import Client

Ask = Callable[..., requests.Response]
UNKNOWN = "0123456789abcdef01234567"


def test_a_dataset_is_created_found_and_deleted(client: Client, token: str) -> None:
    ann = client(token)
    assert ann.get_all_datasets() == [] and not ann.dataset_name_exists("my cats_1")
    ann.create_dataset("my cats_1")
    found = ann.get_dataset_by_id(ann.dataset_id)
    assert (found.name, found.type, found.img_type, found.n_samples) == ("my cats_1", "Images", "full", 0)
    assert found.created_at == found.last_modified_at > 1_700_000_000_000
    assert ann.dataset_name_exists("my cats_1") and ann.dataset_exists(found.id) and ann.dataset_type == "Images"
    assert [each.id for each in ann.get_datasets_by_name("my cats_1")] == [found.id]
    with pytest.raises(ValueError, match="already exists"):
        ann.create_dataset("my cats_1")
    ann.create_new_dataset_with_unique_name("my cats_1", dataset_type="Videos")
    assert ann.get_dataset_by_id(ann.dataset_id).name == "my cats_1_1"
    assert [(each.name, each.type) for each in all_datasets()] == [("my-cats_1", "images"), ("my-cats_1_1", "videos")]
    ann.delete_dataset_by_id(found.id)
    assert not ann.dataset_exists(found.id)
    assert [each.name for each in ann.get_all_datasets()] == ["my cats_1_1"]
    with dagster_instance() as instance:
        assert instance.get_dynamic_partitions("datasets") == ["my-cats_1_1"]


def test_whom_a_dataset_is_shared_with(client: Client, token: str, other_token: str) -> None:
    ann, bob = client(token), client(other_token)
    ann.create_dataset("cats")
    bob.create_dataset("cats")  # a name belongs to an owner
    assert len({each.dataset for each in own_datasets(find_user("ann@example.com"))}) == 1
    id = ann.dataset_id
    assert ann.get_shared_users(id) == [] and not bob.dataset_exists(id)
    ann.share_dataset_only_with(dataset_id=id, user_emails=["Bob@Example.com", "later@example.com"])
    assert ann.get_shared_users(id) == ["bob@example.com", "later@example.com"]
    assert bob.dataset_exists(id) and [each.id for each in bob.get_datasets(shared=True)] == [id]
    assert [each.id for each in bob.get_datasets(shared=False)] == [bob.dataset_id]
    assert len(bob.get_all_datasets()) == 2 and ann.get_datasets(shared=True) == []
    with pytest.raises(ApiException) as refused:
        bob.delete_dataset_by_id(id)
    assert refused.value.status == 403
    ann.share_dataset_only_with(dataset_id=id, user_emails=[])
    assert ann.get_shared_users(id) == [] and not bob.dataset_exists(id)


def test_bodies_that_are_wrong(ask: Ask) -> None:
    for body, words in (
        (b"{", "JSON"),
        (b"[]", "body"),
        (b'{"name": "x"}', "body.name"),
        (b'{"name": "../../etc"}', "body.name"),
        (b'{"name": "cats", "more": 1}', "body.more"),
        (b'{"name": "cats", "type": "Other"}', "body.type"),
    ):
        answer = ask("POST", "/v1/datasets", data=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422) and answer.json()["code"] == "MALFORMED_REQUEST"
        assert words in answer.json()["error"]
    assert ask("POST", "/v1/datasets", json={"name": "cats", "type": "Images"}).status_code == 201
    again = ask("POST", "/v1/datasets", json={"name": "cats"})
    assert (again.status_code, again.json()["code"]) == (409, "DATASET_NAME_EXISTS")
    for path in (f"/v1/datasets/{UNKNOWN}", f"/v1/datasets/{UNKNOWN}/collaboration/access"):
        assert ask("GET", path).json()["code"] == "DATASET_UNKNOWN" and ask("GET", path).status_code == 404
    assert ask("GET", "/v1/datasets/query/name/a%2Fb").json() == []
    assert ask("GET", "/v1/datasets/XYZ").status_code == 422
    assert ask("GET", "/v1/nothing").json() == {"code": "NOT_FOUND", "error": "Not Found"}


def test_pages(ask: Ask) -> None:
    for number in range(5):
        ask("POST", "/v1/datasets", json={"name": f"cats {number}"})
    pages = [ask("GET", "/v1/datasets", params={"pageSize": 2, "pageOffset": at}).json() for at in (0, 2, 4, 6)]
    assert [[each["name"][-1] for each in page] for page in pages] == [["0", "1"], ["2", "3"], ["4"], []]


def test_a_request_has_a_largest_size(ask: Ask, server: str, token: str) -> None:
    too_much = b"x" * ((64 << 20) + 1)
    assert ask("POST", "/v1/datasets", data=too_much).json()["code"] == "PAYLOAD_TOO_LARGE"
    pieces = (too_much[start : start + (1 << 20)] for start in range(0, len(too_much), 1 << 20))
    assert ask("POST", "/v1/datasets", data=pieces).status_code == 413  # which says no length
