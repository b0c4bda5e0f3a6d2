"""Which folder of a bucket a run gets, by the rules of a local one."""

import re
from contextlib import suppress
from itertools import count

import pytest

from configs.errors import InputError
from configs.stages.run_folder import RunFolderConfig
from resources.bucket_run_folder import claimed_folder
from resources.stores.bucket_store import BucketStore
from tests.resources.stores.store_suite import in_threads, keys

HYDRA = "hydra: {{job: {{name: winnow, id: run-{}, dataset: d}}}}"
NAMED = RunFolderConfig(run_directory="a/b")


def never(_: bytes) -> bool:
    return False


RUNS = count()


def claim(store: BucketStore, config: RunFolderConfig = NAMED) -> str:
    """As a run of its own."""
    marker = HYDRA.format(next(RUNS)).encode()
    return claimed_folder(store, config, lambda key: marker, never)


def test_runs_that_begin_at_once_get_folders_of_their_own(bucket: BucketStore) -> None:
    found: list[str] = []
    in_threads(lambda _: found.append(claim(bucket, RunFolderConfig())), 3)
    assert len(set(found)) == 3
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d/\d\d:\d\d:\d\d", key) for key in found)
    assert keys(bucket) == sorted(f"{key}/config/hydra.yaml" for key in found)


def test_a_name_is_given_once(bucket: BucketStore) -> None:
    first = HYDRA.format("first").encode()
    assert claimed_folder(bucket, NAMED, lambda key: first, never) == "a/b"
    assert bucket.get("a/b/config/hydra.yaml", 99) == first
    place = f"{bucket.name}/a/b"
    with pytest.raises(InputError, match=f"^run_directory=a/b: {place} exists and is not empty; remove it or choose"):
        claim(bucket)
    for name in ("a/b/c", "a/b/c/d"):
        with pytest.raises(InputError, match=f"run_directory={name}: {place} is the folder of another run; choose"):
            claim(bucket, RunFolderConfig(run_directory=name))
    bucket.put("full/x.txt", b"")
    with pytest.raises(InputError, match="/full exists and is not empty"):
        claim(bucket, RunFolderConfig(run_directory="full"))
    assert claim(bucket, RunFolderConfig(run_directory="ful")) == "ful"
    with pytest.raises(InputError, match=r"without '\.\.'"):
        claim(bucket, RunFolderConfig(run_directory="a/../c"))


def test_of_many_that_want_a_name_one_gets_it(bucket: BucketStore) -> None:
    got: list[str] = []

    def want(_: int) -> None:
        with suppress(InputError):
            got.append(claim(bucket))

    in_threads(want, 6)
    assert got == ["a/b"]


def test_an_unfinished_run_lets_its_folder_be_gone_on_with(bucket: BucketStore) -> None:
    first = HYDRA.format("first").encode()
    claimed_folder(bucket, NAMED, lambda key: first, never)
    asked: list[bytes] = []

    def may_go_on(config: bytes) -> bool:
        asked.append(config)
        return True

    assert claimed_folder(bucket, NAMED, lambda key: b"new", may_go_on) == "a/b"
    assert asked == [first]
