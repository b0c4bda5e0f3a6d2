"""`winnow demo`: the main job on generated pictures, or on a folder of yours."""

import argparse
import os
from pathlib import Path
from typing import Any

from selection_assets.command import run


def add_to(commands: Any) -> None:
    """Add the command to argparse's sub-parsers."""
    parser = commands.add_parser("demo", help="run on generated pictures, or on a folder of yours")
    parser.add_argument("--input", default="", help="a folder of images, in place of the generated ones")
    parser.add_argument("--folder", default="demo", help="where pictures and results go (default: %(default)s)")
    parser.add_argument("tokens", nargs="*", metavar="key=value", help="options as for winnow run")
    parser.set_defaults(command=_demo)


def _demo(options: argparse.Namespace) -> int:
    folder = Path(options.folder).absolute()
    os.environ["DAGSTER_HOME"] = os.environ.get("DAGSTER_HOME") or str(folder / "home")
    pictures = options.input
    if not pictures:
        from selection_assets.demo_dataset import generate

        pictures = str(folder / "images")
        if not (folder / "planted.json").exists():
            print("Generating the demo pictures...")
            made = generate(folder)
            print(
                f"{made.files} files in {made.images}, among them {made.exact_duplicates} exact copies, "
                f"{made.near_duplicates} near duplicates, {made.burst_frames} frames of a parked camera, "
                f"{made.broken} broken files (planted.json lists them).",
            )
    defaults = [f"input_dir={pictures}", f"output_dir={folder / 'runs'}", "stopping_condition.n_samples=0.3"]
    if not options.input:
        defaults.append("dataset=demo")
    run_folder = run.select([*defaults, *options.tokens], {})
    print(f"Run folder:   {run_folder}")
    return 0
