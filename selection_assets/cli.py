"""The former place of the command, for installed console scripts that name it."""

from selection_assets.command.main import entry, main

__all__ = ["entry", "main"]

if __name__ == "__main__":
    entry()
