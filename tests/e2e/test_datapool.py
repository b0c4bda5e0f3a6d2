"""A datapool over several runs: made, added to, read only, and what it refuses."""

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from dagster import AssetKey, DagsterInstance, Failure
from PIL import Image, ImageDraw

from configs.errors import InputError
from selection_assets.command.main import main
from selection_assets.stages.models.checkpoint import read_architecture
from selection_assets.stages.reporting.helper_process import DRAWING, LAYOUT
from tests.e2e.conftest import SMALL_MODEL
from tests.e2e.json_report import WRITE_REPORT, write_json_report


class Finished:
    """What a run left behind. `text` is what it printed."""

    def __init__(self, text: str) -> None:
        self.text, self.folder = text, Path(text.splitlines()[-1])
        self.report = json.loads((self.folder / "report.json").read_text(encoding="utf-8"))

    def lines(self, name: str) -> list[str]:
        return (self.folder / "filenames" / f"{name}_filenames.txt").read_text(encoding="utf-8").splitlines()

    @property
    def new(self) -> list[str]:
        path = self.folder / "filenames" / "sampled_filenames_excluding_datapool.txt"
        return path.read_text(encoding="utf-8").splitlines()

    def vectors(self, name: str) -> tuple[list[str], np.ndarray]:
        return rows_of(self.folder / "data" / name)


def rows_of(path: Path) -> tuple[list[str], np.ndarray]:
    table = pl.read_csv(path)
    columns = [column for column in table.columns if column.startswith("embedding_")]
    return table["filenames"].to_list(), table.select(columns).to_numpy()


def unit(rows: np.ndarray) -> np.ndarray:
    return rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)


def farthest(rows: np.ndarray, before: list[int], candidates: list[int], least: float) -> list[int]:
    """Greedy k-centre, step by step: the candidate farthest from all selected ones, until none is far enough."""
    chosen, left = list(before), list(candidates)
    if not chosen:
        centre = rows[left].mean(axis=0)
        chosen.append(left.pop(int(np.argmax([np.linalg.norm(rows[i] - centre) for i in left]))))
    while left:
        away = [min(np.linalg.norm(rows[i] - rows[j]) for j in chosen) for i in left]
        if max(away) < least:
            break
        chosen.append(left.pop(int(np.argmax(away))))
    return chosen[len(before) :]


def winnow(*tokens: str) -> tuple[int, str, str]:
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main(["run", *tokens])
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("datapool")
    (folder / "shared").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(folder / "home"))
        # Starting the helpers takes longer than a run: these serve all runs.
        patch.setattr("selection_assets.stages.reporting.documents.write_report.cool_down", lambda: None)
        yield folder
    for helper in (LAYOUT, DRAWING):
        helper.kill()


def succeed(place: Path, *tokens: str, pages: bool = False) -> Finished:
    with pytest.MonkeyPatch.context() as patch:
        if not pages:
            patch.setattr(WRITE_REPORT, write_json_report)
        code, out, err = winnow(f"shared_dir={place}/shared", f"output_dir={place}/out", *tokens)
    assert code == 0, err
    return Finished(out)


def refuse(place: Path, *tokens: str) -> str:
    """The one line with which a run ends; every datapool is then as it was."""
    before = {path: path.read_bytes() for path in (place / "shared").rglob("*") if path.is_file()}
    code, out, err = winnow(f"shared_dir={place}/shared", f"output_dir={place}/out", *tokens)
    errors = [line for line in err.splitlines() if line.startswith("winnow: error: ")]
    assert code == 2, err
    assert len(errors) == 1, err
    assert "Traceback" not in out + err
    assert {path: path.read_bytes() for path in (place / "shared").rglob("*") if path.is_file()} == before
    return errors[0]


def draw(folder: Path, count: int, seed: int) -> None:
    """`count` different pictures of a few lines."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    for index in range(count):
        picture = Image.new("RGB", (96, 72), tuple(int(v) for v in random.integers(0, 256, 3)))
        pen = ImageDraw.Draw(picture)
        for _ in range(4):
            points = [tuple(int(v) for v in random.integers(0, 96, 2)) for _ in range(3)]
            pen.line(points, fill=tuple(int(v) for v in random.integers(0, 256, 3)), width=8)
        picture.save(folder / f"{index:02d}.png")


PICTURES = ("datapool.name=my_pool", "n_example_images=0", "stopping_condition.min_distance=0.9", *SMALL_MODEL)


@pytest.fixture(scope="module")
def first(place: Path) -> Finished:
    """Twelve pictures of two cameras; the datapool is new."""
    draw(place / "pictures" / "camera_b", 6, 1)
    draw(place / "pictures" / "camera_c", 6, 2)
    return succeed(place, f"input_dir={place}/pictures", "dataset=cameras", *PICTURES)


@pytest.fixture(scope="module")
def second(place: Path, first: Finished) -> tuple[bytes, Finished]:
    """A third camera joins, whose folder comes first; one of its pictures is a copy of a member. Distances grow."""
    before = (place / "shared" / "my_pool" / "datapool_latest.csv").read_bytes()
    draw(place / "pictures" / "camera_a", 9, 3)
    (place / "pictures" / "camera_a" / "copy.png").write_bytes((place / "pictures" / first.new[0]).read_bytes())
    more = ("stopping_condition.min_distance=1.0", "dump_dataset=True")
    return before, succeed(place, f"input_dir={place}/pictures", "dataset=cameras", *PICTURES, *more, pages=True)


def test_the_first_run_makes_the_datapool(place: Path, first: Finished) -> None:
    pool = place / "shared" / "my_pool"
    assert sorted(path.name for path in pool.iterdir() if path.name not in ("history", ".lock")) == [
        "checkpoint_latest.ckpt",
        "datapool_latest.csv",
        "datapool_settings.json",
    ]
    assert 2 < len(first.new) < 12
    state = pool / "history" / "datapool_000001.csv"  # there as soon as a second run has added something
    names, rows = rows_of(state if state.exists() else pool / "datapool_latest.csv")
    assert names == first.new == first.lines("sampled")
    made_names, made = first.vectors("embeddings.csv")
    assert np.array_equal(rows, made[[made_names.index(name) for name in names]])  # as the model made them
    assert first.report["datapool"] == {
        "name": "my_pool",
        "size_before": 0,
        "in_input": 0,
        "added": len(names),
        "size_after": len(names),
    }
    assert str(read_architecture(pool / "checkpoint_latest.ckpt")) == "resnet-9, width 0.125, 16 features"


def test_later_runs_add_what_is_far_from_every_member(
    place: Path, first: Finished, second: tuple[bytes, Finished]
) -> None:
    _, run = second
    names, rows = run.vectors("normalized_embeddings.csv")
    members = [names.index(name) for name in first.new]
    assert "camera_a/copy.png" not in names
    picks = farthest(rows.astype(np.float64), members, [i for i in range(len(names)) if i not in members], 1.0)
    assert run.new == [names[i] for i in sorted(picks)]
    assert 0 < len(run.new) < 9
    kept = unit(rows[[*members, *picks]])
    away = np.linalg.norm(kept[:, None] - kept[None], axis=-1)
    assert away[len(members) :][away[len(members) :] > 0].min() >= 1.0 - 1e-6


def test_members_are_kept_as_they_were(place: Path, first: Finished, second: tuple[bytes, Finished]) -> None:
    before, run = second
    pool = place / "shared" / "my_pool"
    assert (pool / "history" / "datapool_000001.csv").read_bytes() == before
    assert [path.name for path in (pool / "history").iterdir()] == ["datapool_000001.csv"]
    after = (pool / "datapool_latest.csv").read_bytes()
    assert after.startswith(before)
    assert rows_of(pool / "datapool_latest.csv")[0] == first.new + run.new
    labels = dict(pl.read_csv(pool / "datapool_latest.csv").select("filenames", "labels").iter_rows())
    numbers = {name.partition("/")[0]: label for name, label in labels.items()}
    assert numbers == {"camera_b": 0, "camera_c": 1, "camera_a": 2}  # a folder keeps its number


def test_files_and_lists_of_a_run_with_members(place: Path, first: Finished, second: tuple[bytes, Finished]) -> None:
    _, run = second
    left_out = [line for name in ("corrupt", "duplicate", "removed") for line in run.lines(name)]
    everything = sorted(str(path.relative_to(place / "pictures")) for path in (place / "pictures").rglob("*.png"))
    assert sorted([*left_out, *run.new, *first.new]) == everything
    assert run.lines("duplicate") == ["camera_a/copy.png"]  # the member stays
    assert sorted(run.lines("sampled")) == sorted(first.new + run.new)
    assert sorted(run.vectors("embeddings.csv")[0]) == sorted(set(everything) - {"camera_a/copy.png"})
    for name in ("selected_embeddings_including_datapool.csv", "selected_embeddings.csv"):
        assert sorted(run.vectors(name)[0]) == sorted(first.new + run.new)
    dumped = [str(path.relative_to(run.folder / "data" / "sampled")) for path in (run.folder / "data").rglob("*.png")]
    assert sorted(dumped) == sorted(run.new)


def test_the_report_names_the_datapool(first: Finished, second: tuple[bytes, Finished]) -> None:
    _, run = second
    n, new = len(first.new), len(run.new)
    assert run.report["datapool"] == {
        "name": "my_pool",
        "size_before": n,
        "in_input": n,
        "added": new,
        "size_after": n + new,
    }
    counts = run.report["counts"]
    assert (counts["input"], counts["duplicates"], counts["datapool"], counts["selected"]) == (22, 1, n, new)
    assert counts["removed"] == 22 - 1 - n - new
    sentence = f"Datapool my_pool: {n} samples before this run, {n} of them among the input files, {new} added, "
    assert sentence in (run.folder / "report.html").read_text(encoding="utf-8")
    assert run.report["views"]["states"].count("datapool") == n
    assert run.report["labels"][0]["name"] == "camera_a"
    assert f"Datapool my_pool holds {n} samples, {n} of them in the input: they count as selected." in run.text
    assert f"{n + new} samples, {new} of them new" in run.text


def test_the_same_command_again_adds_nothing(place: Path, second: tuple[bytes, Finished]) -> None:
    pool = place / "shared" / "my_pool"
    before = (pool / "datapool_latest.csv").read_bytes()
    # Nothing of the model is named: it is that of the datapool.
    tokens = ("datapool.name=my_pool", "n_example_images=0", "stopping_condition.min_distance=1.0")
    run = succeed(place, f"input_dir={place}/pictures", "dataset=cameras", *tokens)
    assert run.new == []
    assert run.report["counts"]["selected"] == 0
    assert run.report["embedding"]["model"].startswith("resnet-9-w0.125-d16-")
    assert run.report["embedding"]["images_per_second"] is None  # every vector was known under this model's name
    assert (pool / "datapool_latest.csv").read_bytes() == before
    assert len(list((pool / "history").iterdir())) == 1


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (["lightly.model.num_ftrs=8"], "its vectors have 16 dimensions, those of this run have 8"),
        (["lightly.collate.input_size=32"], "it was made with lightly.collate.input_size=64"),
        (["embedding_precision=bf16"], "it was made with embedding_precision=32"),
        (["normalize_embeddings=False"], "it was made with normalize_embeddings=True"),
        (["append_weak_labels=True"], "it was made with append_weak_labels=False"),
        (["embeddings=seven.csv"], "its vectors have 16 dimensions, those of this run have 7"),
        (["enable_training=True"], "exclude each other"),
    ],
)
def test_vectors_made_in_another_way_are_refused_before_images_are_read(
    place: Path, second: tuple[bytes, Finished], tokens: list[str], message: str
) -> None:
    write_vectors(place / "shared" / "seven.csv", ["x.jpg"], np.ones((1, 7)))
    folders = set((place / "out").rglob("*"))
    wanted = (f"input_dir={place}/pictures", "dataset=refused", "datapool.name=my_pool")
    assert message in refuse(place, *wanted, *tokens)
    assert set((place / "out").rglob("*")) == folders


def test_another_checkpoint_is_refused_and_the_same_one_is_not(place: Path, second: tuple[bytes, Finished]) -> None:
    import torch

    pool = place / "shared" / "my_pool" / "checkpoint_latest.ckpt"
    content = torch.load(pool, weights_only=True)
    content["state_dict"]["model.backbone.7.weight"] += 1
    torch.save(content, place / "shared" / "other.ckpt")
    tokens = (f"input_dir={place}/pictures", "dataset=refused", "datapool.name=my_pool", *SMALL_MODEL)
    assert "it was made with another model than this run's; leave checkpoint out" in refuse(
        place, *tokens, "checkpoint=other.ckpt"
    )
    (place / "shared" / "same.ckpt").write_bytes(pool.read_bytes())
    message = "lightly.model.name=resnet-18: the model of datapool.name=my_pool embeds, which has resnet-9"
    assert message in refuse(place, *tokens, "lightly.model.name=resnet-18")
    same = succeed(place, *tokens, "checkpoint=same.ckpt", "datasource.enable_datapool_update=False")
    assert same.report["counts"]["datapool"] == same.report["datapool"]["size_after"]


# From here on vectors come from embeddings files: no model, no images.


def write_vectors(path: Path, names: list[str], rows: np.ndarray, **flags: list[int]) -> None:
    columns = {f"embedding_{i}": rows[:, i].astype(np.float32) for i in range(rows.shape[1])}
    pl.DataFrame({"filenames": names, **columns, **flags, "labels": [0] * len(names)}).write_csv(path)


def grid(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, 4)).astype(np.float32)


FILES = ("datapool.name=of_files", "n_example_images=0", "dataset=files")


@pytest.fixture(scope="module")
def of_files(place: Path) -> tuple[Finished, Finished]:
    """Two runs on two files without a sample in common but one, which the second file masks."""
    write_vectors(place / "shared" / "one.csv", [f"one/{i}.jpg" for i in range(12)], grid(12, 1))
    run = succeed(place, "embeddings=one.csv", "stopping_condition.n_samples=5", *FILES)
    rows = grid(10, 2)
    rows[1] = grid(12, 1)[int(run.new[0].removeprefix("one/").removesuffix(".jpg"))]  # equals a member
    names = [run.new[1], *(f"two/{i}.jpg" for i in range(1, 10))]
    masked, selected = ([int(i in rows_) for i in range(10)] for rows_ in ((0, 9), (4,)))
    write_vectors(place / "shared" / "two.csv", names, rows, masked=masked, selected=selected)
    return run, succeed(place, "embeddings=two.csv", "stopping_condition.n_samples=4", *FILES)


def test_the_number_of_samples_counts_new_ones(place: Path, of_files: tuple[Finished, Finished]) -> None:
    one, two = of_files
    assert len(one.new) == 5
    assert len(two.new) == 3  # n_samples=4 counts the one that the file says is selected, but no member
    assert two.lines("duplicate") == ["two/1.jpg"]
    names, rows = two.vectors("normalized_embeddings.csv")
    before = [names.index(name) for name in [*one.new, "two/4.jpg"]]
    candidates = [i for i, name in enumerate(names) if i not in before and name != "two/9.jpg"]
    assert two.new == [names[i] for i in sorted(farthest(unit(rows), before, candidates, 0)[:3])]
    pool = place / "shared" / "of_files"
    kept = [f"two/{i}.jpg" for i in range(10) if f"two/{i}.jpg" in [*two.new, "two/4.jpg"]]
    assert rows_of(pool / "datapool_latest.csv")[0] == [*one.new, *kept]
    assert not (pool / "checkpoint_latest.ckpt").exists()
    assert "1 input files have the name of a member of datapool of_files, but other content" in two.text
    assert {name: two.report["counts"][name] for name in ("input", "masked", "datapool", "preselected")} == {
        "input": 10,
        "masked": 1,
        "datapool": 5,
        "preselected": 1,
    }
    assert sorted(rows_of(two.folder / "data" / "embeddings.csv")[0]) == sorted(
        [*one.new, *(f"two/{i}.jpg" for i in range(2, 10))]
    )


def last_step(**config: object) -> tuple[int, int]:
    """Materialise the asset `datapool` alone, on the tables of the last run; returns how many it added and holds."""
    from selection_assets.definitions import resolved_selection_job  # asks for DAGSTER_HOME when imported

    with DagsterInstance.get() as instance:
        result = resolved_selection_job().execute_in_process(
            asset_selection=[AssetKey("datapool")],
            partition_key="files",
            instance=instance,
            run_config={"ops": {"datapool": {"config": config}}},
        )
    (made,) = result.asset_materializations_for_node("datapool")
    added, size = (made.metadata[name].value for name in ("added", "size_after"))
    return int(str(added)), int(str(size))


def test_running_the_last_step_again_adds_nothing(place: Path, of_files: tuple[Finished, Finished]) -> None:
    pool = place / "shared" / "of_files"
    before = (pool / "datapool_latest.csv").read_bytes()
    assert last_step() == (0, 9)
    assert (pool / "datapool_latest.csv").read_bytes() == before
    assert len(list((pool / "history").iterdir())) == 1


def test_a_run_that_fails_late_changes_nothing(
    place: Path, of_files: tuple[Finished, Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise InputError("the disk is full")

    monkeypatch.setattr(WRITE_REPORT, fail)
    assert "the disk is full" in refuse(place, "embeddings=one.csv", "stopping_condition.n_samples=2", *FILES)


def test_members_of_a_run_at_the_same_time_are_not_lost(
    place: Path, of_files: tuple[Finished, Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While this run selects, another one adds a sample."""
    from selection_assets.assets import datapool as module

    real = module.datapool_of
    other = place / "shared" / "of_files" / "datapool_latest.csv"
    before = rows_of(other)[0]

    def meanwhile(*arguments: object) -> object:
        other.write_text(other.read_text(encoding="utf-8") + "other/1.jpg,9,9,9,9,0\n", encoding="utf-8")
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "datapool_of", meanwhile)
    run = succeed(place, "embeddings=one.csv", "stopping_condition.n_samples=2", "datapool.keep_history=False", *FILES)
    assert len(run.new) == 2
    assert rows_of(other)[0] == [*before, "other/1.jpg", *run.new]
    assert "got 1 samples from other runs during this one" in run.text
    assert len(list((other.parent / "history").iterdir())) == 1  # keep_history=False


def test_the_datapool_is_only_read(place: Path, of_files: tuple[Finished, Finished]) -> None:
    pool = place / "shared" / "of_files" / "datapool_latest.csv"
    before = pool.read_bytes()
    tokens = ("stopping_condition.n_samples=1.0", "datasource.enable_datapool_update=False", "method=random")
    run = succeed(place, "embeddings=two.csv", *tokens, *FILES)
    assert pool.read_bytes() == before
    assert run.report["datapool"]["added"] == 0
    assert run.report["datapool"]["size_before"] == run.report["datapool"]["size_after"] == len(rows_of(pool)[0])
    assert set(run.new) == {f"two/{i}.jpg" for i in range(2, 9)} - set(rows_of(pool)[0])
    assert "stays as it is (datasource.enable_datapool_update=False)" in run.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("filenames,embedding_0\n", "line 1: there is no column labels"),
        ("filenames,embedding_0,embedding_1,embedding_2,embedding_3,labels\na.jpg,1,2,3,x,0\n", "line 2, column emb"),
        ("filenames,embedding_0,embedding_1,embedding_2,labels\na.jpg,1,2,3,0\n", "have 3 dimensions, those of this"),
        ("filenames,embedding_0,embedding_1,embedding_2,embedding_3,labels\n../a,1,2,3,4,0\n", "no relative file name"),
    ],
)
def test_a_malformed_datapool(place: Path, of_files: tuple[Finished, Finished], text: str, message: str) -> None:
    (place / "shared" / "bad").mkdir(exist_ok=True)
    (place / "shared" / "bad" / "datapool_latest.csv").write_text(text, encoding="utf-8")
    wanted = ("embeddings=one.csv", "datapool.name=bad", "dataset=bad")
    assert message in refuse(place, *wanted)


def test_a_run_that_is_cut_off_leaves_the_old_state_or_the_new_one(
    place: Path, of_files: tuple[Finished, Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise InputError("no space")

    def cut_off() -> None:
        with monkeypatch.context() as patch, pytest.raises(Failure, match="no space"):
            patch.setattr("selection_assets.stages.datapool.add_members._write", fail)
            last_step(**wanted)

    pool = place / "shared" / "cut_off"
    wanted = {"name": "cut_off", "enable_datapool_update": True}
    cut_off()
    assert not (pool / "datapool_latest.csv").exists()  # so there is no datapool
    added, size = last_step(**wanted)
    new = rows_of(pool / "datapool_latest.csv")[0]
    assert added == size == len(new) > 0
    (pool / "datapool_latest.csv").write_text(
        "filenames,embedding_0,embedding_1,embedding_2,embedding_3,labels\nother/1.jpg,1,2,3,4,0\n", encoding="utf-8"
    )
    before = (pool / "datapool_latest.csv").read_bytes()
    cut_off()
    assert (pool / "datapool_latest.csv").read_bytes() == before
    assert last_step(**wanted) == (added, size + 1)
    assert rows_of(pool / "datapool_latest.csv")[0] == ["other/1.jpg", *new]
    assert [path.read_bytes() for path in (pool / "history").iterdir()] == [before]


def test_weak_labels_keep_their_columns(place: Path, of_files: tuple[Finished, Finished]) -> None:
    names = [f"{i}.jpg" for i in range(6)]
    tokens = ("datapool.name=labelled", "n_example_images=0", "dataset=labelled", "append_weak_labels=True")
    for file, labels in (("a.csv", [0, 1, 2] * 2), ("b.csv", [2] * 6), ("c.csv", [3] * 6)):
        write_vectors(place / "shared" / file, [file[0] + name for name in names], grid(6, ord(file[0])))
        table = pl.read_csv(place / "shared" / file).with_columns(labels=pl.Series(labels))
        table.write_csv(place / "shared" / file)
    succeed(place, "embeddings=a.csv", *tokens)
    succeed(place, "embeddings=b.csv", *tokens)
    members, rows = rows_of(place / "shared" / "labelled" / "datapool_latest.csv")
    assert members == [*(f"a{name}" for name in names), *(f"b{name}" for name in names)]
    assert rows[:, 4:].tolist() == [*(np.eye(3)[[0, 1, 2] * 2]).tolist(), *(np.eye(3)[[2] * 6]).tolist()]
    assert "append_weak_labels: '3' is no weak label of datapool.name=labelled, which has 3 (0, 1, 2)" in refuse(
        place, "embeddings=c.csv", *tokens
    )


@pytest.mark.parametrize("name", ["../out", "a/b", ".."])
def test_a_name_that_leaves_the_shared_folder(place: Path, of_files: tuple[Finished, Finished], name: str) -> None:
    message = refuse(place, "embeddings=one.csv", f"datapool.name={name}")
    assert "give the name of one folder below shared_dir" in message


def test_damaged_settings(place: Path, of_files: tuple[Finished, Finished]) -> None:
    settings = place / "shared" / "of_files" / "datapool_settings.json"
    good = settings.read_bytes()
    try:
        settings.write_text("{", encoding="utf-8")
        assert "datapool_settings.json: invalid json" in refuse(place, "embeddings=one.csv", *FILES)
    finally:
        settings.write_bytes(good)
