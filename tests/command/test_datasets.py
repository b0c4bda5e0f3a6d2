"""`winnow datasets`, as a user types it."""

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from configs.thumbnail_suffix import DEFAULT as THUMBNAIL_SUFFIX
from resources.catalog.datasets import credentials_for, find_dataset, store_settings
from resources.instance import dagster_instance
from selection_assets.command import dataset_request
from selection_assets.command.main import main
from selection_assets.partitions import datasets
from tests.resources.stores.s3_servers import KEYS, boto3_client, moto
from tests.test_docs import ROOT, winnow_commands

Datasets = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    for name in (*KEYS, "AWS_ENDPOINT_URL", "AWS_ALLOW_HTTP", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture
def winnow(capsys: pytest.CaptureFixture[str]) -> Datasets:
    """Exit code, standard output and error of `winnow datasets …`."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(["datasets", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto() as url:
        bucket = boto3_client(url)
        bucket.create_bucket(Bucket="pictures")
        bucket.put_object(Bucket="pictures", Key="cats/a.jpg", Body=b"x")
        yield url


@pytest.fixture
def folders(tmp_path: Path) -> tuple[str, str]:
    for name in ("pictures", "lightly"):
        (tmp_path / name).mkdir()
    return str(tmp_path / "pictures"), str(tmp_path / "lightly")


@pytest.fixture
def credentials(tmp_path: Path, server: str) -> str:
    file = tmp_path / "credentials.json"
    file.write_text(json.dumps({**KEYS, "endpoint_url": server, "allow_http": True}))
    return str(file)


def partitions() -> list[str]:
    with dagster_instance() as instance:
        return list(instance.get_dynamic_partitions(str(datasets.name)))


def test_a_dataset_from_its_addition_to_its_removal(winnow: Datasets, folders: tuple[str, str], home: Path) -> None:
    pictures, lightly = folders
    done = winnow("add", "cats", "--input", pictures, "--lightly", lightly, "stopping_condition.n_samples=0.3")
    assert done == (0, "Added dataset cats. To see whether it can be read: winnow datasets test cats\n", "")
    assert partitions() == ["cats"]
    assert (found := find_dataset("cats")) and found.settings == {
        "datasource": {"input_dir": pictures, "shared_dir": lightly},
        "run_folder": {"output_dir": f"{lightly}/runs"},
        "selected_samples": {"stopping_condition": {"n_samples": None, "proportion_samples": 0.3}},
    }
    code, said, _ = winnow("list")
    head, row = said.splitlines()
    assert (code, head.split()) == (0, ["NAME", "TYPE", "INPUT", "CREDENTIALS", "ADDED"])
    assert row.split()[:4] == ["cats", "images", pictures, "-"]
    assert winnow("edit", "cats", "stopping_condition.n_samples=7")[:2] == (0, "Changed dataset cats.\n")
    code, said, _ = winnow("show", "cats")
    assert code == 0
    assert "stopping_condition.n_samples=7" in said and f"input_dir={pictures}" in said and "dataset       cats" in said
    (home / "tables" / "embeddings").mkdir(parents=True)
    (home / "tables" / "embeddings" / "cats.parquet").write_text("x")
    assert winnow("remove", "cats", "--yes")[0] == 0
    assert partitions() == [] and find_dataset("cats") is None
    assert not list(home.glob("tables/*/*"))
    assert winnow("show", "cats") == (
        2,
        "",
        "winnow: error: there is no dataset cats; winnow datasets list shows all\n",
    )
    assert winnow("list")[2] == "There are none yet: winnow datasets add NAME --input s3://bucket/folder\n"


def test_settings_of_a_file(winnow: Datasets, folders: tuple[str, str], tmp_path: Path) -> None:
    pictures, lightly = folders
    where = ("--input", pictures, "--lightly", lightly)
    flat = tmp_path / "flat.yaml"
    flat.write_text("stopping_condition:\n  n_samples: 5\nlightly.loader.batch_size: 4\noutput_dir: /results\n")
    assert winnow("add", "flat", *where, "--settings", str(flat), "method=random")[0] == 0
    assert (found := find_dataset("flat")) and found.settings == {
        "selected_samples": {
            "stopping_condition": {"n_samples": 5, "proportion_samples": None},
            "method": "random",
        },
        "embeddings": {"loader": {"batch_size": 4}},
        "run_folder": {"output_dir": "/results"},
        "datasource": {"input_dir": pictures, "shared_dir": lightly},
    }
    strategy = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
    three = tmp_path / "three.json"
    three.write_text(json.dumps({"selection_config": {"n_samples": 9, "strategies": [strategy]}}))
    assert winnow("add", "three", *where, "--settings", str(three))[0] == 0
    assert "strategies    1: EMBEDDINGS × DIVERSITY\n" in winnow("show", "three")[1]
    assert (found := find_dataset("three")) and found.settings["selected_samples"]["n_samples"] == 9


def test_a_bucket_with_credentials(winnow: Datasets, folders: tuple[str, str], credentials: str, server: str) -> None:
    where = ("--input", "s3://pictures/cats", "--lightly", folders[1], "--input-credentials", credentials)
    assert winnow("add", "cats", *where, "stopping_condition.n_samples=3")[0] == 0
    found = credentials_for("cats", "INPUT", "s3://pictures")
    assert found and found.secret_access_key.get_secret_value() == KEYS["AWS_SECRET_ACCESS_KEY"]
    code, said, _ = winnow("show", "cats")
    assert f"credentials   INPUT, for s3://pictures: access key …0000 at {server}\n" in said
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in said and code == 0
    assert winnow("test", "cats") == (
        0, "INPUT    list   ok\nINPUT    read   ok\n"
        "LIGHTLY  list   ok\nLIGHTLY  read   ok\nLIGHTLY  write  ok\n", "",
    )  # fmt: skip
    code, said, _ = winnow("edit", "cats", "--input", "s3://other/cats")
    assert "Its credentials are for s3://pictures only: give those of the new place" in said
    code, said, _ = winnow("test", "cats")
    assert code == 2 and "there are no credentials; set AWS_ACCESS_KEY_ID" in said
    assert winnow("edit", "cats", "--input-credentials", credentials)[0] == 0
    code, said, _ = winnow("test", "cats")
    assert code == 2
    assert "s3://other/cats: there is no such bucket; check its name, and endpoint_url in the dataset's cred" in said
    assert winnow("edit", "cats", "--input", "s3://pictures/none", "--input-credentials", credentials)[0] == 0
    assert "INPUT    list   s3://pictures/none holds nothing yet\n" in winnow("test", "cats")[1]
    assert winnow("edit", "cats", "--input-credentials", "none")[0] == 0
    assert (dataset := find_dataset("cats")) and not dataset.places


def test_a_lightly_place_in_another_bucket(
    winnow: Datasets, folders: tuple[str, str], credentials: str, server: str
) -> None:
    boto3_client(server).create_bucket(Bucket="shared")
    where = ("--input", folders[0], "--lightly", "s3://shared/cats/", "--lightly-credentials", credentials)
    assert winnow("add", "cats", *where, "stopping_condition.n_samples=3")[0] == 0
    assert (found := find_dataset("cats")) and found.places == {"LIGHTLY": "s3://shared"}
    assert found.settings["datasource"]["shared_dir"] == "s3://shared/cats"
    assert found.settings["run_folder"]["output_dir"] == "s3://shared/cats/runs"
    assert credentials_for("cats", "LIGHTLY", "s3://shared") and not credentials_for("cats", "INPUT", "s3://shared")
    assert f"credentials   LIGHTLY, for s3://shared: access key …0000 at {server}\n" in winnow("show", "cats")[1]
    tried = "INPUT    list   ok\nINPUT    read   ok\nLIGHTLY  list   ok\nLIGHTLY  write  ok\n"
    assert winnow("test", "cats") == (0, tried, "")
    assert "Contents" not in boto3_client(server).list_objects_v2(Bucket="shared")  # nothing is left there
    assert winnow("edit", "cats", "output_dir=s3://results/x", "--lightly-credentials", "none")[0] == 0
    code, said, _ = winnow("test", "cats")
    assert code == 2
    assert "LIGHTLY  list   s3://shared/cats: there are no credentials; set AWS_ACCESS_KEY_ID" in said
    assert "RESULTS  write  s3://results/x: there are no credentials; " in said


def test_credentials_that_are_asked_for(
    winnow: Datasets, folders: tuple[str, str], server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ("add", "cats", "--input", "s3://pictures/cats", "--lightly", folders[1], "stopping_condition.n_samples=3")
    code, _, said = winnow(*where, "--input-credentials", "-")
    assert (code, said) == (2, "winnow: error: --input-credentials -: nobody is there to ask; give a file, or env\n")
    asked: list[str] = []

    def answer(question: str, hidden: bool) -> str:
        asked.append(f"{question}{'(hidden)' if hidden else ''}")
        return {"access_key: ": "AKIA1", "secret_access_key: ": "s3cret"}.get(question, "")

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: answer(question, False))
    monkeypatch.setattr(dataset_request, "getpass", lambda question: answer(question, True))
    assert winnow(*where, "--input-credentials", "-")[0] == 0
    assert [each for each in asked if "hidden" in each] == ["secret_access_key: (hidden)", "external_id: (hidden)"]
    found = credentials_for("cats", "INPUT", "s3://pictures")
    assert found and (found.access_key, found.secret_access_key.get_secret_value()) == ("AKIA1", "s3cret")


def test_credentials_of_the_environment_of_now(
    winnow: Datasets, folders: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    where = ("--input", "s3://pictures/cats", "--lightly", folders[1], "--input-credentials", "env")
    assert winnow("add", "cats", *where, "stopping_condition.n_samples=3")[0] == 0
    found = credentials_for("cats", "INPUT", "s3://pictures")
    assert found and found.access_key == KEYS["AWS_ACCESS_KEY_ID"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "../up", "--input", "P", "--lightly", "L", "N"), "dataset='../up': use up to 100 letters"),
        (("add", "a", "--input", "P", "--lightly", "L", "N", "--type", "videos"), "--type videos is not supported yet"),
        (("add", "a", "--input", "P", "--lightly", "L", "N", "--type", "x"), "--type x: there is no such type; use"),
        (("add", "a", "--input", "ftp://x/y", "--lightly", "L", "N"), "input_dir=ftp://x/y: ftp:// is no place for"),
        (("add", "a", "--input", "s3://B/y", "--lightly", "L", "N"), "input_dir=s3://B/y: 'B' is no name of a bucket"),
        (("add", "a", "--input", "P", "--lightly", "s3://B/y", "N"), "shared_dir=s3://B/y: 'B' is no name of a bucket"),
        (
            ("add", "a", "--input", "P", "--lightly", "L", "N", "--lightly-credentials", "env"),
            "--lightly-credentials: the place is a local folder, which needs none; leave them out",
        ),
        (("add", "a", "--input", "P", "N"), "there is no place for results; add --lightly URL, or output_dir="),
        (
            ("add", "a", "--input", "P", "--lightly", "L", "N", "dataset=b"),
            "dataset= and sanity_check= are no settings",
        ),
        (("add", "a", "--input", "P", "--lightly", "L", "nonsense=1"), "option nonsense does not exist"),
        (("add", "a", "--input", "P", "--lightly", "L", "N", "--input-credentials", "env"), "--input-credentials: the"),
        (
            ("add", "a", "--input", "P", "--lightly", "L", "N", "--settings", "none.yaml"),
            "--settings none.yaml: cannot",
        ),
        (("edit", "none", "N"), "there is no dataset none; winnow datasets list shows all"),
        (("test", "a|b"), "dataset='a|b': use up to 100 letters"),
        (("remove", "none"), "there is no dataset none"),
    ],
)
def test_what_a_user_can_mend(
    winnow: Datasets, folders: tuple[str, str], arguments: tuple[str, ...], message: str
) -> None:
    words = {"P": folders[0], "L": folders[1], "N": "stopping_condition.n_samples=3"}
    code, said, error = winnow(*(words.get(each, each) for each in arguments))
    assert (code, said) == (2, "")
    assert error.startswith(f"winnow: error: {message}") and error.count("\n") == 1
    assert partitions() == []


def test_a_name_is_taken_once(winnow: Datasets, folders: tuple[str, str]) -> None:
    where = ("--input", folders[0], "--lightly", folders[1], "stopping_condition.n_samples=3")
    assert winnow("add", "a", *where)[0] == 0
    message = "winnow: error: dataset a exists already; use winnow datasets edit a, or another name\n"
    assert winnow("add", "a", *where) == (2, "", message)
    code, _, error = winnow("remove", "a")
    assert (code, error) == (2, "winnow: error: winnow datasets remove a: nobody is there to ask; add --yes\n")


@pytest.mark.parametrize(("page", "number", "left"), [("buckets.md", 3, ["cats"]), ("datasets.md", 6, [])])
def test_the_documented_commands(
    winnow: Datasets, folders: tuple[str, str], credentials: str, server: str, page: str, number: int, left: list[str]
) -> None:
    boto3_client(server).create_bucket(Bucket="bucket")
    boto3_client(server).put_object(Bucket="bucket", Key="cats/a.jpg", Body=b"x")
    words = {"/shared/cats": folders[1], "cats.yaml": credentials}
    commands = [words_ for words_ in winnow_commands([ROOT / "docs" / page]) if words_[0] == "datasets"]
    assert len(commands) == number
    for _, *arguments in commands:
        code, _, error = winnow(*(words.get(each, each) for each in arguments))
        assert (code, error) == (0, ""), arguments
    assert partitions() == left


def test_the_list_is_as_wide_as_its_words(winnow: Datasets, folders: tuple[str, str]) -> None:
    pictures, lightly = folders
    assert winnow("add", "a", "--input", pictures, "--lightly", lightly, "stopping_condition.n_samples=3")[0] == 0
    of_file = ("--input", "", "--lightly", lightly, "embeddings=e.csv", "stopping_condition.n_samples=3")
    assert winnow("add", "longer", *of_file)[0] == 0
    code, said, error = winnow("list")
    day = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    wide = max(len(pictures), len(f"{lightly}/e.csv"))
    assert (code, error) == (0, "")
    for line, expected in zip(
        said.splitlines(),
        (
            f"NAME    TYPE    {'INPUT':<{wide}}  CREDENTIALS  ADDED",
            rf"a       images  {pictures:<{wide}}  -            {day}",
            rf"longer  images  {f'{lightly}/e.csv':<{wide}}  -            {day}",
        ),
        strict=True,
    ):
        assert re.fullmatch(expected, line), line


def test_all_about_a_dataset(winnow: Datasets, folders: tuple[str, str]) -> None:
    pictures, lightly = folders
    assert winnow("add", "a", "--input", pictures, "--lightly", lightly, "stopping_condition.n_samples=3")[0] == 0
    code, said, error = winnow("show", "a")
    lines = said.splitlines()
    assert (code, error, lines[:2]) == (0, "", ["dataset       a", "type          images"])
    for line, name in zip(lines[2:4], ("added", "changed"), strict=True):
        assert re.fullmatch(rf"{name:<14}\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC", line)
    assert lines[4] == "thumbnails    .lightly/thumbnails/[filename]_thumb.[extension]"
    assert lines[5] == "processed     0 files"
    assert lines[6].startswith("settings      ")
    assert sorted(line[14:] for line in lines[6:]) == [
        f"input_dir={pictures}",
        f"output_dir={lightly}/runs",
        f"shared_dir={lightly}",
        "stopping_condition.n_samples=3",
    ]
    assert {line[:14].strip() for line in lines[7:]} == {""}


def test_names_of_thumbnails(winnow: Datasets, folders: tuple[str, str]) -> None:
    pictures, lightly = folders

    def suffix(name: str) -> str | None:
        found = find_dataset(name)
        assert found is not None
        return found.thumbnail_suffix

    where = ("--input", pictures, "--lightly", lightly, "stopping_condition.n_samples=3")
    assert winnow("add", "a", *where)[0] == 0
    assert winnow("add", "b", *where, "--thumbnail-suffix", ".lightly/b/[filename].jpg")[0] == 0
    assert winnow("add", "c", *where, "--thumbnail-suffix", "None")[0] == 0
    default = ".lightly/thumbnails/[filename]_thumb.[extension]"
    assert [suffix(name) for name in "abc"] == [default, ".lightly/b/[filename].jpg", ""]
    assert "thumbnails    .lightly/b/[filename].jpg\n" in winnow("show", "b")[1]
    assert "thumbnails    none\n" in winnow("show", "c")[1]
    for name in "abc":  # what is not named stays
        assert winnow("edit", name, "--lightly", f"{lightly}/other", "stopping_condition.n_samples=4")[0] == 0
    assert [suffix(name) for name in "abc"] == [default, ".lightly/b/[filename].jpg", ""]
    assert winnow("edit", "a", "--thumbnail-suffix", "")[0] == 0
    assert winnow("edit", "c", "--thumbnail-suffix", default)[0] == 0
    assert [suffix(name) for name in "abc"] == ["", ".lightly/b/[filename].jpg", default]
    code, _, said = winnow("edit", "a", "--thumbnail-suffix", "../[filename]", "stopping_condition.n_samples=5")
    message = f"--thumbnail-suffix '../[filename]' leads out of the LIGHTLY place; write '{default}', the like, or none"
    assert (code, said) == (2, f"winnow: error: {message}\n")
    assert suffix("a") == "" and "stopping_condition.n_samples=4" in winnow("show", "a")[1]  # nothing has changed


def test_thumbnails_begin_with_a_lightly_place(winnow: Datasets, folders: tuple[str, str]) -> None:
    """A dataset that a run or the UI made has none before somebody names one."""
    pictures, lightly = folders
    made = {"datasource": {"input_dir": pictures, "shared_dir": lightly}, "run_folder": {"output_dir": "/out"}}
    store_settings("run", made)
    assert winnow("edit", "run", "--watch")[0] == 0
    assert (found := find_dataset("run")) and found.thumbnail_suffix is None
    assert "thumbnails    none\n" in winnow("show", "run")[1]
    assert winnow("edit", "run", "--lightly", f"{lightly}/cats")[0] == 0
    assert (found := find_dataset("run")) and found.thumbnail_suffix == THUMBNAIL_SUFFIX
    assert winnow("add", "x", "--input", pictures, "output_dir=/out", "stopping_condition.n_samples=3")[0] == 0
    assert (found := find_dataset("x")) and found.thumbnail_suffix is None


@pytest.mark.parametrize(
    ("answer", "gone"), [("y", True), (" Yes ", True), ("n", False), ("", False), ("yesterday", False)]
)
def test_a_removal_is_asked_about(
    winnow: Datasets, folders: tuple[str, str], monkeypatch: pytest.MonkeyPatch, answer: str, gone: bool
) -> None:
    where = ("--input", folders[0], "--lightly", folders[1], "stopping_condition.n_samples=3")
    assert winnow("add", "a", *where)[0] == 0
    asked: list[str] = []
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
    said = "Removed dataset a. Its pictures and run folders are untouched." if gone else "Nothing was removed."
    assert winnow("remove", "a") == (0, f"{said}\n", "")
    assert asked == ["Remove dataset a, its tables, thumbnails and credentials? [y/N] "]
    assert (partitions(), find_dataset("a") is None) == ([] if gone else ["a"], gone)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"selection_config": {}, "method": "random"}, "method stands beside worker_config; put it inside"),
        ({"nonsense": 1}, "option nonsense does not exist"),
    ],
)
def test_settings_of_a_file_that_cannot_be(
    winnow: Datasets, folders: tuple[str, str], tmp_path: Path, content: dict[str, object], message: str
) -> None:
    (tmp_path / "s.json").write_text(json.dumps(content))
    file = str(tmp_path / "s.json")
    code, said, error = winnow("add", "a", "--input", folders[0], "--lightly", folders[1], "--settings", file)
    assert (code, said) == (2, "") and message in error


def test_null_in_a_file_is_the_word_null(winnow: Datasets, folders: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("lightly:\n  model:\n    width: null\nstopping_condition.n_samples: 3\n")
    where = ("--input", folders[0], "--lightly", folders[1], "--settings", str(tmp_path / "s.yaml"))
    assert winnow("add", "a", *where)[0] == 0
    assert (found := find_dataset("a")) and found.settings["checkpoint"] == {"model": {"width": None}}
