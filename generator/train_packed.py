"""Train where there is no database: `python -m generator.train_packed --packed DIR --out DIR …`.

For a borrowed GPU that has PyTorch and nothing of the rest. Several GPUs: `torchrun --nproc-per-node 4 -m
generator.train_packed …`. A state travels by `python -m generator.carry_state`.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path

from generator.options import add_training_options, training_arguments
from generator.packing import unpack
from generator.training import train


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    add_training_options(parser)
    parser.add_argument("--packed", type=Path, required=True, help="folder of pack_radiographs")
    options = vars(parser.parse_args())
    try:
        card = train(unpack(options["packed"]), **training_arguments(options))
    except ValueError as error:
        sys.exit(str(error))
    print(f"{options['out']}: {card.images_seen} images seen, checkpoint {card.digest[:12]}.")


if __name__ == "__main__":
    main()
