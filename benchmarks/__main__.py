"""All benchmarks, one table: `python -m benchmarks [name ...]`, names without `bench_`."""

import argparse
import ast
import importlib
from pathlib import Path

from benchmarks.table import machine, print_rows

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem.removeprefix("bench_") for path in FOLDER.glob("bench_*.py"))


def main() -> None:
    parser = _parser()
    names = parser.parse_args().name or NAMES
    if unknown := set(names) - set(NAMES):
        parser.error(f"{min(unknown)}: there are: {', '.join(NAMES)}")
    print(machine(), flush=True)
    for name in names:
        print(f"\n## {name}\n", flush=True)
        print_rows(importlib.import_module(f"benchmarks.bench_{name}").run())


def _parser() -> argparse.ArgumentParser:
    about = "\n".join(f"  {name:<12}{_first_line(FOLDER / f'bench_{name}.py')}" for name in NAMES)
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Figures of this version beside those of peers, or of goals.",
        epilog=f"benchmarks:\n{about}\n\nbeside another version: python -m benchmarks.against_version CHECKOUT",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="*", help="only these; without: all")
    return parser


def _first_line(file: Path) -> str:
    return (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").split("\n")[0]


if __name__ == "__main__":
    main()
