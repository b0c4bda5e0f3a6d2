"""Samples, their metadata and their files, by the real client and by bare requests."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from PIL import Image

from platform_api.routes import samples as routes
from resources.platform.datasets import PlatformDataset
from resources.platform.samples import NewSample, append_samples, find_sample, sample_id
from tests.platform_api.conftest import Client
from tests.platform_api.file_server import file_server
from tests.platform_api.filled import filled

Ask = Callable[..., requests.Response]
UNKNOWN = "0123456789abcdef01234567"


def test_names_and_ids_in_the_order_of_the_dataset(client: Client, token: str, ask: Ask) -> None:
    ann = client(token)
    id = filled(ann, "cats")
    assert ann.get_filenames() == [f"folder/{i}.png" for i in range(12)]
    assert ann.get_dataset_by_id(id).n_samples == 12
    assert ann.get_dataset_by_id(id).size_in_bytes == sum(100 + i for i in range(12))
    path = f"/v1/datasets/{id}/mappings"
    assert ask("GET", path, params={"field": "_id"}).json() == [sample_id(id, i) for i in range(12)]
    pages = [{"field": "fileName", "pageSize": 5, "pageOffset": at} for at in (0, 5, 10, 15)]
    assert [len(ask("GET", path, params=page).json()) for page in pages] == [5, 5, 2, 0]
    assert ask("GET", path, params={"field": "other"}).status_code == 422
    path = f"/v1/datasets/{id}/samples/partial"
    assert ask("GET", path, params={"mode": "ids", "pageSize": 1}).json() == [{"id": sample_id(id, 0)}]
    found = ask("GET", path, params={"fileName": "folder/3.png"}).json()
    meta = {"sizeInBytes": 103}
    known = {"id": sample_id(id, 3), "type": "IMAGE", "datasetId": id, "fileName": "folder/3.png", "index": 3}
    assert found == [known | {"metaData": meta}]
    for name in ("no.png", "\0", "\ud800".encode("utf-8", "surrogatepass")):
        assert ask("GET", path, params={"fileName": name}).json() == []


def test_metadata_of_users(client: Client, token: str, ask: Ask) -> None:
    from lightly.openapi_generated.swagger_client.models import ConfigurationEntry

    ann = client(token)
    id = filled(ann, "cats")
    metadata = [{"image_id": i, "weather": {"scenario": "ä", "temperature": i / 3}} for i in range(12)]
    images = [{"id": i, "file_name": f"folder/{i}.png"} for i in range(12)]
    ann.upload_custom_metadata({"images": images, "metadata": metadata})
    for i in range(12):
        stored = find_sample(id, i)
        assert stored and stored.custom == metadata[i]
    full = ask("GET", f"/v1/datasets/{id}/samples/partial", params={"mode": "full"}).json()
    assert [each["customMetaData"] for each in full] == metadata
    entry = {"name": "Weather", "path": "weather", "defaultValue": None, "valueDataType": "CATEGORICAL_STRING"}
    made = ann.create_custom_metadata_config("mine", [ConfigurationEntry.from_dict(entry)])
    assert made.id == ann.create_custom_metadata_config("mine", []).id


def test_images_are_downloaded(client: Client, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = client(token)
    filled(ann, "cats", 5)
    files = {}
    for i in range(5):
        written = io.BytesIO()
        Image.new("RGB", (4, 3), (i, 0, 0)).save(written, "PNG")
        files[f"/folder/{i}.png"] = written.getvalue()
    with file_server(files) as address:

        def read_url(dataset: PlatformDataset, key: str, request: object, *, redirected: bool = False) -> str:
            assert dataset.id == ann.dataset_id and not redirected
            return f"{address}/{key}"

        monkeypatch.setattr(routes, "read_url", read_url)
        (tmp_path / "out" / "folder").mkdir(parents=True)
        ann.create_tag_from_filenames(["folder/1.png", "folder/4.png"], "some")
        ann.download_dataset(str(tmp_path / "out"), tag_name="some", verbose=False)
    assert sorted(each.name for each in (tmp_path / "out").rglob("*.png")) == ["1.png", "4.png"]
    assert Image.open(tmp_path / "out" / "folder" / "4.png").getpixel((0, 0)) == (4, 0, 0)


def test_what_is_refused(client: Client, token: str, other_token: str, ask: Ask) -> None:
    ann, bob = client(token), client(other_token)
    id, foreign = filled(ann, "cats"), filled(bob, "dogs")
    for sample in (UNKNOWN, sample_id(id, 12), sample_id(id, (1 << 32) - 1), sample_id(foreign, 0)):
        answers = [
            ask("PUT", f"/v1/datasets/{id}/samples/{sample}", json={}),
            ask("GET", f"/v1/datasets/{id}/samples/{sample}/readurl"),
            ask("POST", f"/v1/datasets/{id}/predictions/samples/{sample}", json=[]),
        ]
        assert [(each.status_code, each.json()["code"]) for each in answers] == [(404, "SAMPLE_UNKNOWN")] * 3
    for path in ("mappings?field=_id", "samples/partial", f"samples/{sample_id(foreign, 0)}/readurl"):
        assert ask("GET", f"/v1/datasets/{foreign}/{path}").json()["code"] == "DATASET_UNKNOWN"
    assert ask("GET", f"/v1/datasets/{id}/samples/XYZ/readurl").status_code == 422
    path = f"/v1/datasets/{id}/samples/{sample_id(id, 0)}"
    assert ask("GET", f"{path}/readurl").json()["code"] == "DATASET_DATASOURCE_UNKNOWN"
    assert ask("GET", f"{path}/readurl", params={"type": "thumbnail"}).json()["code"] == "SAMPLE_THUMBNAME_UNKNOWN"
    deep = b'{"customMetaData": {"a": ' + b"[" * 50_000 + b"]" * 50_000 + b"}}"
    large = b'{"customMetaData": {"a": "' + b"x" * (1 << 20) + b'"}}'
    for body in (
        b'{"customMetaData": {"a": NaN}}',
        b'{"customMetaData": {"a": "\\ud800"}}',
        b'{"customMetaData": {"a": 1' + b"0" * 5000 + b"}}",
        b'{"customMetaData": [1]}',
        b'{"metaData": {"mean": [1, 2, 3]}}',
        b'{"metaData": {"sharpness": 1e999}}',
        b'{"metaData": {"more": 1}}',
        b'{"fileName": "other.png"}',
        b'{"thumbName": "../../etc/passwd"}',
        b'{"thumbName": "a\\u0000b"}',
        b'{"index": 3}',
        deep,
        large,
    ):
        answer = ask("PUT", path, data=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), (body[:50], answer.text)
        assert set(answer.json()) == {"code", "error"}
    stored = find_sample(id, 0)
    assert stored and stored.custom is None and set(stored.about) == {"type", "size"}
    good = {"fileName": "folder/0.png", "thumbName": "t.png", "exif": {"a": "\0"}, "metaData": {"sharpness": 2}}
    assert ask("PUT", path, json=good).status_code == 204
    stored = find_sample(id, 0)
    assert stored and stored.about["exif"] == {"a": "\0"} and stored.about["metaData"] == {"sharpness": 2.0}


def test_all_names_at_once_are_sent_in_blocks(client: Client, token: str, ask: Ask) -> None:
    """Old clients ask for everything; names of other programs' characters come back as they are."""
    ann = client(token)
    ann.create_dataset("cats")
    names = [f'{i} "<ä>\\ \U0001f408.png' for i in range(12_345)]
    append_samples(ann.dataset_id, (NewSample(name) for name in names))
    assert ask("GET", f"/v1/datasets/{ann.dataset_id}/mappings", params={"field": "fileName"}).json() == names
    assert ann.get_filenames() == names
