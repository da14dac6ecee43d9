"""Training away from home: data and state in parts, no Django, several processes, half precision, augmentation."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from generator import carry_state
from generator.augmentation import CUTOUT, patch
from generator.checkpoints import read_card
from generator.networks import Architecture, Discriminator, Generator
from generator.options import STYLE, training_arguments
from generator.packing import pack, pack_state, unpack, unpack_state
from generator.training import adapted, train
from generator.training_state import STATE, Networks, Settings, read_progress, read_state, write_state
from tests.generator.core.test_core import SMALL, knees, small_generator

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = Settings(architecture=SMALL, batch=8)
OPTIONS = {
    "out": Path("x"),
    "architecture": "style",
    "resolution": 28,
    "width": 1.0,
    "margin": 0,
    "batch": 8,
    "gamma": 0.3,
    "learning_rate": 2e-3,
    "augmentation": 0.3,
    "adapt": None,
    "precision": "fp32",
    "lazy": 8,
    "projected": 0.0,
    "cool_down": 0.0,
    "compile": False,
    "seed": 0,
    "max_seconds": None,
    "max_images": 8,
    "resume": False,
    "grow_from": None,
    "start_from": None,
    "device": "cpu",
}


def test_packed_data_comes_back_pixel_for_pixel_in_parts_below_the_size(tmp_path: Path) -> None:
    data = replace(knees(12), name="noise", licence="none", is_phantom=True)
    parts = pack(data, tmp_path, part_bytes=200_000)  # noise of 50 kB an image: no codec makes it smaller
    assert len(parts) == 4
    assert all(path.stat().st_size <= 200_000 for path in parts)
    back = unpack(tmp_path)
    order = [back.digests.index(digest) for digest in data.digests]
    assert np.array_equal(back.images[order], data.images)
    assert np.array_equal(back.grades[order], data.grades)
    assert (back.preset, back.name, back.licence, back.is_phantom) == ("window", "noise", "none", True)
    assert back.digest() == data.digest()


def test_a_missing_a_damaged_and_a_foreign_part_are_named(tmp_path: Path) -> None:
    parts = pack(knees(12), tmp_path / "a", part_bytes=300_000)
    foreign = pack(knees(11), tmp_path / "b", part_bytes=300_000)[0].read_bytes()
    with pytest.raises(ValueError, match=r"holds no part-1\.zip"):
        unpack(tmp_path)
    whole = parts[-1].read_bytes()
    parts[-1].write_bytes(foreign)
    with pytest.raises(ValueError, match="another data set"):
        unpack(tmp_path / "a")
    parts[-1].write_bytes(whole[:1000])
    with pytest.raises(ValueError, match="is damaged"):
        unpack(tmp_path / "a")
    parts[-1].unlink()
    with pytest.raises(ValueError, match="of 12 radiographs: a part is missing"):
        unpack(tmp_path / "a")


def test_a_state_travels_in_parts_and_training_goes_on_from_it(tmp_path: Path) -> None:
    home, away = tmp_path / "home", tmp_path / "away"
    train(knees(), settings=SETTINGS, out=home, max_images=16)
    parts = pack_state(home, tmp_path / "parts", part_bytes=100_000)
    assert len(parts) > 1
    assert all(path.stat().st_size <= 100_000 for path in parts)
    assert sum(path.stat().st_size for path in parts) < 0.5 * (home / STATE).stat().st_size
    unpack_state(tmp_path / "parts", away)
    assert read_progress(away) == read_progress(home)
    there, here = load_file(away / STATE), load_file(home / STATE)
    assert there.keys() == here.keys()
    for name, tensor in here.items():
        if not name.endswith("/exp_avg"):
            assert torch.allclose(there[name], tensor, rtol=0.004, atol=1e-6), name
    assert train(knees(), settings=SETTINGS, out=away, max_images=32, resume=True).images_seen == 32
    parts[1].unlink()
    with pytest.raises(ValueError, match=r"state-2\.safetensors is missing"):
        unpack_state(tmp_path / "parts", away)


def test_a_state_travels_by_its_command_in_parts_of_a_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def carry(action: str, training: Path, *more: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["carry_state", action, str(training), str(tmp_path / "parts"), *more])
        carry_state.main()
        return capsys.readouterr().out.splitlines()

    here, away = tmp_path / "here", tmp_path / "away"
    with pytest.raises(SystemExit, match=r"holds no training state"):
        carry("pack", here)
    with pytest.raises(SystemExit, match=r"--part-megabytes is at least 1"):
        carry("pack", here, "--part-megabytes", "0")
    assert not (tmp_path / "parts").exists()
    settings = replace(SETTINGS, architecture=replace(SETTINGS.architecture, width=1.0))
    train(knees(), settings=settings, out=here, max_images=8)
    parts = [Path(line) for line in carry("pack", here, "--part-megabytes", "2")]
    assert len(parts) > 1
    assert max(path.stat().st_size for path in parts) <= 2_000_000
    assert carry("unpack", away) == []
    assert read_progress(away) == read_progress(here)


def test_what_is_left_out_of_a_travelling_state_changes_no_step(tmp_path: Path) -> None:
    """Adam at beta1 = 0 never looks at its first moments again."""
    nets = Networks(SETTINGS, "cpu")
    optimiser = nets.optimisers["generator"]
    for parameter in nets.generator.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimiser.step()
    for state in optimiser.state.values():
        state["exp_avg"].fill_(1e6)
    before = nets.generator.constant.detach().clone()
    optimiser.step()
    assert (nets.generator.constant - before).abs().max() < 0.01


def test_two_processes_train_one_generator_without_django(tmp_path: Path) -> None:
    pack(knees(), tmp_path / "packed", part_bytes=10**9)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone"]
    command += ["-m", "generator.train_packed", "--packed", str(tmp_path / "packed"), "--out", str(tmp_path / "out")]
    command += ["--resolution", "28", "--width", "0.2", "--batch", "4", "--max-images", "32", "--device", "cpu"]
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environment |= {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert read_card(tmp_path / "out").images_seen == 32
    assert read_progress(tmp_path / "out")["step"] == 4  # 4 images a step on each of 2


def test_training_away_needs_no_package_of_the_feature_network() -> None:
    hidden = "import sys; sys.modules.update(dict.fromkeys(['efficientnet_lite_pytorch', 'django', 'scipy']))"
    code = f"{hidden}; import generator.train_packed, generator.carry_state"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_half_precision_stays_near_full_precision_and_hands_on_whole_numbers() -> None:
    generator, grades = small_generator(), torch.tensor([0.0, 1.0, 3.0, 4.0])
    z, noise = torch.randn(4, 16), [torch.randn(4, *shape) for shape in generator.noise_shapes()]
    discriminator = Discriminator(SMALL)
    with torch.no_grad():
        images = generator(z, grades, noise)
        judged = discriminator(images, grades.long())
        with torch.autocast("cpu", torch.bfloat16):
            half = generator(z, grades, noise)
            half_judged = discriminator(images, grades.long())
    assert half.dtype == half_judged.dtype == torch.float32
    assert not torch.equal(half, images)  # bfloat16 was at work
    assert (half - images).abs().mean() < 0.02 * images.abs().mean() + 0.02
    assert torch.allclose(half_judged, judged, atol=0.1 * judged.abs().max().item())


def test_the_wide_architecture_is_the_one_for_a_gpu() -> None:
    wide = Architecture(resolution=224, width=4)
    assert [wide.channels(size) for size in wide.resolutions] == [256, 256, 256, 128, 64, 32]
    assert sum(parameter.numel() for parameter in Generator(wide).parameters()) == pytest.approx(4.6e6, rel=0.1)


def test_augmentation_adapts_towards_the_aim() -> None:
    assert adapted(0.3, 0.95, aim=0.88, images=2_000) == pytest.approx(0.31)
    assert adapted(0.3, 0.80, aim=0.88, images=2_000) == pytest.approx(0.29)
    assert adapted(0.0, 0.80, aim=0.88, images=2_000) == 0
    assert adapted(0.8, 0.95, aim=0.88, images=2_000) == 0.8


def test_the_probability_of_augmentation_is_gone_on_from(tmp_path: Path) -> None:
    settings = replace(SETTINGS, adapt=0.88)
    nets = Networks(settings, "cpu")
    nets.augmentation = 0.55
    write_state(nets, tmp_path, settings)
    again = Networks(settings, "cpu")
    read_state(again, tmp_path, settings)
    assert again.augmentation == 0.55


def test_a_patch_is_a_square_of_a_quarter_of_the_side_at_most() -> None:
    torch.manual_seed(0)
    images, which = torch.zeros(50, 1, 56, 56), torch.tensor([1.0, 0.0] * 25)
    covered = patch(images, which)[:, 0]
    assert (covered[1::2] == 0).all()
    assert (covered[0::2].sum((1, 2)) > 0).all()
    assert covered.amax(2).sum(1).max() <= 56 * CUTOUT
    assert (covered.sum((1, 2)) == covered.amax(2).sum(1) * covered.amax(1).sum(1)).all()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"max_images": None}, "Say when to stop"),
        ({"batch": 6}, "multiple of four"),
        ({"augmentation": 1.5}, "between 0 and 1"),
        ({"adapt": 0.2}, "between 0.5 and 1"),
        ({"device": "cuda"}, "There is no GPU here"),
        ({"precision": "bf16"}, "is for a GPU"),
        ({"resolution": 30}, "resolution is one of"),
        ({"device": "foo"}, "There is no device “foo”"),
        ({"device": "cuda:x"}, "There is no device “cuda:x”"),
        ({"max_seconds": -1.0}, "--max-seconds is more than 0"),
        ({"max_images": 0}, "--max-images is more than 0"),
        ({"learning_rate": 0.0}, "--learning-rate is more than 0"),
        ({"projected": -0.1}, "--projected is 0 or more"),
        ({"lazy": 0}, "--lazy is 1 or more"),
        ({"projected": float("inf")}, "--projected is 0 or more, and less than 100000"),
        ({"gamma": float("inf")}, "--gamma is more than 0, and less than 100000"),
        ({"adapt": 0.0}, "between 0.5 and 1"),
        ({"cool_down": 5.0}, "counts back from the end of --max-seconds"),
        ({"cool_down": 5.0, "max_seconds": 4.0}, "is no longer than that"),
        ({"compile": True}, "--compile is for a GPU"),
        ({"out": Path(__file__)}, "is a file; --out names a folder"),
        ({"out": Path(__file__) / "x"}, "is a file; --out names a folder"),
        ({"grow_from": Path("a"), "start_from": "knee"}, "both say where to begin"),
        ({"architecture": "wgan-gp"}, "settings of its paper; leave out --resolution"),
    ],
)
def test_options_that_do_not_go_together_are_said(options: dict, sentence: str) -> None:
    if options.get("device") == "cuda" and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ValueError, match=sentence):
        training_arguments(OPTIONS | options)
    assert training_arguments(OPTIONS)["settings"].architecture.resolution == 28


def test_a_folder_that_holds_a_training_is_gone_on_with_or_left_alone(tmp_path: Path) -> None:
    train(knees(), settings=SETTINGS, out=tmp_path, max_images=8)
    for name in (STATE, "card.json"):
        with pytest.raises(ValueError, match="already holds a training"):
            training_arguments(OPTIONS | {"out": tmp_path})
        (tmp_path / name).unlink()
    assert training_arguments(OPTIONS | {"out": tmp_path})["out"] == tmp_path
    (tmp_path / STATE).touch()
    assert training_arguments(OPTIONS | {"out": tmp_path, "resume": True})["resume"]


def test_what_is_not_said_is_the_default_of_the_architecture() -> None:
    unsaid = OPTIONS | dict.fromkeys((*STYLE, "batch", "max_images"))
    style = training_arguments(unsaid | {"max_images": 8})["settings"]
    assert (style.architecture.resolution, style.batch, style.learning_rate) == (56, 16, 2e-3)
    baseline = training_arguments(unsaid | {"architecture": "wgan-gp"})
    assert (baseline["settings"].batch, baseline["max_images"]) == (64, None)
