"""Dagster's daemon, which looks at sensors every second: a job that a script schedules is picked up at once.

By itself it looks every five seconds, whatever the sensors ask for. `python -m selection_assets.command.daemon run …`
"""

import importlib
from typing import Any

LOOK_SECONDS = 1


def main() -> None:
    """As `dagster-daemon`."""
    sensors: Any = importlib.import_module("dagster._daemon.sensor")
    assert sensors.MIN_INTERVAL_LOOP_TIME  # else Dagster has renamed it
    sensors.MIN_INTERVAL_LOOP_TIME = LOOK_SECONDS
    importlib.import_module("dagster._daemon.cli").main()


if __name__ == "__main__":
    main()
