"""The files of a run folder that are artifacts of the platform, by their types."""

from collections.abc import Iterator

from configs.errors import InputError
from resources.output_place import output_store

TYPES = {
    "log.txt": "LOG",
    "memlog.txt": "MEMLOG",
    "report.pdf": "REPORT_PDF",
    "report.json": "REPORT_JSON",
    "corruptness_check_information.json": "CORRUPTNESS_CHECK_INFORMATION",
    "sequence_information.json": "SEQUENCE_INFORMATION",
}


def artifacts_in(folder: str, dataset: str) -> Iterator[tuple[str, str, str]]:
    """Type, file name and place of each that is there. folder: of a run, local or in a bucket."""
    try:
        store = output_store(folder, dataset)
        for name, kind in TYPES.items():
            if store.find(name):
                yield kind, name, store.place(name)
    except (OSError, InputError):  # the run has ended; what cannot be seen now is no artifact
        return
