"""Train where there is no database: `python -m generator.train_packed --packed DIR --out DIR …`.

For a borrowed GPU that has PyTorch and nothing of the rest. Several GPUs: `torchrun --nproc-per-node 4 -m
generator.train_packed …`. A state travels by `python -m generator.carry_state`.
"""

import logging
import sys
from argparse import ArgumentParser
from pathlib import Path

from generator.checkpoints import UnusableCheckpoint
from generator.options import add_training_options, training_arguments, watched
from generator.packing import unpack
from generator.training import train


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    add_training_options(parser)
    parser.add_argument("--packed", type=Path, required=True, help="folder of pack_radiographs")
    parser.add_argument("--validation-packed", type=Path, help="folder of radiographs to measure the images against")
    options = vars(parser.parse_args())
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        arguments = training_arguments(options)
        held = options["validation_packed"]
        watch = watched(unpack(held), options) if held else None
        card = train(unpack(options["packed"]), watch=watch, **arguments)
    except (ValueError, UnusableCheckpoint) as error:
        sys.exit(str(error))
    print(f"{options['out']}: {card.images_seen} images seen, checkpoint {card.digest[:12]}.")


if __name__ == "__main__":
    main()
