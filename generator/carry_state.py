"""Take the state of a training along in parts: `python -m generator.carry_state pack|unpack TRAINING PARTS`."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from generator.packing import pack_state, unpack_state


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["pack", "unpack"])
    parser.add_argument("training", type=Path, help="folder of the training, --out of train_generator")
    parser.add_argument("parts", type=Path, help="folder of the parts")
    parser.add_argument("--part-megabytes", type=int, default=15)
    options = parser.parse_args()
    try:
        if options.part_megabytes < 1:
            raise ValueError("--part-megabytes is 1 or more.")
        if options.action == "pack":
            for path in pack_state(options.training, options.parts, part_bytes=options.part_megabytes * 1_000_000):
                print(path)
        else:
            unpack_state(options.parts, options.training)
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
