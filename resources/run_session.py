"""The resource `run_folder`: one process's part in a run. It makes or finds the run's folder, and writes its logs.

Nothing happens before the first step asks: what a user can mend is then an error of that step, in one line.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from dagster import DagsterInstance, InitResourceContext, ResourceDefinition

from configs.launchpad import launchpad_fields
from configs.run_checks import check_run
from configs.stages.run_folder import RunFolderConfig
from resources.earlier_run import unfinished_run_in, written_by
from resources.killed_runs import end_killed_runs
from resources.locks import dataset_lock, run_alive
from resources.memory_log import MemoryLog
from resources.run import FOLDER_TAG, Run, run_of
from resources.run_folder import RunFolder, make_folder, write_config
from resources.run_log import RunLog

log = logging.getLogger("winnow")


class RunSession:
    """One process's part in a run. `run` is settled when it is first asked for, and stays the same."""

    def __init__(self, instance: DagsterInstance, run_id: str) -> None:
        self._instance, self._run_id = instance, run_id
        self._ends = ExitStack()
        self._has_begun = False
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
            self._ends.enter_context(run_alive(self.run.id))
            self._ends.enter_context(dataset_lock(self.run.dataset, self.run.id, log.info))
            self._has_begun = True
        if self.run.folder:
            _ = self.folder.path  # that of a run which goes on: its log goes on, too

    def _open_folder(self) -> Path:
        run = self.run
        config = run.settings["run_folder"]
        assert isinstance(config, RunFolderConfig)
        found = self._instance.get_run_by_id(run.id)
        known = run.folder or (found.tags.get(FOLDER_TAG, "") if found else "")  # another process may have made it
        path = Path(known) if known else make_folder(config, self._may_go_on)
        if not known:
            self._instance.add_run_tags(run.id, {FOLDER_TAG: str(path)})
        if written_by(path)[0] != run.id:
            write_config(run, path)
        self.log.open(path / "log.txt")
        memory = MemoryLog(path / "memlog.txt")
        memory.start()
        self._ends.callback(memory.stop)
        return path

    def close(self) -> None:
        self._ends.close()

    def _may_go_on(self, folder: Path) -> bool:
        """Whether the folder is that of a run of the same dataset that did not succeed."""
        end_killed_runs(self._instance)
        return unfinished_run_in(folder, self.run.dataset, self._instance) is not None


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
