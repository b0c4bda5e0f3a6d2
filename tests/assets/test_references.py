"""What runs of the platform's jobs refer to beside their own dataset: models, datapools, and tags of others."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from dagster import DagsterInstance
from numpy.typing import NDArray
from sqlalchemy import delete

from resources.catalog.database import catalog_transaction
from resources.catalog.platform_schema import EMBEDDINGS
from resources.dataset_settings import store_settings
from resources.local_copies import COPIES
from resources.platform.bit_masks import BitMask
from resources.platform.datasets import PlatformDataset, create_dataset
from resources.platform.datasources import store_source
from resources.platform.embeddings import add_embedding
from resources.platform.runs import add_artifacts, run_of_job
from resources.platform.samples import NewSample, append_samples
from resources.platform.scheduled_runs import begin_run, schedule_run
from resources.platform.tags import NewTag, create_tag, delete_tag
from resources.platform.users import User, add_user
from resources.platform.worker_configs import store_worker_config
from resources.tables import Table
from selection_assets.stages.selection.goals.similarity import asked_text
from tests.assets.conftest import ON_CPU, SMALL_MODEL, Alone, Made
from tests.assets.small_model import save_weights, small_backbone
from tests.assets.small_tables import NO_MEMBERS, NO_MODEL, NO_THUMBNAILS, checked, draw, embedded, samples
from tests.resources.stores.s3_servers import KEYS, boto3_client, moto

UNKNOWN = "0123456789abcdef01234567"
NO_POOL = Table(NO_MEMBERS, {"exists": False})


@pytest.fixture
def ann(alone: Alone) -> User:
    return add_user("ann@example.com")


@pytest.fixture
def other(ann: User, alone: Alone, tmp_path: Path) -> PlatformDataset:
    """A dataset `dogs`, whose LIGHTLY place is a folder of its own."""
    with DagsterInstance.ephemeral() as instance:
        made = create_dataset(instance, ann, "dogs", type="Images")
    (tmp_path / "dogs").mkdir()
    store_settings(made.dataset, {"datasource": {"input_dir": str(alone.input), "shared_dir": str(tmp_path / "dogs")}})
    return made


def run_with(ann: User, dataset: PlatformDataset, *artifacts: tuple[str, str, str]) -> str:
    config = store_worker_config(ann, "V4", {"worker_config": {}, "selection_config": None, "lightly_config": None})
    job = schedule_run(ann, dataset.id, config, "MID", [])
    begin_run(job, "run-1")
    run = run_of_job(ann, job)
    assert run
    add_artifacts(run.id, artifacts)
    return run.id


def with_model(alone: Alone, **fields: Any) -> Made:
    alone.write(checked_samples=checked(samples(["a/x.png"])), thumbnails=NO_THUMBNAILS, datapool_members=NO_POOL)
    return alone("checkpoint", checkpoint={**SMALL_MODEL, **fields}, embeddings=ON_CPU)


def test_the_model_of_an_earlier_run(alone: Alone, ann: User, other: PlatformDataset, tmp_path: Path) -> None:
    file = tmp_path / "lightly_epoch_1.ckpt"
    save_weights(file, seed=9)
    run = run_with(ann, other, ("LOG", "log.txt", "/log.txt"), ("CHECKPOINT", file.name, str(file)))
    (alone.shared / "same.ckpt").write_bytes(file.read_bytes())
    found = with_model(alone, checkpoint_run_id=run).tables["checkpoint"].frame.row(0, named=True)
    same = with_model(alone, checkpoint="same.ckpt").tables["checkpoint"].frame.row(0, named=True)
    assert found.pop("source") == f"the checkpoint of run {run}"
    assert same.pop("source") == "same.ckpt" and found == same
    file.write_bytes(b"no checkpoint")
    assert "lightly_epoch_1.ckpt" in alone.fault("checkpoint", checkpoint={**SMALL_MODEL, "checkpoint_run_id": run})
    file.unlink()
    line = alone.fault("checkpoint", checkpoint={**SMALL_MODEL, "checkpoint_run_id": run})
    assert line == f"checkpoint_run_id={run}: its checkpoint {file} is gone; name another run"


def test_a_training_goes_on_from_an_earlier_run(
    alone: Alone, ann: User, other: PlatformDataset, tmp_path: Path
) -> None:
    """With a step of next to no length the weights stay what they were."""
    save_weights(tmp_path / "start.ckpt", seed=9)
    run = run_with(ann, other, ("CHECKPOINT", "start.ckpt", str(tmp_path / "start.ckpt")))
    names = [draw(alone.input / f"{seed}.png", 70, 64, seed).name for seed in range(4)]
    alone.write(input_samples=samples(names), datapool_members=NO_POOL)
    alone("checked_samples")
    training = {"trainer": {"max_epochs": 1}, "optimizer": {"lr": 1e-30, "weight_decay": 0.0}}
    named = {**SMALL_MODEL, "checkpoint_run_id": run, "enable_training": True, "training": training}
    row = alone("checkpoint", checkpoint=named, embeddings=ON_CPU).tables["checkpoint"].frame.row(0, named=True)
    assert row["source"] == f"trained on 4 images, starting from the checkpoint of run {run}"
    trained = dict(small_backbone(1, Path(row["file"])).named_parameters())
    given = dict(small_backbone(9).named_parameters())
    assert all(trained[name].allclose(given[name], atol=1e-6) for name in given)


def test_no_model(alone: Alone, ann: User, other: PlatformDataset) -> None:
    alone.write(checked_samples=checked(samples(["a/x.png"])), thumbnails=NO_THUMBNAILS, datapool_members=NO_POOL)
    line = alone.fault("checkpoint", checkpoint={"checkpoint_run_id": UNKNOWN})
    assert line == f"checkpoint_run_id={UNKNOWN}: there is no such run; give the id of one of yours"
    run = run_with(ann, other, ("LOG", "log.txt", "/log.txt"))
    line = alone.fault("checkpoint", checkpoint={"checkpoint_run_id": run})
    assert line == f"checkpoint_run_id={run}: this run has left no checkpoint; give one that has trained and ended"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server whose keys nobody has but the dataset that is given them."""
    with moto() as url:
        for name in KEYS:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        yield url


def test_in_the_bucket_of_another_dataset(
    alone: Alone, ann: User, other: PlatformDataset, s3: str, tmp_path: Path
) -> None:
    """It is opened with that dataset's keys; this run's dataset has none."""
    from configs.credentials.s3 import S3Credentials

    client = boto3_client(s3)
    client.create_bucket(Bucket="theirs")
    key, secret = KEYS.values()
    keys = S3Credentials(
        access_key=key, secret_access_key=secret, region="eu-central-1", endpoint_url=s3, allow_http=True
    )
    config = {"type": "S3", "fullPath": "s3://theirs/lightly", "s3Region": "eu-central-1"}
    store_source(other, "LIGHTLY", config, "s3://theirs/lightly", keys)
    save_weights(tmp_path / "model.ckpt", seed=9)
    client.put_object(Bucket="theirs", Key="lightly/runs/1/model.ckpt", Body=(tmp_path / "model.ckpt").read_bytes())
    run = run_with(ann, other, ("CHECKPOINT", "model.ckpt", "s3://theirs/lightly/runs/1/model.ckpt"))
    (alone.shared / "same.ckpt").write_bytes((tmp_path / "model.ckpt").read_bytes())
    found = with_model(alone, checkpoint_run_id=run).tables["checkpoint"].frame
    assert found["id"].equals(with_model(alone, checkpoint="same.ckpt").tables["checkpoint"].frame["id"])
    pool = {"name": "datapool", "dataset_id": other.id}
    in_pool(alone, pool)
    body = client.get_object(Bucket="theirs", Key="lightly/datapool/datapool_latest.csv")["Body"].read()
    assert body.decode().splitlines()[1:] == ["a,3.0,4.0,7", "c,0.0,2.0,9"]
    COPIES.close()


def in_pool(alone: Alone, pool: dict[str, Any]) -> Made:
    """The step that adds samples a and c to the pool."""
    frame = samples(["a", "b", "c"], "vector", label=["7", "8", "9"])
    alone.write(
        checked_samples=checked(frame),
        checkpoint=NO_MODEL,
        embeddings=embedded(frame, [[3.0, 4.0], [1.0, 0.0], [0.0, 2.0]], [7, 8, 9]),
        selected_samples=pl.DataFrame({"filename": ["a", "b", "c"], "status": ["selected", "removed", "selected"]}),
    )
    return alone("datapool", input_samples={"embeddings": "e.csv"}, datapool=pool)


def test_the_datapool_of_another_dataset(alone: Alone, other: PlatformDataset, tmp_path: Path) -> None:
    pool = {"name": "datapool", "dataset_id": other.id}
    assert in_pool(alone, pool).tables["datapool"].frame["added"].to_list() == [True, True]
    assert pl.read_csv(tmp_path / "dogs" / "datapool" / "datapool_latest.csv")["filenames"].to_list() == ["a", "c"]
    assert in_pool(alone, pool).tables["datapool"].frame["added"].to_list() == [False, False]
    assert list(alone.shared.iterdir()) == []
    line = alone.fault("datapool", input_samples={"embeddings": "e.csv"}, datapool={**pool, "dataset_id": UNKNOWN})
    assert line == f"datapool.dataset_id={UNKNOWN}: there is no such dataset; give the id of one of yours"
    store_settings(other.dataset, {})
    line = alone.fault("datapool", input_samples={"embeddings": "e.csv"}, datapool=pool)
    assert line.startswith("datapool.dataset_id: dataset dogs has no datasource with purpose LIGHTLY")


def tag_of(dataset: PlatformDataset, names: list[str], tmp_path: Path, rows: dict[str, list[float]]) -> str:
    append_samples(dataset.id, (NewSample(name) for name in rows))
    indices = [list(rows).index(name) for name in names]
    tag = create_tag(dataset.id, NewTag("night", BitMask.of_indices(indices), len(rows)))
    vectors = np.array(list(rows.values()))
    columns = {f"embedding_{k}": vectors[:, k] for k in range(vectors.shape[1])}
    pl.DataFrame({"filenames": list(rows), **columns, "labels": 0}).write_csv(tmp_path / "theirs.csv")
    add_embedding(dataset.id, "default_1", str(tmp_path / "theirs.csv"))
    return tag.id


def similar(alone: Alone, dataset: str, tag: str = "night", normalize: bool = False) -> dict[str, Any]:
    given = {"type": "EMBEDDINGS", "dataset_id": dataset, "tag_name": tag}
    strategies = [{"input": given, "strategy": {"type": "SIMILARITY"}}]
    return {
        "input_samples": {"embeddings": "e.csv"},
        "normalized_embeddings": {"normalize_embeddings": normalize},
        "selected_samples": {"n_samples": 2, "strategies": strategies},
    }


def closeness(x: NDArray[np.float64], query: NDArray[np.float64]) -> NDArray[np.float64]:
    """By the formula of docs/selection.md."""
    nearest = np.array([min(np.linalg.norm(each - q) for q in query) for each in x])
    return np.exp(-nearest / nearest.mean())


@pytest.fixture
def tables(alone: Alone) -> pl.DataFrame:
    """Twelve samples that may all be selected."""
    rng = np.random.default_rng(4)
    names = [f"{i}.jpg" for i in range(12)]
    frame = pl.DataFrame({"filename": names, "label": ["x"] * 12})
    vectors = pl.Series(rng.normal(size=(12, 3)).astype(np.float32), dtype=pl.Array(pl.Float32, 3))
    no = pl.lit(False)
    unique = frame.with_columns(
        masked=no, preselected=no, datapool=no, embedding=vectors, label_number=pl.int_range(12)
    )
    alone.write(
        checkpoint=NO_MODEL,
        checked_samples=frame.with_columns(healthy=pl.lit(True), reason=pl.lit(None, pl.String)),
        dedup_sets=frame.select("filename", kept=pl.lit(True), kept_filename="filename"),
        normalized_embeddings=unique,
    )
    return unique


@pytest.mark.parametrize("normalize", [False, True])
def test_samples_like_those_of_another_datasets_tag(
    alone: Alone, other: PlatformDataset, tables: pl.DataFrame, tmp_path: Path, normalize: bool
) -> None:
    rng = np.random.default_rng(8)
    rows = {f"dog-{i}": (3 * rng.normal(size=3)).tolist() for i in range(6)}
    tag_of(other, ["dog-1", "dog-4"], tmp_path, rows)
    made = alone("selected_samples", **similar(alone, other.id, normalize=normalize))
    query = np.array([rows["dog-1"], rows["dog-4"]], np.float32).astype(np.float64)
    if normalize:
        query /= np.linalg.norm(query, axis=1, keepdims=True)
    values = closeness(tables["embedding"].to_numpy().astype(np.float64), query)
    picked = made.tables["selected_samples"].frame.filter(pl.col("status") == "selected").sort("order")
    best = np.argsort(-values)[:2]
    assert picked["filename"].to_list() == [f"{i}.jpg" for i in best]
    gains = picked["gain: EMBEDDINGS of a tag night × SIMILARITY"].to_numpy()
    assert np.allclose(gains, values[best], rtol=1e-5)
    (goal,) = made.tables["selected_samples"].facts["goals"]
    about = goal["asked"]
    assert asked_text(about, True) == "samples like those of the tag of dataset dogs (2 samples)"
    assert (about["dataset"], about["samples"], about["embedding"]) == ("dogs", 2, "default_1")
    assert about["place"] == str(tmp_path / "theirs.csv") and len(about["digest"]) == 16
    assert goal["input"] == {"type": "EMBEDDINGS", "tag_name": "night", "dataset_id": other.id}
    assert "Comparing with the 2 samples of tag night: the embedding default_1 of dataset dogs." in made.log


def test_another_tag_makes_another_table(
    alone: Alone, other: PlatformDataset, tables: pl.DataFrame, tmp_path: Path
) -> None:
    """So that what follows is stale, also where the same samples are picked."""
    rows = {f"dog-{i}": [10.0 + i, 0.0, 0.0] for i in range(3)}
    tag = tag_of(other, ["dog-0"], tmp_path, rows)
    named = similar(alone, other.id)
    versions = [alone("selected_samples", **named).versions["selected_samples"] for _ in range(2)]
    delete_tag(other.id, tag)
    create_tag(other.id, NewTag("night", BitMask.of_hex("0x2"), 3))
    versions.append(alone("selected_samples", **named).versions["selected_samples"])
    assert versions[0] == versions[1] != versions[2]


def test_samples_of_the_tag_are_not_selected_themselves(
    alone: Alone, ann: User, other: PlatformDataset, tables: pl.DataFrame, tmp_path: Path
) -> None:
    """Where both datasets lie in one place, samples of one name are the same."""
    vectors = tables["embedding"].to_numpy()
    rows = {f"{i}.jpg": vectors[i].tolist() for i in range(3)}
    tag_of(other, ["0.jpg", "2.jpg"], tmp_path, rows)
    named = similar(alone, other.id)
    table = alone("selected_samples", **named).tables["selected_samples"].frame
    status = dict(table.select("filename", "status").iter_rows())
    assert status["0.jpg"] != "selected" != status["2.jpg"]
    store_settings(other.dataset, {"datasource": {"input_dir": "/elsewhere"}})
    table = alone("selected_samples", **named).tables["selected_samples"].frame
    picked = table.filter(pl.col("status") == "selected")["filename"].to_list()
    assert sorted(picked) == ["0.jpg", "2.jpg"]


def test_vectors_of_two_models_are_never_compared(
    alone: Alone, other: PlatformDataset, tables: pl.DataFrame, tmp_path: Path
) -> None:
    model = {"name": "resnet-9", "id": "model-a"}
    frame = pl.DataFrame([{**dict.fromkeys(NO_MODEL.columns), **model}], schema=NO_MODEL.schema)
    alone.write(checkpoint=frame)
    named = similar(alone, other.id)
    tag_of(other, ["a"], tmp_path, {"a": [1.0, 2.0, 3.0]})
    told = alone("selected_samples", **named).log
    assert "nobody knows which model made the embedding default_1 of dataset dogs" in told

    def read() -> str:
        (goal,) = alone("selected_samples", **named).tables["selected_samples"].facts["goals"]
        return str(goal["asked"]["embedding"])

    add_embedding(other.id, "same", str(tmp_path / "theirs.csv"), "model-a")
    add_embedding(other.id, "another", str(tmp_path / "theirs.csv"), "model-b")
    add_embedding(other.id, "unknown", str(tmp_path / "theirs.csv"))
    assert read() == "same"
    with catalog_transaction() as connection:
        connection.execute(delete(EMBEDDINGS).where(EMBEDDINGS.c.name != "another"))
    assert alone.fault("selected_samples", **named) == (
        "selection_config.strategies[0].input.dataset_id: the embeddings of dataset dogs were made by other models "
        "than this run's; run that dataset with the same model, or name its model with checkpoint_run_id"
    )


def test_what_cannot_be_compared_with(
    alone: Alone, other: PlatformDataset, tables: pl.DataFrame, tmp_path: Path
) -> None:
    where = "selection_config.strategies[0].input"
    named = similar(alone, UNKNOWN)
    assert alone.fault("selected_samples", **named) == (
        f"{where}.dataset_id={UNKNOWN}: there is no such dataset; give the id of one of yours"
    )
    named = similar(alone, other.id)
    assert alone.fault("selected_samples", **named) == (
        f"{where}.tag_name: dataset dogs has no tag night; name another one"
    )
    tag_of(other, ["b"], tmp_path, {"a": [1.0, 2.0], "b": [2.0, 3.0]})
    assert alone.fault("selected_samples", **named) == (
        "SIMILARITY: the query 'night' has embeddings of shape (1, 2), the samples have 3 dimensions; embed both with "
        "the same model"
    )
    (tmp_path / "theirs.csv").write_text("filenames,embedding_0,labels\na,1,0\n")
    assert alone.fault("selected_samples", **named) == (
        f"{where}: the embedding default_1 of dataset dogs has no row for 1 of the 1 samples, such as b; choose one "
        "that was made with all of them"
    )
    (tmp_path / "theirs.csv").unlink()
    assert alone.fault("selected_samples", **named) == (
        f"{where}: the embedding default_1 of dataset dogs: its CSV is gone; upload it again"
    )
