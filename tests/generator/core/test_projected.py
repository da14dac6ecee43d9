"""What a long training on a GPU adds: the projected discriminator, compiled networks, a cool-down, moments in order."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from generator.losses import hinge_loss
from generator.networks import halved
from generator.projected import ProjectedDiscriminator
from generator.training import cooling, one_step, train
from generator.training_state import Networks, Settings, read_state, write_state
from tests.generator.core.test_core import SMALL, knees

PLAIN = Settings(architecture=SMALL, batch=4, lazy=1)
BESIDE = replace(PLAIN, projected=0.3)
GRADES = torch.tensor([0, 1, 3, 4])


@pytest.fixture(scope="module")
def projected() -> ProjectedDiscriminator:
    torch.manual_seed(0)
    return ProjectedDiscriminator("cpu")


def learn(nets: Networks, settings: Settings, steps: int = 1) -> dict[str, Tensor | float]:
    torch.manual_seed(1)
    for _ in range(steps):
        figures = one_step(nets, torch.randn(4, 1, 28, 28), GRADES, settings, fade=1.0)
        nets.step += 1
        nets.images_seen += 4
    return figures


def test_an_image_is_judged_at_every_place_and_depth_at_whatever_size_it_comes(
    projected: ProjectedDiscriminator,
) -> None:
    images = torch.rand(4, 1, 224, 224) * 2 - 1
    judged = projected(images, GRADES)
    assert judged.shape == (4, 4, 7, 7)
    assert projected(images[:, :, ::4, ::4], GRADES).shape == (4, 4, 7, 7)
    assert not torch.allclose(projected(images, GRADES.flip(0)), judged)


def test_the_network_that_looks_never_learns_and_is_no_part_of_the_state(projected: ProjectedDiscriminator) -> None:
    nets = Networks(BESIDE, "cpu")
    assert nets.projected is not None
    frozen = nets.projected._frozen[0]
    before = [tensor.clone() for tensor in frozen.state_dict().values()]
    heads = [parameter.detach().clone() for parameter in nets.projected.heads.parameters()]
    mixes = [parameter.clone() for parameter in (*nets.projected.mix.parameters(), *nets.projected.cross.parameters())]
    learn(nets, BESIDE)
    assert all(map(torch.equal, frozen.state_dict().values(), before))
    assert all(map(torch.equal, (*nets.projected.mix.parameters(), *nets.projected.cross.parameters()), mixes))
    assert not any(map(torch.equal, nets.projected.heads.parameters(), heads))
    assert not any("network" in name for name in projected.state_dict())
    assert sum(tensor.numel() for tensor in projected.state_dict().values()) < 1e6


def test_the_heads_learn_to_tell_apart(projected: ProjectedDiscriminator) -> None:
    """Flat grey images from noise: eight steps of Adam part them."""
    flat, noise = torch.zeros(4, 1, 56, 56), torch.randn(4, 1, 56, 56).clamp(-1, 1)
    optimiser = torch.optim.Adam(projected.heads.parameters(), lr=2e-3, betas=(0.0, 0.99))
    losses = []
    for _ in range(8):
        loss = hinge_loss(projected(flat, GRADES), projected(noise, GRADES))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_the_generator_is_taught_by_it_in_the_measure_of_its_weight() -> None:
    def first_step(settings: Settings) -> Tensor:
        nets = Networks(settings, "cpu")
        torch.manual_seed(2)
        one_step(nets, torch.randn(4, 1, 28, 28), GRADES, settings, fade=1.0)
        gradient = nets.generator.constant.grad
        assert gradient is not None
        return gradient

    none, some = first_step(replace(BESIDE, projected=1e-9)), first_step(BESIDE)
    much = first_step(replace(BESIDE, projected=0.6))
    assert torch.allclose(much - none, 2 * (some - none), rtol=1e-3, atol=1e-6)
    assert not torch.allclose(some, none, rtol=0.1)


def test_a_margin_costs_nothing_beyond_itself() -> None:
    assert float(hinge_loss(torch.tensor([2.0, 1.0]), torch.tensor([-1.0, -3.0]))) == 0
    assert float(hinge_loss(torch.tensor([0.0]), torch.tensor([0.5]))) == pytest.approx(2.5)


def test_a_training_goes_on_with_its_heads_and_one_without_may_get_some(tmp_path: Path) -> None:
    nets = Networks(BESIDE, "cpu")
    learn(nets, BESIDE)
    write_state(nets, tmp_path / "beside", BESIDE)
    again = Networks(replace(BESIDE, seed=5), "cpu")
    read_state(again, tmp_path / "beside", BESIDE)
    assert nets.projected is not None
    assert again.projected is not None
    for name, tensor in nets.projected.state_dict().items():
        assert torch.equal(again.projected.state_dict()[name], tensor), name
    assert again.optimisers["projected"].state_dict()["state"]
    train(knees(), settings=PLAIN, out=tmp_path / "plain", max_images=4)
    card = train(knees(), settings=BESIDE, out=tmp_path / "plain", max_images=8, resume=True)
    assert (card.images_seen, card.settings["projected"]) == (8, 0.3)


def test_moments_come_back_laid_out_as_the_weights_are(tmp_path: Path) -> None:
    """Fused Adam on a GPU takes no others."""
    nets = Networks(PLAIN, "cpu")
    learn(nets, PLAIN)
    write_state(nets, tmp_path, PLAIN)
    again = Networks(PLAIN, "cpu")
    read_state(again, tmp_path, PLAIN)
    for part, optimiser in again.optimisers.items():
        assert all(moments["exp_avg_sq"].stride() == one.stride() for one, moments in optimiser.state.items())
        written = nets.optimisers[part].state_dict()["state"]
        for index, moments in optimiser.state_dict()["state"].items():
            assert torch.equal(moments["exp_avg_sq"], written[index]["exp_avg_sq"])


def test_the_learning_rate_falls_to_a_tenth_and_no_further() -> None:
    settings = replace(PLAIN, cool_down=100.0, learning_rate=0.01)
    nets = Networks(settings, "cpu")
    found = []
    for left in (500.0, 100.0, 50.0, 1.0, -3.0):
        cooling(nets, settings)(left)
        found += [{group["lr"] for optimiser in nets.optimisers.values() for group in optimiser.param_groups}]
    assert found == [{0.01}, {0.01}, {0.005}, {0.001}, {0.001}]


def test_a_cool_down_reaches_the_optimisers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[float] = []
    own = torch.optim.Adam.step

    def step(self: torch.optim.Adam, *args: Any) -> Any:
        rates.append(self.param_groups[0]["lr"])
        return own(self, *args)

    monkeypatch.setattr(torch.optim.Adam, "step", step)
    settings = replace(PLAIN, cool_down=1e9)
    train(knees(), settings=settings, out=tmp_path, max_images=8, max_seconds=1000)
    assert set(rates) == {settings.learning_rate / 10}


def test_compiled_networks_take_the_plain_steps_and_leave_the_penalty_and_the_fading_to_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """torch.compile has no second derivatives; a fade that changes at every step would be compiled at every step."""
    asked: list[str] = []

    def compiled(network: nn.Module) -> Any:
        def forward(*args: Any, **kwargs: Any) -> Tensor:
            asked.append(type(network).__name__)
            return network(*args, **kwargs)

        return forward

    monkeypatch.setattr(torch, "compile", compiled)
    settings = replace(PLAIN, lazy=2, compiled=True)
    nets = Networks(settings, "cpu")
    one_step(nets, torch.randn(4, 1, 28, 28), GRADES, settings, fade=0.5)
    assert asked == []
    one_step(nets, torch.randn(4, 1, 28, 28), GRADES, settings, fade=1.0)
    assert asked == ["Generator", "Discriminator", "Discriminator"]  # the generator's turn alone
    nets.step = 1
    asked.clear()
    one_step(nets, torch.randn(4, 1, 28, 28), GRADES, settings, fade=1.0)
    assert asked == ["Generator", *["Discriminator"] * 4]


def test_half_the_size_is_the_mean_of_two_by_two() -> None:
    x = torch.randn(2, 3, 8, 6, requires_grad=True)
    expected, found = functional.avg_pool2d(x, 2), halved(x)
    assert torch.allclose(found, expected, atol=1e-6)
    (wanted,) = torch.autograd.grad(expected.square().sum(), x)
    (gradient,) = torch.autograd.grad(found.square().sum(), x)
    assert torch.allclose(gradient, wanted, atol=1e-6)
