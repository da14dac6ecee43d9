"""Several processes that train one pair of networks, as `torchrun` starts them; alone, none of this costs time."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, distributed


@dataclass(frozen=True)
class World:
    """This process's rank among size processes, and the device it works on."""

    rank: int
    size: int
    device: str

    def average(self, tensors: Iterable[Tensor | None]) -> None:
        """Replace each tensor by its mean over the processes, in place; every process must ask at the same moment."""
        if self.size > 1:
            for tensor in tensors:
                if tensor is not None:
                    distributed.all_reduce(tensor)
                    tensor.div_(self.size)

    def mean(self, number: float) -> float:
        """The mean of a number over the processes, the same on each."""
        if self.size == 1:
            return number
        sum_of_all = torch.tensor(number, device=self.device)
        distributed.all_reduce(sum_of_all)
        return float(sum_of_all) / self.size

    def agreed(self, wish: bool) -> bool:
        """True where any process wishes it, so that all stop and save at the same step."""
        if self.size == 1:
            return wish
        wishes = torch.tensor(float(wish), device=self.device)
        distributed.all_reduce(wishes)
        return bool(wishes > 0)


ALONE = World(0, 1, "cpu")


def descend(optimiser: torch.optim.Optimizer, loss: Tensor, world: World) -> None:
    """One step down the loss, the same on every process."""
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    if world.size > 1:  # what one process had no image for, another may have: all must ask for the same averages
        for parameter in parameters:
            parameter.grad = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    world.average(parameter.grad for parameter in parameters)
    optimiser.step()


@contextmanager
def joined_world(device: str) -> Iterator[World]:
    """The processes that torchrun started with this one, or this one alone. device: cpu, or cuda."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield World(0, 1, device)
        return
    if device.startswith("cuda"):
        device = f"cuda:{os.environ['LOCAL_RANK']}"
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo")
    try:
        yield World(distributed.get_rank(), size, device)
        distributed.barrier()
    finally:
        distributed.destroy_process_group()
