"""Draws a seeded sample of mutants with Cosmic Ray, runs the tests that mirror each, and prints the survivors.

A mutant is a copy of the code with one small fault (`<` for `<=`, `and` for `or`, 2 for 1, a loop that never runs).
Tests that hold the code's values fail on it; a mutant that survives shows a line whose value no test holds. Everything
runs in a temporary copy of the project: the work tree is never changed.
"""

import argparse
import ast
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test, mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import MutationSpec

ROOT = Path(__file__).parents[1]
STAGES = "selection_assets/stages"
FOLDERS = [
    "configs",
    "resources",
    "selection_assets",
    "selection_assets/assets",
    "selection_assets/command",
    "selection_assets/watching",
]
# Modules of which much is tested only by what a user runs: these tests follow those of the folder.
TESTS_OF_USE = {
    "selection_assets/command/preflight.py": ["tests/e2e/test_bad_input.py"],
    "selection_assets/command/ui.py": ["tests/e2e/test_ui_process.py"],
}
PYTEST = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not slow"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", help="e.g. resources selection_assets/stages/dedup; otherwise all")
    parser.add_argument("--sample", type=int, default=25, help="mutants per folder")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    stages = sorted(str(path.parent.relative_to(ROOT)) for path in (ROOT / STAGES).glob("*/__init__.py"))
    folders = [folder.rstrip("/") for folder in arguments.folders] or [*FOLDERS, *stages]
    with tempfile.TemporaryDirectory(prefix="mutants-") as copy:
        _copy_project(Path(copy))
        os.chdir(copy)
        os.environ["PYTHONPATH"] = copy
        shares = [(folder, *_found(folder, arguments.sample, arguments.seed)) for folder in folders]
    for folder, found, drawn in shares:
        print(f"{found / max(drawn, 1):4.0%} found, {found:3} of {drawn:3} in {folder}")


def _copy_project(copy: Path) -> None:
    """Copies what git tracks or would track, as it lies in the work tree now."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0"):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)


def _found(folder: str, sample: int, seed: int) -> tuple[int, int]:
    """(mutants found, mutants drawn) of one folder."""
    mutants = _draw(_modules(folder), sample, random.Random(f"{seed} {folder}"))
    survivors = sum(_survives(mutant, folder) for mutant in mutants)
    return len(mutants) - survivors, len(mutants)


@cache
def _limit(*tests: str) -> float:
    """How many seconds the tests may take. Without a mutant they must pass: else all mutants would be found."""
    started = time.monotonic()
    passed = subprocess.run([*PYTEST, *tests], check=False, capture_output=True, text=True)
    if passed.returncode != 0:
        sys.exit(f"{' '.join(tests)}: fail without a mutant:\n{passed.stdout[-3000:]}")
    return 30 + 3 * (time.monotonic() - started)


def _modules(folder: str) -> list[Path]:
    """The folder's modules. `selection_assets` is its own files only: its folders are folders of their own."""
    return sorted(Path(folder).glob("*.py") if folder == "selection_assets" else Path(folder).rglob("*.py"))


def _mirror(folder: str) -> Path:
    return Path("tests", *Path(folder).parts[folder.startswith("selection_assets") :])


def _tests_of(folder: str) -> list[str]:
    return sorted(map(str, Path("tests").glob("test_*.py"))) if folder == "selection_assets" else [str(_mirror(folder))]


def _draw(modules: list[Path], sample: int, generator: random.Random) -> list[MutationSpec]:
    """Draws places, then one mutant of each: otherwise operators with many replacements would fill the sample."""
    with tempfile.TemporaryDirectory() as folder, use_db(str(Path(folder, "mutants.sqlite"))) as database:
        init(modules, database, {})
        places: dict[tuple[Path, tuple[int, int]], list[MutationSpec]] = {}
        for item in database.work_items:
            places.setdefault((item.mutations[0].module_path, item.mutations[0].start_pos), []).append(
                item.mutations[0]
            )
    unasked = {module: list(_unasked(module)) for module in modules}
    drawn: list[MutationSpec] = []
    for module, position in generator.sample(sorted(places), len(places)):
        mutants = sorted(places[module, position], key=lambda mutant: (mutant.operator_name, mutant.occurrence))
        mutant = generator.choice(mutants)
        if not any(start <= position < end for start, end in unasked[module]) and _compiles(mutant):
            drawn.append(mutant)
        if len(drawn) == sample:
            break
    return drawn


def _unasked(module: Path) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Where no test is asked for: type annotations, imports for them, and the arguments of decorators (`frozen`)."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        decorators = [call for call in getattr(node, "decorator_list", ()) if isinstance(call, ast.Call)]
        condition = node.test if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" else None
        for part in (getattr(node, "annotation", None), getattr(node, "returns", None), condition, *decorators):
            if isinstance(part, ast.expr):
                yield (part.lineno, part.col_offset), (part.end_lineno or part.lineno, part.end_col_offset or 0)


def _compiles(mutant: MutationSpec) -> bool:
    operator = get_operator(mutant.operator_name)(**mutant.operator_args)
    try:
        code = mutate_code(mutant.module_path.read_text(encoding="utf-8"), operator, mutant.occurrence)
        compile(code or "", str(mutant.module_path), "exec")
    except (SyntaxError, AttributeError):  # the latter of Cosmic Ray, for `except module.Error`
        return False
    return True


def _pytest(tests: list[str]) -> str:
    return shlex.join([*PYTEST, *tests])


def _survives(mutant: MutationSpec, folder: str) -> bool:
    """Whether the tests pass with the mutant: the module's own first, then those of its folder, last those of use."""
    module, of_folder = mutant.module_path, _tests_of(folder)
    own = _mirror(str(module.parent)) / f"test_{module.name}"
    result = mutate_and_test([mutant], _pytest([str(own)] * own.is_file() + of_folder), _limit(*of_folder))
    of_use = TESTS_OF_USE.get(str(module), [])
    if of_use and not result.is_killed:
        result = mutate_and_test([mutant], _pytest(of_use), _limit(*of_use))
    if result.is_killed:
        return False
    print(f"SURVIVED {module}:{mutant.start_pos[0]} {mutant.operator_name.partition('/')[2]}")
    print("\n".join(line for line in (result.diff or "").splitlines() if line[:1] in "+-"), end="\n\n", flush=True)
    return True


if __name__ == "__main__":
    main()
