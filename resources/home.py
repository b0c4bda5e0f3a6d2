"""Where Winnow keeps its own state: Dagster's instance, tables, caches, dataset settings. One folder, `DAGSTER_HOME`.

The default is ~/.winnow. Nothing of the user's data or output is kept there.
"""

import os
from pathlib import Path

from configs.errors import InputError

INSTANCE_SETTINGS = """\
# Written by Winnow when this folder was new; edit it as you like.
telemetry:
  enabled: false
nux:
  enabled: false
python_logs:
  managed_python_loggers: [winnow]
run_coordinator:
  module: dagster
  class: QueuedRunCoordinator
concurrency:
  runs:
    tag_concurrency_limits:
      - key: dagster/partition  # one run per dataset at a time
        limit: 1
        value: {applyLimitPerUniqueValue: true}
  pools:
    default_limit: 1  # GPU steps share the pool `gpu`
run_monitoring:
  enabled: true
  free_slots_after_run_end_seconds: 300
"""


def home() -> Path:
    """The state folder; created with default instance settings where it is new. Sets DAGSTER_HOME for this process."""
    folder = Path(os.environ.get("DAGSTER_HOME") or Path.home() / ".winnow").expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        settings = folder / "dagster.yaml"
        if not settings.exists():
            settings.write_text(INSTANCE_SETTINGS, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; set DAGSTER_HOME to a folder that can be written to") from None
    os.environ["DAGSTER_HOME"] = str(folder)
    return folder


def is_default_home() -> bool:
    return home() == (Path.home() / ".winnow").absolute()
