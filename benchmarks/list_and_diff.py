"""What is new in a place: listed, and compared with what the catalog knows, in a process of its own.

    python -m benchmarks.list_and_diff PLACE DATASET SHARE

SHARE: of the files, those that count as processed from then on; 0 changes nothing.
Prints seconds of listing, seconds of comparing, files, those of them that are new, and the peak of memory in MB.
"""

import subprocess
import sys
import time
from collections.abc import Mapping
from typing import NamedTuple

from benchmarks.peak_memory import peak_mb
from benchmarks.winnow_run import ROOT


class Listing(NamedTuple):
    listing_seconds: float
    comparing_seconds: float
    files: int
    new: int
    peak_mb: float


def list_and_diff(place: str, dataset: str, share: float, variables: Mapping[str, str]) -> Listing:
    """Of a process of its own, with these variables as its environment."""
    command = [sys.executable, "-m", "benchmarks.list_and_diff", place, dataset, str(share)]
    done = subprocess.run(command, env=dict(variables), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    listing, comparing, files, new, peak = done.stdout.split()
    return Listing(float(listing), float(comparing), int(files), int(new), float(peak))


def main(place: str, dataset: str, share: float) -> None:
    from configs.stages.input import InputConfig
    from configs.stages.run_folder import RunFolderConfig
    from resources.catalog.datasets import add_missing
    from resources.catalog.processed_files import ProcessedFiles
    from resources.datasource import Datasource
    from selection_assets.listing import listed_samples, only_new

    processed = ProcessedFiles(dataset)
    began = time.perf_counter()
    samples, _ = listed_samples(InputConfig(), RunFolderConfig(output_dir="/nowhere"), Datasource(place))
    listed = time.perf_counter()
    new = only_new(samples, processed)
    compared = time.perf_counter()
    peak = peak_mb()
    if share:
        add_missing([dataset])
        processed.add(samples.head(round(share * len(samples))), "benchmark")
    print(listed - began, compared - listed, len(samples), len(new), peak)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
