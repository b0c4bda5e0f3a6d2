"""Looking at datasets, many at a time: what is new in each. A look may take longer than the one who waits for it."""

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from configs.errors import InputError, NoPicturesError
from configs.run_settings import resolve
from configs.stages.datasource import DatasourceConfig
from configs.stages.input import InputConfig
from configs.stages.run_folder import RunFolderConfig
from resources.catalog.datasets import Dataset
from resources.catalog.processed_files import ProcessedFiles
from resources.datasource import Datasource
from selection_assets.expiration import lasting_samples
from selection_assets.listing import listed_samples, only_new
from selection_assets.watching.plan import Seen

AT_A_TIME = 16  # most of a look is waiting for a bucket
LAZINESS = 5.0  # a look that took a second is not repeated for five


class Looks:
    """Of one process. What is not done when `collect` must return goes on, and is collected later.

    look: dataset -> what it holds.
    """

    def __init__(self, look: Callable[[Dataset], Seen]) -> None:
        self._look = look
        self._threads = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="look")
        self._under_way: dict[str, Future[Seen]] = {}
        self._not_before: dict[str, float] = defaultdict(float)
        self._turn = threading.Lock()  # a tick that was cut off may still be here

    def collect(self, datasets: Iterable[Dataset], seconds: float) -> dict[str, Seen]:
        """What is known by then of those datasets, by name; looks of an earlier call count, too."""
        deadline = time.monotonic() + seconds
        with self._turn:
            wanted = {each.name for each in datasets}
            for each in datasets:
                if each.name not in self._under_way and time.monotonic() >= self._not_before[each.name]:
                    self._under_way[each.name] = self._threads.submit(self._timed_look, each)
            waiting = {future for name, future in self._under_way.items() if name in wanted}
            while waiting and (left := deadline - time.monotonic()) > 0:
                _, waiting = wait(waiting, left, FIRST_COMPLETED)
            done = [name for name, future in self._under_way.items() if future.done()]
            found = {name: self._under_way.pop(name).result() for name in done}
            return {name: seen for name, seen in found.items() if name in wanted}

    def _timed_look(self, dataset: Dataset) -> Seen:
        started = time.monotonic()
        try:
            return self._look(dataset)
        except Exception as error:  # one dataset must not keep others from being looked at
            return Seen(fault=f"{type(error).__name__}: {error}"[:500])
        finally:
            self._not_before[dataset.name] = time.monotonic() + LAZINESS * (time.monotonic() - started)


def look(dataset: Dataset) -> Seen:
    """What is new in a dataset's input, with the eyes of its next run."""
    try:
        settings = resolve(dataset.settings)
        source, samples, output = (settings[name] for name in ("datasource", "input_samples", "run_folder"))
        assert isinstance(source, DatasourceConfig)
        assert isinstance(samples, InputConfig)
        assert isinstance(output, RunFolderConfig)
        place = Datasource(source.input_dir, source.shared_dir, dataset.name)
        listed, _ = listed_samples(samples, output, place)
        new = only_new(listed, ProcessedFiles(dataset.name))
        if samples.input_expiration.handling_strategy == "SKIP" and not new.is_empty():
            new, _ = lasting_samples(new, samples.input_expiration, place.input_store)
    except NoPicturesError:
        return Seen()
    except InputError as error:
        return Seen(fault=str(error))
    if new.is_empty():
        return Seen()
    digest = hashlib.sha256()
    for row in new.select("source", "etag", "size").iter_rows():
        digest.update(repr(row).encode())
    return Seen(digest.hexdigest(), len(new))
