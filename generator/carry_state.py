"""Take the state of a training along in parts: `python -m generator.carry_state pack|unpack TRAINING PARTS`."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from generator.packing import bytes_of_part, pack_state, unpack_state


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["pack", "unpack"])
    parser.add_argument("training", type=Path, help="folder of the training, --out of train_generator")
    parser.add_argument("parts", type=Path, help="folder of the parts")
    parser.add_argument("--part-megabytes", type=int, default=15)
    options = parser.parse_args()
    try:
        part_bytes = bytes_of_part(options.part_megabytes)
        if options.action == "pack":
            for path in pack_state(options.training, options.parts, part_bytes=part_bytes):
                print(path)
        else:
            unpack_state(options.parts, options.training)
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
