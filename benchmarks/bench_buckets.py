"""Buckets: reading, listing, whole runs, and looking at many datasets, on a local S3 server that checks signatures.

    python -m benchmarks.bench_buckets [reading | listing | runs | news | tick ...]

The server (rclone) shares the processor with what it serves. Needs about 1.5 GB in the folder for temporary files, and
the packages of the dependency groups `dev` and `bench`.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks.bench_ingest import pictures
from benchmarks.inputs import write_copies
from benchmarks.list_and_diff import list_and_diff
from benchmarks.winnow_run import WinnowRun, winnow_run
from resources.stores.bucket_store import BucketStore
from resources.stores.location import bucket_location
from tests.resources.stores.s3_servers import environment, rclone

BUCKET = "pictures"
READ, READ_BYTES, READ_ROUNDS = 10_000, 100_000, 3
LISTED = 100_000
RUN_PICTURES, RUN_ROUNDS = 600, 3
CATALOGUED, NEW_SHARE = 2_000, 0.01
WATCHED, WATCHED_FILES, TICKS = 200, 20, 5
THREADS = 32
ORIGINALS = 100
Rows = list[dict[str, Any]]


def run(names: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """One row per figure: work, ours, peer, ratio, goal. names: of `PARTS`; without, all."""
    for name in names or PARTS:
        yield from PARTS[name]()


def reading(number: int = READ) -> Rows:
    """Objects in threads as checking reads them, beside boto3 in as many threads and s3fs as its users have it."""
    with _bucket() as (folder, url):
        _write_small(folder / "a", number, READ_BYTES)
        keys = [f"a/{index:06d}.jpg" for index in range(number)]
        readers = {"ours": _ours(), "boto3": _boto3(url), "s3fs": _s3fs(url)}
        seconds: dict[str, list[float]] = {name: [] for name in readers}
        readers["ours"](keys)  # the server's own cache of names
        for _ in range(READ_ROUNDS):
            for name, read in readers.items():
                began = time.perf_counter()
                if read(keys) != number * READ_BYTES:
                    raise AssertionError(name)
                seconds[name].append(time.perf_counter() - began)
    speed = {name: number / statistics.median(times) for name, times in seconds.items()}
    work = f"reading {number:,} objects of {READ_BYTES // 1000} kB, {THREADS} threads (objects/s); peer:"
    return [
        _row(f"{work} s3fs, cat of 1,000 at a time", speed["ours"], speed["s3fs"], goal=5.0),
        _row(f"{work} boto3, {THREADS} threads", speed["ours"], speed["boto3"], goal=2.0),
    ]


def _ours() -> Callable[[Sequence[str]], int]:
    store = _store()
    return lambda keys: _in_threads(keys, lambda key: store.get(key, 1 << 30, listed=True))


def _boto3(url: str) -> Callable[[Sequence[str]], int]:
    import boto3
    from botocore.config import Config

    client = boto3.client("s3", endpoint_url=url, config=Config(max_pool_connections=THREADS))
    return lambda keys: _in_threads(keys, lambda key: client.get_object(Bucket=BUCKET, Key=key)["Body"].read())


def _in_threads(keys: Sequence[str], read: Callable[[str], bytes]) -> int:
    """Bytes that were read, in batches as `map_pictures` makes them."""
    with ThreadPoolExecutor(THREADS) as threads:
        return sum(threads.map(lambda batch: sum(len(read(key)) for key in batch), _batches(keys, 16)))


def _batches(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def _s3fs(url: str) -> Callable[[Sequence[str]], int]:
    import s3fs

    files = s3fs.S3FileSystem(endpoint_url=url)

    def read(keys: Sequence[str]) -> int:
        blocks = ([f"{BUCKET}/{key}" for key in block] for block in _batches(keys, 1_000))
        return sum(len(data) for block in blocks for data in files.cat(block).values())

    return read


def listing(number: int = LISTED) -> Rows:
    """Objects listed, and compared with as many rows of the catalog, of which a hundredth is missing."""
    with _bucket() as (folder, _):
        for start in range(0, number, 1_000):
            _write_small(folder / f"{start // 1_000:03d}", min(1_000, number - start), 1)
        with tempfile.TemporaryDirectory() as home:
            variables = {**os.environ, "DAGSTER_HOME": home}
            list_and_diff(f"s3://{BUCKET}", "many", 1 - NEW_SHARE, variables)
            found = [list_and_diff(f"s3://{BUCKET}", "many", 0, variables) for _ in range(3)]
    assert found[0].files == number and found[0].new == round(number * NEW_SHARE), found[0]
    took = statistics.median(each.listing_seconds + each.comparing_seconds for each in found)
    of_it = statistics.median(each.comparing_seconds for each in found)
    peak = statistics.median(each.peak_mb for each in found)
    work = f"listing {number:,} objects and finding the new ones"
    return [
        _goal(f"{work}, seconds ({of_it:.2f} of them for the catalog); peer: the goal", took, 15.0),
        _goal(f"{work}, peak of the process in MB; peer: the goal", peak, 400.0),
    ]


def runs(number: int = RUN_PICTURES) -> Rows:
    """Whole runs on a bucket and on a local folder with the same pictures, in turn, each with a new state folder."""
    with _bucket() as (folder, _):
        _write_pictures(folder / "a", number)
        places = {"bucket": f"s3://{BUCKET}", "folder": str(folder)}
        seconds: dict[str, list[float]] = {name: [] for name in places}
        checking: dict[str, list[float]] = {name: [] for name in places}
        for turn in range(RUN_ROUNDS):
            for name in sorted(places, reverse=bool(turn % 2)):
                with tempfile.TemporaryDirectory() as home:
                    done = _run(home, f"input_dir={places[name]}")
                seconds[name].append(done.seconds)
                checking[name].append(done.steps["checked_samples"])
    whole, checked = (
        {name: number / statistics.median(times) for name, times in measured.items()}
        for measured in (seconds, checking)
    )
    work = f"a run on {number:,} JPEGs 1280×720 in a bucket (images/s); peer: in a local folder"
    return [
        _row(work, whole["bucket"], whole["folder"], goal=0.9),
        _row(f"{work}; its step that reads them alone", checked["bucket"], checked["folder"], goal=None),
    ]


def news(number: int = CATALOGUED) -> Rows:
    """The first run of a dataset in the catalog, and the second one, when a hundredth is new."""
    from resources.catalog.datasets import store_settings

    with _bucket() as (folder, _), tempfile.TemporaryDirectory() as home:
        _write_pictures(folder / "a", number)
        with patch.dict(os.environ, DAGSTER_HOME=home):
            store_settings("cats", {"datasource": {"input_dir": f"s3://{BUCKET}"}})
        first = _run(home, "dataset=cats").seconds
        store, more = _store(), round(number * NEW_SHARE)
        with tempfile.TemporaryDirectory() as name:
            _write_pictures(Path(name) / "more", more, begin=number)
            for file in (Path(name) / "more").iterdir():
                store.put(f"a/{file.name}", file.read_bytes())
        second = _run(home, "dataset=cats").seconds
    # A run takes the fixed cost and the same for each picture: two runs say how much.
    each = (first - second) / (number - more)
    fixed = second - more * each
    enough = 0.95 * fixed / (each * (0.05 - NEW_SHARE))
    work = f"a run on {more} new pictures of a dataset of {number:,}, share of the time of the first run"
    costs = f"{second:.1f} of {first:.1f} s; {fixed:.1f} s however many, so 0.05 from {enough:,.0f} pictures on"
    return [_goal(f"{work} ({costs}); peer: the goal", second / first, 0.05)]


def tick() -> Rows:
    """One round of the sensor over datasets in which nothing is new."""
    from selection_assets.watching.looks import Looks, look
    from selection_assets.watching.tick import tick as one_tick

    rows = []
    with _bucket() as (folder, _):
        for place in range(WATCHED):
            _write_small(folder / f"{place:03d}", WATCHED_FILES, 1)
        for root, kind in ((f"s3://{BUCKET}", "in a bucket"), (str(folder), "in local folders")):
            with tempfile.TemporaryDirectory() as home, _watched(home, root) as instance:
                times = []
                for _ in range(TICKS):
                    began = time.perf_counter()
                    if begun := one_tick(instance, Looks(look), time.time, 40):
                        raise AssertionError(begun)
                    times.append(time.perf_counter() - began)
                _require_looked()
            work = f"a sensor tick over {WATCHED} datasets {kind}, {WATCHED_FILES} files each, none new, seconds"
            rows.append(_goal(f"{work} (the first: {times[0]:.1f}); peer: the goal", statistics.median(times), 5.0))
    return rows


@contextmanager
def _watched(home: str, root: str) -> Iterator[Any]:
    """Dagster's instance of a state folder in which every folder of a place is a watched dataset, and processed."""
    from configs.automation import Automation
    from configs.stages.input import InputConfig
    from configs.stages.run_folder import RunFolderConfig
    from resources.catalog.datasets import store_automation, store_settings
    from resources.catalog.processed_files import ProcessedFiles
    from resources.datasource import Datasource
    from resources.instance import dagster_instance
    from selection_assets.listing import listed_samples

    with patch.dict(os.environ, DAGSTER_HOME=home), dagster_instance() as instance:
        for place in range(WATCHED):
            name, source = f"cats_{place}", f"{root}/{place:03d}"
            store_settings(name, {"datasource": {"input_dir": source}, "run_folder": {"output_dir": f"{home}/out"}})
            store_automation(name, Automation(watch=True))
            files, _ = listed_samples(InputConfig(), RunFolderConfig(output_dir=f"{home}/out"), Datasource(source))
            ProcessedFiles(name).add(files, "benchmark")
        yield instance


def _require_looked() -> None:
    from resources.catalog.watches import watch_states

    if bad := [state for state in watch_states().values() if state.message]:
        raise AssertionError(bad[0])


@contextmanager
def _bucket() -> Iterator[tuple[Path, str]]:
    """The folder that is served as `BUCKET`, to be filled before the first request, and the address of the server."""
    with tempfile.TemporaryDirectory(prefix="winnow-bench-") as name:
        folder = Path(name, BUCKET)
        folder.mkdir()
        with rclone(Path(name)) as url, patch.dict(os.environ, environment(url)):
            yield folder, url


def _store() -> BucketStore:
    location = bucket_location("input_dir", f"s3://{BUCKET}")
    assert location
    return BucketStore(location)


def _write_small(folder: Path, number: int, size: int) -> None:
    """Files of that many bytes each; a hundred hold what is in all of them."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for index in range(number):
        file = folder / f"{index:06d}.jpg"
        if index < 100:
            file.write_bytes(random.bytes(size))
        else:
            file.hardlink_to(folder / f"{index % 100:06d}.jpg")


def _write_pictures(folder: Path, number: int, begin: int = 0) -> None:
    write_copies([file.read_bytes() for file in pictures(ORIGINALS)], folder, number, begin)


def _run(home: str, source: str) -> WinnowRun:
    options = [source, f"output_dir={home}/out", "stopping_condition.n_samples=0.1", "remove_exact_duplicates=False"]
    return winnow_run(options, Path(home))


def _row(work: str, ours: float, peer: float, goal: float | None) -> dict[str, Any]:
    """More is better."""
    return {"work": work, "ours": ours, "peer": peer, "ratio": ours / peer, "goal": goal}


def _goal(work: str, ours: float, goal: float) -> dict[str, Any]:
    """Less is better."""
    return {"work": work, "ours": ours, "peer": goal, "ratio": goal / ours, "goal": 1.0}


PARTS: dict[str, Callable[[], Rows]] = {
    "reading": reading,
    "listing": listing,
    "runs": runs,
    "news": news,
    "tick": tick,
}

if __name__ == "__main__":
    from benchmarks.table import print_rows

    print_rows(run(sys.argv[1:]))
