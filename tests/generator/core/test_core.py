"""The torch core: networks, losses, sampling, checkpoints and the training loop, on nets small enough to be quick."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from generator.augmentation import augment
from generator.checkpoints import UnusableCheckpoint, load_checkpoint, locate, read_card, save_checkpoint
from generator.losses import discriminator_loss, generator_loss, gradient_penalty
from generator.networks import Architecture, Discriminator, Generator, spread_of_groups
from generator.sampling import latent_and_noise, synthesise
from generator.starting import nest_state
from generator.training import train
from generator.training_data import TrainingData, balanced_batches
from generator.training_state import STATE, Networks, Settings, read_progress, write_state

SMALL = Architecture(resolution=28, width=0.2, z_size=16, w_size=16)
CARD = {
    "preset": "window",
    "data": "noise",
    "data_licence": "",
    "data_digest": "0" * 64,
    "data_count": 1,
    "is_phantom": False,
    "steps": 0,
    "images_seen": 0,
    "seed": 0,
}


def knees(count: int = 40) -> TrainingData:
    rng = np.random.default_rng(0)
    grades = np.array([0] * (count - 6) + [3] * 4 + [4] * 2)
    images = rng.integers(0, 256, (count, 224, 224), dtype=np.uint8)
    return TrainingData(images, grades, [f"{n:064x}" for n in range(count)], "window", "noise")


def small_generator(seed: int = 0) -> Generator:
    torch.manual_seed(seed)
    generator = Generator(SMALL).eval()
    for convs in generator.convs.values():
        for conv in convs:
            torch.nn.init.constant_(conv.noise_strength, 0.3)
    return generator


def test_an_image_depends_on_checkpoint_seed_and_grade_alone() -> None:
    generator = small_generator()
    together = synthesise(generator, seeds=[5, 6, 7], grades=[0, 1, 2])
    alone = synthesise(generator, seeds=[6], grades=[1])
    assert np.array_equal(together[1], alone[0])
    assert not np.array_equal(alone, synthesise(generator, seeds=[8], grades=[1]))
    assert not np.array_equal(alone, synthesise(generator, seeds=[6], grades=[3]))
    assert not np.array_equal(alone, synthesise(small_generator(1), seeds=[6], grades=[1]))


def test_no_seed_is_an_outlier_of_fresh_networks() -> None:
    """Weights and latents once came from one stream of random numbers: the image of seed 0 was like no other."""
    generator = Networks(Settings(architecture=Architecture(resolution=14)), "cpu").generator
    w = generator.map(torch.stack([latent_and_noise(seed, generator)[0] for seed in range(200)]))
    lengths = (w - w.mean(0)).norm(dim=1)
    assert lengths[0] < lengths.mean() + 3 * lengths.std()


def test_a_fractional_grade_lies_between_its_neighbours() -> None:
    generator = small_generator()
    between = generator.embed(torch.tensor([2.25]))
    expected = 0.75 * generator.grade[2] + 0.25 * generator.grade[3]
    assert torch.allclose(between[0], expected)
    assert torch.allclose(generator.embed(torch.tensor([4.0]))[0], generator.grade[4])


def test_no_truncation_at_all_gives_every_seed_the_same_shape() -> None:
    generator = small_generator()
    for convs in generator.convs.values():
        for conv in convs:
            torch.nn.init.zeros_(conv.noise_strength)
    images = synthesise(generator, seeds=[1, 2], grades=[2, 2], truncation=1e-9)
    assert np.abs(images[0].astype(int) - images[1]).max() <= 1


def test_a_grade_outside_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 4"):
        synthesise(small_generator(), seeds=[1], grades=[4.5])


def test_a_resolution_that_cannot_be_reached_is_refused() -> None:
    with pytest.raises(ValueError, match="resolution is one of 14, 28, 56, 112, 224"):
        Architecture(resolution=64)


def test_modulation_with_shared_weights_is_modulation_of_the_weights() -> None:
    """Scaling inputs and outputs equals a convolution with weights of each image's own (arXiv 1912.04958, eq. 1–3)."""
    torch.manual_seed(0)
    conv = small_generator().convs["14"][0]
    x, w = torch.randn(2, conv.conv.weight.shape[1], 14, 14), torch.randn(2, SMALL.w_size)
    noise = torch.zeros(2, 1, 14, 14)
    ours = conv(x, w, noise)
    for index in range(2):
        weight = conv.conv.weight * conv.conv.scale * conv.style(w[index : index + 1])[0][None, :, None, None]
        weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        plain = torch.nn.functional.conv2d(x[index : index + 1], weight, padding=1) + conv.bias[:, None, None]
        expected = torch.nn.functional.leaky_relu(plain, 0.2) * 2**0.5
        assert torch.allclose(ours[index : index + 1], expected, atol=1e-4)


def test_the_gradient_penalty_of_a_known_function() -> None:
    """f(x) = 3·Σx has the gradient 3 everywhere, so its square sums to 9 a pixel."""
    images = torch.randn(4, 1, 5, 5, requires_grad=True)
    assert gradient_penalty(3 * images.sum((1, 2, 3)), images).item() == pytest.approx(9 * 25, rel=1e-5)


def test_the_two_losses_are_mirror_images() -> None:
    real, synthetic = torch.tensor([2.0, 0.0]), torch.tensor([-1.0, 0.0])
    expected = (np.log1p(np.exp(-3)) + np.log(2)) / 2
    assert discriminator_loss(real, synthetic).item() == pytest.approx(expected, rel=1e-5)
    assert generator_loss(synthetic, real).item() == pytest.approx(expected, rel=1e-5)


def test_minibatch_spread_is_zero_for_equal_images() -> None:
    assert spread_of_groups(torch.ones(4, 3, 7, 7)).max().item() < 1e-3
    assert spread_of_groups(torch.randn(8, 3, 7, 7)).shape == (8, 1, 7, 7)
    assert Discriminator(SMALL)(torch.randn(8, 1, 28, 28), torch.arange(8) % 5).shape == (8,)


def test_augmentation_never_mirrors_or_inverts() -> None:
    torch.manual_seed(0)
    image = torch.zeros(1, 1, 56, 56)
    image[..., :20] = 1
    for changed in augment(image.repeat(50, 1, 1, 1), probability=1.0):
        assert changed[..., :15].mean() > changed[..., 41:].mean() + 0.5
    assert augment(image, probability=0.0) is image


def test_batches_hold_every_grade_equally_whatever_the_data() -> None:
    batches = balanced_batches(knees(), strata=knees().grades, batch=64, size=28, device="cpu", seed=[0])
    grades = torch.cat([next(batches)[1] for _ in range(20)]).numpy()
    shares = np.bincount(grades, minlength=5) / grades.size
    assert shares[[0, 3, 4]] == pytest.approx([1 / 3] * 3, abs=0.05)
    assert shares[[1, 2]].sum() == 0
    images, _ = next(batches)
    assert images.shape == (64, 1, 28, 28)
    assert images.min() >= -1
    assert images.max() <= 1


def test_a_checkpoint_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    generator = small_generator()
    card = save_checkpoint(tmp_path / "x", generator=generator, **CARD)
    loaded = load_checkpoint(str(tmp_path / "x"))
    assert loaded.card == card
    halved = {name: tensor.half().float() for name, tensor in generator.state_dict().items()}
    for name, tensor in loaded.generator.state_dict().items():
        assert torch.equal(tensor, halved[name])


def test_damaged_foreign_and_missing_checkpoints_are_named(tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "x", generator=small_generator(), **CARD)
    weights = tmp_path / "x/weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(UnusableCheckpoint, match="damaged"):
        load_checkpoint(str(tmp_path / "x"))
    weights.unlink()
    with pytest.raises(UnusableCheckpoint, match="cannot be loaded"):
        load_checkpoint(str(tmp_path / "x"))
    card = tmp_path / "x/card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | {"format": "other-9"}))
    with pytest.raises(UnusableCheckpoint, match="other-9"):
        read_card(tmp_path / "x")
    card.write_text("[]")
    with pytest.raises(UnusableCheckpoint, match="not the card"):
        read_card(tmp_path / "x")
    with pytest.raises(UnusableCheckpoint, match=r"neither a folder .* nor one that ships \(knee, phantom\)"):
        locate("nosuch")


@pytest.mark.parametrize("name", ["knee", "phantom"])
def test_the_shipped_checkpoints_load_and_say_what_they_are(name: str) -> None:
    checkpoint = load_checkpoint(name)
    assert checkpoint.card.name == name
    assert checkpoint.card.is_phantom == (name == "phantom")
    assert checkpoint.card.images_seen > 5_000
    image = synthesise(checkpoint.generator, seeds=[1], grades=[2])[0]
    assert image.std() > 20


def test_training_leaves_a_checkpoint_and_goes_on_after_a_stop(tmp_path: Path) -> None:
    settings = Settings(architecture=SMALL, batch=8)
    first = train(knees(), settings=settings, out=tmp_path / "t", max_images=16)
    assert (first.steps, first.images_seen) == (2, 16)
    assert (tmp_path / "t/sheet.png").stat().st_size > 100
    second = train(knees(), settings=settings, out=tmp_path / "t", max_images=40, resume=True)
    assert (second.steps, second.images_seen) == (5, 40)
    assert second.digest != first.digest
    assert second.data_digest == first.data_digest
    assert load_checkpoint(str(tmp_path / "t")).card == second


def test_a_resumed_state_is_bit_for_bit_the_one_that_was_written(tmp_path: Path) -> None:
    settings = Settings(architecture=SMALL, batch=8)
    train(knees(), settings=settings, out=tmp_path / "t", max_images=16)
    before = (tmp_path / "t" / STATE).read_bytes()
    train(knees(), settings=settings, out=tmp_path / "t", max_images=16, resume=True)
    assert (tmp_path / "t" / STATE).read_bytes() == before


def test_a_kill_in_the_middle_of_writing_leaves_the_last_whole_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(architecture=SMALL, batch=8)
    train(knees(), settings=settings, out=tmp_path / "t", max_images=16)

    def killed(source: object, target: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        train(knees(), settings=settings, out=tmp_path / "t", max_images=32, resume=True)
    monkeypatch.undo()
    assert read_progress(tmp_path / "t")["images_seen"] == 16
    assert train(knees(), settings=settings, out=tmp_path / "t", max_images=32, resume=True).images_seen == 32


def test_growing_begins_with_the_enlarged_image_of_the_level_below(tmp_path: Path) -> None:
    low = Settings(architecture=SMALL, batch=8)
    nets = Networks(low, "cpu")
    nets.images_seen = 99
    write_state(nets, tmp_path / "low", low)
    high = Settings(architecture=Architecture(resolution=56, width=0.2, z_size=16, w_size=16), batch=8, seed=7)
    grown = Networks(high, "cpu")
    nest_state(grown, tmp_path / "low")
    assert grown.fade_from == 99
    z, grades = torch.randn(2, 16), torch.tensor([1.0, 3.0])
    noise = [torch.randn(2, *shape) for shape in grown.generator.noise_shapes()]
    below = nets.generator.eval()(z, grades, noise[:6])
    above = grown.generator.eval()(z, grades, noise, fade=0.0)
    enlarged = torch.nn.functional.interpolate(below, scale_factor=2, mode="bilinear", align_corners=False)
    assert torch.allclose(above, enlarged, atol=1e-5)


def test_a_state_of_another_shape_is_refused(tmp_path: Path) -> None:
    settings = Settings(architecture=SMALL, batch=8)
    train(knees(), settings=settings, out=tmp_path / "t", max_images=8)
    other = Settings(architecture=Architecture(resolution=28, width=0.3), batch=8)
    with pytest.raises(ValueError, match="another architecture"):
        train(knees(), settings=other, out=tmp_path / "t", max_images=16, resume=True)
    with pytest.raises(ValueError, match="do not nest"):
        nest_state(Networks(other, "cpu"), tmp_path / "t")
    with pytest.raises(ValueError, match="no training state"):
        train(knees(), settings=settings, out=tmp_path / "none", max_images=8, resume=True)
