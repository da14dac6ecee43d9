"""Training data and training states as a few files below a size, to carry to a machine with a GPU and back.

Radiographs travel lossless: a detector would learn a codec before it learnt anatomy. A state travels in 16 bits, which
costs one rounding a journey, and that of the style-based networks without Adam's first moments, which are the last
gradients alone at β₁ = 0.
"""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image, UnidentifiedImageError
from safetensors import safe_open
from safetensors.torch import load, load_file, save
from torch import Tensor
from tqdm import tqdm

from generator.training_data import TrainingData
from generator.training_state import STATE, read_progress
from generator.weights_and_card import write_whole

ABOUT = "about.json"


def bytes_of_part(megabytes: int) -> int:
    """What --part-megabytes means. Raises ValueError with one sentence."""
    if megabytes < 1:
        raise ValueError("--part-megabytes is at least 1.")
    return megabytes * 1_000_000


def pack(data: TrainingData, folder: Path, *, part_bytes: int) -> list[Path]:
    """Write data as part-1.zip, part-2.zip … of at most part_bytes, images in lossless WebP; returns their paths."""
    about = {name: getattr(data, name) for name in ("preset", "name", "licence", "is_phantom")}
    about |= {"count": len(data.images), "digest": data.digest()}
    folder.mkdir(parents=True, exist_ok=True)
    parts: list[Path] = []
    archive: zipfile.ZipFile | None = None
    size = 0
    rows = zip(data.images, data.grades, data.digests, strict=True)
    for image, grade, digest in tqdm(rows, total=len(data.images), desc="packing", unit=" images", disable=None):
        encoded = io.BytesIO()
        Image.fromarray(image).save(encoded, "WEBP", lossless=True, quality=50, method=4)
        entry = len(encoded.getvalue()) + 300  # and its two headers
        if archive is None or size + entry > part_bytes:
            if archive is not None:
                archive.close()
            parts.append(folder / f"part-{len(parts) + 1}.zip")
            archive, size = zipfile.ZipFile(parts[-1], "w"), 1000
            archive.writestr(ABOUT, json.dumps(about))
        archive.writestr(f"{grade}/{digest}.webp", encoded.getvalue())
        size += entry
    if archive is not None:
        archive.close()
    return parts


def unpack(folder: Path) -> TrainingData:
    """Read what `pack` wrote. Raises ValueError when a part is missing, damaged or of another data set."""
    images, grades, digests = [], [], []
    about: dict = {}
    paths = sorted(folder.glob("part-*.zip"), key=lambda path: (len(path.name), path.name))
    if not paths:
        raise ValueError(f"{folder} holds no part-1.zip: nothing was packed there.")
    for path in paths:
        try:
            with zipfile.ZipFile(path) as archive:
                own = json.loads(archive.read(ABOUT))
                if about not in ({}, own):
                    raise ValueError(f"{path} belongs to another data set than the parts before it.")
                about = own
                for name in archive.namelist():
                    if name != ABOUT:
                        grade, digest = name.removesuffix(".webp").split("/")
                        with Image.open(io.BytesIO(archive.read(name))) as image:
                            images.append(np.array(image.convert("L")))
                        grades.append(int(grade))
                        digests.append(digest)
        except (zipfile.BadZipFile, KeyError, UnidentifiedImageError, OSError) as error:
            raise ValueError(f"{path} is damaged or no packed data: {error}.") from error
    count = about.pop("count")
    if len(images) != count:
        raise ValueError(f"{folder} holds {len(images)} of {count} radiographs: a part is missing.")
    expected = about.pop("digest")
    data = TrainingData(images=np.stack(images), grades=np.array(grades), digests=digests, **about)
    if data.digest() != expected:
        raise ValueError(f"{folder} holds other radiographs than were packed.")
    return data


def pack_state(training: Path, folder: Path, *, part_bytes: int) -> list[Path]:
    """Write the state of a training folder as state-1.safetensors … and return their paths.

    A part holds at most part_bytes, or one tensor where that alone is larger. Raises ValueError where the folder holds
    no state, or a damaged one.
    """
    progress = read_progress(training)
    moments_count = "kind" in progress["architecture"]
    parts: list[dict[str, Tensor]] = [{}]
    size = 0
    for name, tensor in sorted(load_file(training / STATE).items()):
        if name.endswith("/exp_avg") and not moments_count:
            continue
        travels = tensor.bfloat16() if name.endswith(("/exp_avg", "/exp_avg_sq")) else tensor.half()
        travels = tensor if tensor.numel() == 1 else travels  # counts of steps need all bits
        entry = travels.numel() * travels.element_size() + 200
        if size + entry > part_bytes - 2_000:
            parts.append({})
            size = 0
        parts[-1][name] = travels
        size += entry
    paths = [folder / f"state-{number + 1}.safetensors" for number in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        write_whole(path, save(part, metadata={"progress": json.dumps(progress), "parts": str(len(parts))}))
    return paths


def unpack_state(folder: Path, training: Path) -> None:
    """Put a travelled state into a training folder, to `--resume` from. Raises ValueError when a part is missing."""
    first = folder / "state-1.safetensors"
    if not first.is_file():
        raise ValueError(f"{folder} holds no state-1.safetensors.")
    with safe_open(first, framework="pt") as file:
        metadata = file.metadata()
    tensors: dict[str, Tensor] = {}
    for number in range(1, int(metadata.pop("parts")) + 1):
        path = folder / f"state-{number}.safetensors"
        if not path.is_file():
            raise ValueError(f"{path} is missing.")
        tensors |= {name: tensor.float() for name, tensor in load(path.read_bytes()).items()}
    moments = {name: tensor for name, tensor in tensors.items() if name.endswith("/exp_avg_sq")}
    tensors = {name.removesuffix("_sq"): torch.zeros_like(tensor) for name, tensor in moments.items()} | tensors
    write_whole(training / STATE, save(tensors, metadata=metadata))
