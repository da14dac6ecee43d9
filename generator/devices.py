"""Where networks run: the GPU if there is one, or what a person names."""

import torch


def default_device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def usable_device(name: str) -> str:
    """Give the name back. Raises ValueError, one sentence, when there is no such device here."""
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdigit()):
        raise ValueError(f"There is no device “{name}”; --device is cpu, cuda or cuda:NUMBER.")
    if kind == "cuda" and int(number or 0) >= torch.cuda.device_count():
        raise ValueError(f"There is no GPU here for --device {name}.")
    return name
