"""`python -m selection_assets.command`: the command where its console script is not installed."""

from selection_assets.command.main import entry

if __name__ == "__main__":
    entry()
