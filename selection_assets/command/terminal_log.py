"""Messages for the user on standard output, as `[date time] message`; warnings say that they are."""

import logging
import sys


def log_to_terminal() -> None:
    """From now on, what is logged to `winnow` stands on standard output, and nowhere else."""
    logger = logging.getLogger("winnow")
    for old in [each for each in logger.handlers if isinstance(each.formatter, _TerminalFormat)]:
        logger.removeHandler(old)
    handler = logging.StreamHandler(sys.stdout)
    handler.setLevel(logging.INFO)
    handler.setFormatter(_TerminalFormat("[%(asctime)s] %(message)s", "%Y-%m-%d %H:%M:%S"))
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    logger.propagate = False


class _TerminalFormat(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name in logging
        text = super().formatMessage(record)
        return text if record.levelno < logging.WARNING else text.replace("] ", "] Warning: ", 1)
