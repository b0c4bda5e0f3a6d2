"""All benchmarks, one table: `python -m benchmarks [name ...]`, names without `bench_`."""

import importlib
import sys
from pathlib import Path

from benchmarks.table import machine, print_rows


def main() -> None:
    folder = Path(__file__).parent
    names = sys.argv[1:] or sorted(path.stem.removeprefix("bench_") for path in folder.glob("bench_*.py"))
    print(machine(), flush=True)
    for name in names:
        print(f"\n## {name}\n", flush=True)
        print_rows(importlib.import_module(f"benchmarks.bench_{name}").run())


if __name__ == "__main__":
    main()
