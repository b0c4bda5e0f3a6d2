"""A catalogued bucket with credentials of its own: launched in the UI, where the environment knows none."""

import json
import shutil
from pathlib import Path

from tests.e2e.conftest import SMALL_MODEL, Winnow
from tests.e2e.dagster_server import dagster_server
from tests.resources.stores.s3_servers import KEYS, rclone


def test_a_run_of_the_ui_opens_the_bucket(winnow: Winnow, pictures: Path, tmp_path: Path) -> None:
    served, home = tmp_path / "served", tmp_path / "home"
    shutil.copytree(pictures, served / "pictures" / "cats")
    home.mkdir()
    (tmp_path / "lightly").mkdir()
    with rclone(served) as url:
        file = tmp_path / "credentials.json"
        file.write_text(json.dumps({**KEYS, "endpoint_url": url, "allow_http": True}))
        added = winnow(
            *("datasets", "add", "cats", "--input", "s3://pictures/cats", "--lightly", str(tmp_path / "lightly")),
            *("--input-credentials", str(file), *SMALL_MODEL, "stopping_condition.n_samples=0.3"),
            DAGSTER_HOME=str(home),
        )
        assert added.returncode == 0, added.stderr
        file.unlink()
        with dagster_server(home) as server:
            run = server.launch("cats", {})
            assert server.report(run)["counts"]["input"] > 10
            folder = server.folder(run)
            assert folder.is_relative_to(tmp_path / "lightly" / "runs")
            told = json.dumps([server.events(run), server.tags(run), server.config(run)])
    secret = KEYS["AWS_SECRET_ACCESS_KEY"]
    assert secret not in told
    written = [path for place in (home, folder) for path in place.rglob("*") if path.is_file()]
    assert len(written) > 30
    assert not [path for path in written if secret.encode() in path.read_bytes()]
