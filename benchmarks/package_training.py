"""The `lightly` package's own command-line training, run in a process of its own: the peer of our training.

    python -m benchmarks.package_training config.json

The package reads its options with hydra and omegaconf, which are not installed here; `train` gets a plain dictionary
instead, so that two small stand-ins are enough to import the package's code, which then runs unchanged.
"""

import contextlib
import copy
import itertools
import json
import os
import subprocess
import sys
import time
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

os.environ["LIGHTLY_DID_VERSION_CHECK"] = "True"


def package_training(images: Path, folder: Path, options: Mapping[str, Mapping[str, Any]]) -> list[float]:
    """Train on all images below a folder in a new process; checkpoints go to `folder`. Seconds of each epoch.

    options: groups of keys, over the package's defaults.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = {"images": str(images), "folder": str(folder), "options": options}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "benchmarks.package_training", str(folder / "config.json")],
        check=True,
        capture_output=True,
        cwd=Path(__file__).parents[1],
    )
    return list(json.loads((folder / "seconds.json").read_text(encoding="utf-8")))


def main(config: dict[str, Any]) -> None:
    import pytorch_lightning  # noqa: F401 - before the stand-ins: it looks for the real omegaconf
    import yaml

    stand_ins()
    from lightly import cli
    from lightly.cli.train_cli import _train_cli
    from lightly.embedding import SelfSupervisedEmbedding

    times: list[float] = []
    encoder: Any = SelfSupervisedEmbedding
    encoder.on_train_start = encoder.on_train_epoch_end = lambda _: times.append(time.perf_counter())
    defaults = Path(str(cli.__file__)).parent / "config" / "config.yaml"
    settings = yaml.safe_load(defaults.read_text(encoding="utf-8"))
    for group, values in config["options"].items():
        settings[group] |= values
    folder = Path(config["folder"])
    settings |= {"input_dir": config["images"], "pre_trained": False}
    settings["checkpoint_callback"]["dirpath"] = str(folder)
    os.chdir(folder)
    _train_cli(settings, is_cli_call=False)
    seconds = [after - before for before, after in itertools.pairwise(times)]
    (folder / "seconds.json").write_text(json.dumps(seconds), encoding="utf-8")


def stand_ins() -> None:
    hydra, utils, omegaconf = (types.ModuleType(name) for name in ("hydra", "hydra.utils", "omegaconf"))
    vars(hydra).update(__version__="1.3.2", utils=utils, main=lambda **_: lambda function: function)
    vars(utils).update(to_absolute_path=os.path.abspath)

    @contextlib.contextmanager
    def open_dict(_: Any) -> Iterator[None]:
        yield

    conversions = types.SimpleNamespace(create=copy.deepcopy, to_container=copy.deepcopy)
    vars(omegaconf).update(DictConfig=dict, OmegaConf=conversions, open_dict=open_dict)
    sys.modules |= {"hydra": hydra, "hydra.utils": utils, "omegaconf": omegaconf}


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
