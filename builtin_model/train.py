"""Makes the built-in model from nothing: draws pictures, trains, fits the last layers, writes the weights.

    python -m builtin_model.train [--steps N] [--pictures N] [--seed N] [--threads N] [--work FOLDER] [--output FILE]

Without options it makes the published model. A run that was stopped goes on where it was: the pictures and the state
of the training are kept in the folder `--work`.
"""

import argparse
import logging
from pathlib import Path

import torch

from builtin_model.fit_projections import fit_projections
from builtin_model.pictures import picture_store
from builtin_model.publish import merge_norms, publish
from builtin_model.train_trunk import Schedule, train_trunk
from selection_assets.stages.models.builtin_model import WEIGHTS
from selection_assets.stages.models.builtin_network import BuiltinNetwork

log = logging.getLogger("winnow")

FITTED = 4000  # pictures that the last layers are fitted to


def main() -> None:
    defaults = Schedule()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=defaults.steps, help="default %(default)s")
    parser.add_argument("--pictures", type=int, default=20_000, help="default %(default)s")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="default %(default)s")
    parser.add_argument("--threads", type=int, default=1, help="default %(default)s")
    parser.add_argument("--work", type=Path, default=Path("builtin_model_work"), help="default %(default)s")
    parser.add_argument("--output", type=Path, default=WEIGHTS, help="default: the file that Winnow comes with")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(options.threads)
    options.work.mkdir(parents=True, exist_ok=True)

    pictures = picture_store(
        options.work / f"pictures_{options.seed}_{options.pictures}.u8", options.pictures, options.seed
    )
    schedule = Schedule(steps=options.steps, seed=options.seed)
    network = BuiltinNetwork()
    trunk = train_trunk(pictures, schedule, options.work / f"trunk_{options.seed}_{options.pictures}.pt")
    network.trunk = merge_norms(trunk)
    fit_projections(network.eval(), pictures[:FITTED], schedule.seed)
    training = (
        f"SimCLR on {options.pictures} generated pictures, {schedule.steps} steps of {schedule.batch}, "
        f"seed {schedule.seed}; nothing else was seen"
    )
    log.info("%s: %s", options.output, publish(network, options.output, training))


if __name__ == "__main__":
    main()
