"""The folder of the assets: a module per step, named after it, and what is around every step."""

from pathlib import Path

from selection_assets.assets import step
from selection_assets.definitions import ASSETS

LINES = 100


def test_a_thin_module_per_step_and_nothing_else() -> None:
    folder = Path(step.__file__).parent
    steps = {asset.node_def.name for asset in ASSETS}
    assert {path.stem for path in folder.glob("*.py")} == {"__init__", "step", *steps}
    long = [name for name in steps if len((folder / f"{name}.py").read_text(encoding="utf-8").splitlines()) >= LINES]
    assert long == []
