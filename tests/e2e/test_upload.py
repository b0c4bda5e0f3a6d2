"""`winnow run … upload_dataset=True`: what scripts see afterwards through the platform's API."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from platform_api.app import build_app
from tests.e2e.conftest import Winnow


class Server:
    """The API of the state folder, in this process."""

    def __init__(self, home: Path, winnow: Winnow, email: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DAGSTER_HOME", str(home))
        assert winnow("user", "add", email).returncode == 0
        self.token = winnow("token", "create", email).stdout.splitlines()[-1]
        self._winnow = winnow

    def run(self, pictures: Path, output: Path, *options: str, **variables: str) -> str:
        """Exit code and last line."""
        place = (f"input_dir={pictures}", f"output_dir={output}", "stopping_condition.n_samples=4")
        done = self._winnow("run", *place, "upload_dataset=True", *options, **variables)
        assert self.token not in done.stdout + done.stderr
        return f"{done.returncode} {(done.stdout + done.stderr).splitlines()[-1]}"

    def get(self, path: str) -> Any:
        with TestClient(build_app(), base_url="http://127.0.0.1") as client:
            answer = client.get(f"/v1/{path}{'&' if '?' in path else '?'}token={self.token}")
            assert answer.status_code == 200, answer.text
            return answer.json()

    def picture(self, url: str) -> bytes | None:
        with TestClient(build_app(), base_url="http://127.0.0.1") as client:
            answer = client.get(url)
            return answer.content if answer.status_code == 200 else None


@pytest.fixture
def server(home: Path, winnow: Winnow, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Server:
    words = re.sub(r"\W+", "-", request.node.name).strip("-")
    return Server(home, winnow, f"{words}@example.com", monkeypatch)


def samples(server: Server, dataset: str) -> dict[str, bytes | None]:
    """By name, the picture that the server gives."""
    names = server.get(f"datasets/{dataset}/mappings?field=fileName")
    ids = server.get(f"datasets/{dataset}/mappings?field=_id")
    urls = (server.get(f"datasets/{dataset}/samples/{id}/readurl?type=full") for id in ids)
    return dict(zip(names, map(server.picture, urls), strict=True))


def test_selected_pictures_arrive_as_they_are(server: Server, pictures: Path, tmp_path: Path) -> None:
    assert server.run(pictures, tmp_path / "out", f"token={server.token}", "dataset=uploaded").startswith("0 ")
    (dataset,) = server.get("datasets")
    assert (dataset["name"], dataset["imgType"], dataset["nSamples"]) == ("uploaded", "full", 4)
    found = samples(server, dataset["id"])
    selected = next((tmp_path / "out").rglob("sampled_filenames.txt")).read_text(encoding="utf-8").splitlines()
    assert list(found) == selected
    assert found == {name: (pictures / name).read_bytes() for name in selected}
    (tag,) = server.get(f"datasets/{dataset['id']}/tags")
    assert (tag["name"], tag["bitMaskData"]) == ("initial-tag", "0xf")
    (embedding,) = server.get(f"datasets/{dataset['id']}/embeddings")
    assert embedding["name"].startswith("default_")
    # A second run adds to the same dataset, by its name, by its id, and with the token from the environment.
    for options, variables in (((), {"LIGHTLY_TOKEN": server.token}), ((f"token={server.token}",), {})):
        more = ("dataset=uploaded", "stopping_condition.n_samples=6", *options)
        if options:
            more = (f"lightly.dataset_id={dataset['id']}", "stopping_condition.n_samples=7", *options)
        assert server.run(pictures, tmp_path / "out", *more, **variables).startswith("0 ")
    (dataset,) = server.get("datasets")
    assert 7 <= dataset["nSamples"] <= 17
    assert len(server.get(f"datasets/{dataset['id']}/tags")) == 3


@pytest.mark.parametrize(
    ("options", "edge"),
    [(["lightly.upload=thumbnails"], 128), (["lightly.resize=60"], 60), (["lightly.upload=meta"], None)],
)
def test_smaller_pictures_or_none(
    server: Server, pictures: Path, tmp_path: Path, options: list[str], edge: int | None
) -> None:
    more = (f"token={server.token}", "lightly.new_dataset_name=my small ones", *options)
    assert server.run(pictures, tmp_path / "out", *more).startswith("0 ")
    (dataset,) = server.get("datasets")
    kind = {128: "thumbnail", 60: "full", None: "meta"}[edge]
    assert (dataset["name"], dataset["imgType"], dataset["nSamples"]) == ("my small ones", kind, 4)
    for name, data in samples(server, dataset["id"]).items():
        if edge is None:
            assert data is None
            continue
        assert data is not None
        with Image.open(io.BytesIO(data)) as small, Image.open(pictures / name) as full:
            assert (min(small.size), small.format) == (edge, full.format)
    taken = server.run(pictures, tmp_path / "out", *more)
    assert taken.startswith("2 winnow: error: lightly.new_dataset_name=my small ones: ") and dataset["id"] in taken


def test_what_cannot_be_uploaded_is_said_before_the_run(server: Server, pictures: Path, tmp_path: Path) -> None:
    token = f"token={server.token}"
    cases = {
        (): "upload_dataset: no token is given; make one with winnow token create EMAIL",
        ("token=wrong",): "upload_dataset: the token is unknown or revoked",
        (token, "lightly.dataset_id=" + "a" * 24): "has no such dataset on this server",
        (token, "lightly.dataset_id=a", "lightly.new_dataset_name=abc"): "exclude each other",
        (token, "upload_dataset=False", "lightly.dataset_id=a"): "lightly.dataset_id=a is for upload_dataset=True",
        (token, "datasource.dataset_id=abc"): "datasource.dataset_id and input_dir exclude each other",
        (token, "lightly.upload=some"): "lightly.upload=some: write full, thumbnails, or none",
    }
    for options, words in cases.items():
        said = server.run(pictures, tmp_path / "out", *options, LIGHTLY_TOKEN="")
        assert said.startswith("2 winnow: error: ") and words in said
    assert not (tmp_path / "out").exists() and server.get("datasets") == []
