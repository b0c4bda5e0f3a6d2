"""The resource `run_folder`: one process's part in a run. It makes or finds the run's folder, and writes its logs.

Nothing happens before the first step asks: what a user can mend is then an error of that step, in one line.
"""

import logging
import multiprocessing
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path

from dagster import DagsterEventType, DagsterInstance, Failure, InitResourceContext, ResourceDefinition

from configs.errors import InputError, PassingError
from configs.launchpad import launchpad_fields
from configs.run_checks import check_run
from configs.stages.run_folder import RunFolderConfig
from resources.bucket_run_folder import claimed_folder
from resources.earlier_run import config_of, unfinished_run_in, written_by
from resources.interruptions import sent_again_when_lost
from resources.killed_runs import end_killed_runs
from resources.local_copies import COPIES
from resources.lock_keeper import keep_locks
from resources.locks import dataset_lock, run_alive, staging_door, state_folder_lock
from resources.memory_log import MemoryLog
from resources.output_place import output_store
from resources.platform.run_states import OF_STEPS
from resources.platform.runs import report_state
from resources.platform.scheduled_runs import begin_run
from resources.queued_runs import WAITING
from resources.run import FAULT_TAG, FOLDER_TAG, TROUBLE_TAG, Run, remember_settings, run_of
from resources.run_folder import RunFolder, make_folder, surroundings, write_config
from resources.run_log import LOG_FILE, RunLog
from resources.staged_folder import StagedFolder, send_leftovers
from resources.stores.location import bucket_location

TAG_LENGTH = 500
log = logging.getLogger("winnow")


class RunSession:
    """One process's part in a run. `run` is settled when it is first asked for, and stays the same."""

    def __init__(self, instance: DagsterInstance, run_id: str) -> None:
        self._instance, self._run_id = instance, run_id
        self._ends = ExitStack()
        self._has_begun = self._has_worked = False
        self._staged: StagedFolder | None = None
        self.log = RunLog()
        self.log.start()
        self._ends.callback(self.log.stop)

    @cached_property
    def run(self) -> Run:
        """The run. Raises InputError for a partition key that is none."""
        return run_of(self._instance, self._run_id)

    @cached_property
    def folder(self) -> RunFolder:
        """The run's folder; made at its first use, with `config/` and open logs."""
        return RunFolder(self._open_folder)

    def begin(self) -> None:
        """Take the dataset for this run; waits while another run works on it, and says so.

        Raises InputError for settings that no run can have.
        """
        if not self._has_begun:
            check_run(self.run.settings)
            self._ends.enter_context(sent_again_when_lost())
            self._ends.enter_context(run_alive(self.run.id))
            self._ends.enter_context(dataset_lock(self.run.dataset, self.run.id, log.info))
            self._has_begun = True
            events = self._events()
            self.log.tell(line for _, line in events if line.startswith(WAITING))
            executor = multiprocessing.parent_process()
            if executor is not None and str(executor.pid) in {process for process, _ in events}:
                keep_locks(self.run.dataset, self.run.id, int(executor.pid or 0))
        if self.run.folder or self._known_folder():
            _ = self.folder.path  # that of a run which goes on, or of an earlier step's process: its log goes on, too

    def works_on(self, step: str) -> None:
        """Call it when a step begins: who scheduled the run sees how far it is."""
        if self._scheduled and step in OF_STEPS:
            report_state(self._scheduled, *OF_STEPS[step])

    @cached_property
    def _scheduled(self) -> str:
        """The platform's job that this run is, whose record is there from now on."""
        if self.run.scheduled:
            begin_run(self.run.scheduled, self._run_id)
        return self.run.scheduled

    def has_worked(self) -> None:
        """Call it after a step that went well: the settings that led there are kept, and what it said."""
        remember_settings(self.run)
        self._has_worked = True
        if self._staged:
            self._staged.send()

    @contextmanager
    def told_errors(self) -> Iterator[None]:
        """A user's mistake fails the run with its one line and no stack trace; log.txt ends with what ended the run."""
        try:
            yield
        except InputError as error:
            message = COPIES.told(str(error))
            self.log.error(message)
            tag = TROUBLE_TAG if isinstance(error, PassingError) else FAULT_TAG
            self._instance.add_run_tags(self._run_id, {tag: message[:TAG_LENGTH]})
            raise Failure(description=message, allow_retries=False) from None
        except (GeneratorExit, Failure):
            raise
        except BaseException as error:
            self.log.bug(error)
            raise

    def _events(self) -> list[tuple[str, str]]:
        """What was said about the run as a whole: the process that it names, if any, and the line."""
        entries = self._instance.all_logs(self._run_id, of_type=DagsterEventType.ENGINE_EVENT)
        told = [entry.dagster_event for entry in entries if entry.dagster_event]
        return [
            (str(event.engine_event_data.metadata["pid"].value), event.message or "")
            if "pid" in event.engine_event_data.metadata
            else ("", event.message or "")
            for event in told
        ]

    def _known_folder(self) -> str:
        found = self._instance.get_run_by_id(self.run.id)
        return self.run.folder or (found.tags.get(FOLDER_TAG, "") if found else "")

    def _open_folder(self) -> tuple[Path, str]:
        run = self.run  # settled under the lock that is taken now
        config = run.settings["run_folder"]
        assert isinstance(config, RunFolderConfig)
        if bucket := bucket_location("output_dir", config.output_dir):
            end_killed_runs(self._instance)
            send_leftovers(run.dataset, bucket.place)
            with staging_door(run.id):  # the first steps may be processes that start at once
                path, place = self._staged_folder(run, config)
        else:
            with state_folder_lock():
                path = self._made_folder(run, config)
            place = str(path)
        self.log.open(path / LOG_FILE)
        memory = MemoryLog(path / "memlog.txt")
        memory.start()
        self._ends.callback(memory.stop)
        return path, place

    def _staged_folder(self, run: Run, config: RunFolderConfig) -> tuple[Path, str]:
        root, place = output_store(config.output_dir, run.dataset), self._known_folder()

        def marker(key: str) -> bytes:
            return surroundings(run, root.place(key)).encode()

        def may_go_on(config: bytes) -> bool:
            return unfinished_run_in(config, run.dataset, self._instance) is not None

        is_new = not place
        if is_new:
            place = root.place(claimed_folder(root, config, marker, may_go_on))
            self._instance.add_run_tags(run.id, {FOLDER_TAG: place})
        self._staged = StagedFolder(output_store(place, run.dataset), run.id)
        self._ends.callback(self._end_staging, self._staged)
        self._staged.bring()
        if is_new or written_by(self._staged.path)[0] != run.id:
            write_config(run, self._staged.path, place)
        return self._staged.path, place

    def _end_staging(self, staged: StagedFolder) -> None:
        self.log.stop()  # what is said from now on could not be put any more
        staged.close()

    def _made_folder(self, run: Run, config: RunFolderConfig) -> Path:
        known = self._known_folder()
        path = Path(known) if known else make_folder(config, self._may_go_on)
        if not known:
            self._instance.add_run_tags(run.id, {FOLDER_TAG: str(path)})
        if written_by(path)[0] != run.id:
            end_killed_runs(self._instance)  # the log of an earlier run here tells its end before ours begins
            write_config(run, path)
        return path

    def close(self) -> None:
        with self._ends, suppress(InputError):
            if self._has_worked:  # also a run that had nothing to write has a folder, with its settings and log
                _ = self.folder.path
        COPIES.close()

    def _may_go_on(self, folder: Path) -> bool:
        """Whether the folder is that of a run of the same dataset that did not succeed."""
        end_killed_runs(self._instance)
        return unfinished_run_in(config_of(folder), self.run.dataset, self._instance) is not None


def _run_session(context: InitResourceContext) -> Iterator[RunSession]:
    assert context.instance is not None and context.run is not None, "the run folder belongs to a run"
    session = RunSession(context.instance, context.run.run_id)
    try:
        yield session
    finally:
        session.close()


run_session = ResourceDefinition(
    _run_session, config_schema=launchpad_fields(RunFolderConfig), description=(RunFolderConfig.__doc__ or "").strip()
)
