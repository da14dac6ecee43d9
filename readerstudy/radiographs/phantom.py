"""Phantom radiographs: drawn AP projections of a knee whose anatomy, joint space and grade are known.

They stand in for real radiographs in demonstrations, rehearsals and tests; no patient is involved and no one
should take them for data. The outlines of phantom_anatomy.py become path lengths of bone and soft tissue,
attenuated as X-rays are (Beer–Lambert), blurred, scattered and given quantum noise. The same seed keeps the
same knee across grades.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, rfft2

from readerstudy.radiographs.phantom_anatomy import REACH, Bone, Knee, draw_knee

SIZE = 224  # pixels
FIELD = 94.0  # millimetres across
FULL_SCALE = 4095  # 12 bits, as detectors give

Map = NDArray[np.float64]


@dataclass(frozen=True)
class Phantom:
    """pixels: uint16 [224, 224], bone bright, 12 bits. Spaces and osteophytes in millimetres."""

    pixels: NDArray[np.uint16]
    grade: int
    side: str
    joint_space_medial: float
    joint_space_lateral: float
    osteophyte: float
    sclerosis: float


def render_phantom(*, seed: int, grade: int, side: str = "R") -> Phantom:
    """Draw the knee of this seed at this KL grade (0–4). The same arguments give the same pixels.

    side: "R", or "L" for its mirror image. Raises ValueError on a grade or side that does not exist.
    """
    if grade not in range(5):
        raise ValueError(f"a Kellgren–Lawrence grade is 0 to 4, not {grade}")
    if side not in ("L", "R"):
        raise ValueError(f"a side is L or R, not {side!r}")
    knee = draw_knee(seed=seed, grade=grade)
    position, texture, exposure = (np.random.default_rng([seed, stream]) for stream in (3, 4, 5))
    x, y = _coordinates(position)
    bone = _bones(x, y, knee, _grain(texture))
    grey = _expose(bone, _soft_tissue(x, y, knee, texture), exposure)
    pixels = np.rint(grey * FULL_SCALE).astype(np.uint16)
    return Phantom(
        pixels=np.ascontiguousarray(pixels[:, ::-1]) if side == "L" else pixels,
        grade=grade,
        side=side,
        joint_space_medial=knee.joint_space_medial,
        joint_space_lateral=knee.joint_space_lateral,
        osteophyte=knee.osteophyte,
        sclerosis=knee.sclerosis,
    )


def _coordinates(position: np.random.Generator) -> tuple[Map, Map]:
    """Millimetres from the middle of the joint line, x towards the medial side (right in a right knee)."""
    angle, zoom = position.normal(0, 0.035), position.normal(1, 0.03)
    middle_x, middle_y = position.normal(0.5, 1.6), position.normal(7.5, 2.2)
    axis = (np.arange(SIZE) + 0.5) / SIZE * FIELD - FIELD / 2
    x, y = np.meshgrid(axis - middle_x, axis - middle_y)
    return (x * np.cos(angle) - y * np.sin(angle)) / zoom, (x * np.sin(angle) + y * np.cos(angle)) / zoom


def _step(distance: Map, softness: float) -> Map:
    """1 inside (positive distance, millimetres), 0 outside, a cubic in between."""
    share = distance / (3.2 * softness)
    share += 0.5
    np.clip(share, 0, 1, out=share)
    return share * share * (3 - 2 * share)


def _along(curve: NDArray[np.float64], at: Map) -> Map:
    return np.interp(at, REACH, curve)


@lru_cache(maxsize=8)
def _gaussian_response(along_y: float, along_x: float) -> Map:
    """Transfer function of a Gaussian blur with these widths (pixels) on the periodic image."""
    frequency_y, frequency_x = np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE)[None, :]
    return np.asarray(np.exp(-2 * np.pi**2 * ((along_y * frequency_y) ** 2 + (along_x * frequency_x) ** 2)))


def _filtered(spectrum: NDArray[np.complex128], response: Map) -> Map:
    """Noise of standard deviation 1 with this spectrum."""
    field = irfft2(spectrum * response, s=(SIZE, SIZE))
    return np.asarray(field / field.std())


def _grain(texture: np.random.Generator) -> Map:
    """Relative density of trabecular bone around 1: upright struts, a fine net, a slow mottle."""
    struts, net = rfft2(texture.normal(size=(SIZE, SIZE))), rfft2(texture.normal(size=(SIZE, SIZE)))
    upright = _filtered(struts, _gaussian_response(3.4, 0.55) - _gaussian_response(4.5, 1.7))
    fine = _filtered(net, _gaussian_response(0.75, 0.7) - _gaussian_response(2.2, 2.0))
    mottle = _filtered(net, _gaussian_response(9.0, 7.0))
    strength = texture.uniform(0.6, 1.25)
    return np.asarray(1 + strength * (0.085 * upright + 0.05 * fine) + 0.06 * mottle)


def _depth(x: Map, y: Map, bone: Bone, *, below: bool, corner: float) -> tuple[Map, Map]:
    """How deep a point lies inside a bone: below its outline and below its joint surface, negative outside.

    Sides and joint surface meet in a corner of the given radius.
    """
    lateral, medial = _along(bone.lateral, y), _along(bone.medial, y)
    slope = np.gradient(bone.surface, REACH)
    upright = _along(1 / np.sqrt(1 + slope**2), x)
    end = (_along(bone.surface, x) - y) * (-1 if below else 1) * upright
    sides = np.minimum(x - lateral, medial - x) * 0.95
    u, v = corner - sides, corner - end
    outside = np.hypot(np.clip(u, 0, None), np.clip(v, 0, None)) + np.minimum(np.maximum(u, v), 0)
    return corner - outside, end


def _chord(depth: Map, roundness: float) -> Map:
    """Path length through a bone of unit thickness whose edges are rounded over so many millimetres."""
    return np.asarray(np.sqrt(1 - (1 - np.clip(depth / roundness, 0, 1)) ** 2))


def _solid(depth: Map, grain: Map, cortex: float) -> Map:
    """Density of a bone: a spongy core in a dense shell, whose path is longest where the ray grazes it."""
    core = _chord(depth - cortex, 13.0)
    return 0.29 * core * grain + 0.80 * (_chord(depth, 13.0) - core) * (0.6 + 0.4 * grain)


def _line(distance: Map, width: float) -> Map:
    return np.exp(-((distance / width) ** 2))


def _bones(x: Map, y: Map, knee: Knee, grain: Map) -> Map:
    """Density along the ray through the bones, about 0 to 1."""
    femur = _femur(x, y, knee, grain)
    tibia = _tibia(x, y, knee, grain)
    return femur + tibia + _fibula(x, y, knee, grain) + _patella(x, y, knee, grain)


def _sclerotic(end: Map, x: Map, knee: Knee, thickness: float) -> Map:
    """Condensed bone beneath the worn surface."""
    under = _line(x - knee.worn * 0.6 * knee.half_width, 0.42 * knee.half_width)
    return knee.sclerosis * under * np.exp(-((np.clip(end, 0, None) / thickness) ** 2))


def _femur(x: Map, y: Map, knee: Knee, grain: Map) -> Map:
    depth, end = _depth(x, y, knee.femur, below=False, corner=max(7.0 - 1.1 * knee.osteophyte, 2.0))
    density = _solid(depth, grain, knee.cortex)
    plate = 0.10 * np.exp(-((end - 0.7) ** 2) / 0.8)
    density = density + (0.08 * _sclerotic(end, x, knee, 4.0) + plate) * _step(depth, 0.4)
    lateral, medial = knee.notch
    walls = np.zeros_like(x)
    for wall, strength in ((lateral, 0.085), (medial, 0.11)):
        bow = x - wall - 0.010 * np.sign(wall) * (y + 18) ** 2 * 0.35
        walls += strength * _line(bow, 0.9) * _step(-6 - y, 2.0) * _step(y + 26, 4.0)
    fossa = -0.045 * _step(x - lateral, 1.5) * _step(medial - x, 1.5) * _step(-y - 4, 3) * _step(y + 24, 5)
    scar_y = knee.scars[0] - 0.004 * x**2 + 0.9 * np.sin(x / 5.5 + knee.leg)
    scar = 0.06 * _line(y - scar_y, 0.8) * _step(np.abs(x) - 11, 5.0)
    return density + (walls + fossa + scar) * _step(depth - 1, 0.8)


def _tibia(x: Map, y: Map, knee: Knee, grain: Map) -> Map:
    depth, end = _depth(x, y, knee.tibia, below=True, corner=2.6)
    density = _solid(depth, grain, knee.cortex)
    flat = _step(np.abs(x) - 8, 2.0)
    plate = (0.07 + 0.09 * flat) * np.exp(-((end - 0.9) ** 2) / 1.1)
    rim = 0.06 * _line(end - 4.2 - 0.06 * np.abs(x), 0.8) * flat  # the far edge of the plateau
    scar = 0.04 * _line(y - knee.scars[1] - 0.8 * np.sin(x / 6.0 + knee.leg), 0.8) * _step(np.abs(x) - 5, 4.0)
    density = density + (0.15 * _sclerotic(end, x, knee, 6.5) * grain + plate) * _step(depth, 0.4)
    density += (rim + scar) * _step(depth - 1, 0.8)
    for centre, under, radius in knee.cysts:
        away = np.hypot(x - centre, (end - under) * 1.2)
        hole = 0.05 * _line(away - radius, 0.8) - 0.07 * _step(radius - away, 0.8)
        density += hole * _step(depth - 0.5, 0.5)
    return density


def _fibula(x: Map, y: Map, knee: Knee, grain: Map) -> Map:
    centre_x, top, half = knee.fibula
    below = y - top
    middle = centre_x + 0.10 * np.clip(below, 0, None)
    width = half * (0.62 + 0.38 * np.exp(-(((below - 8) / 9) ** 2)))
    sides, end = width - np.abs(x - middle), below - (x - middle) ** 2 / 24
    depth = np.minimum(sides, 0.8 * end)
    return 0.42 * _solid(depth, grain, 1.0) + 0.05 * _line(depth - 0.6, 0.7)


def _patella(x: Map, y: Map, knee: Knee, grain: Map) -> Map:
    centre_x, centre_y, half, height = knee.patella
    u, v = (x - centre_x) / half, (y - centre_y) / height
    away = (np.abs(u) ** 2.3 + np.abs(v) ** 2.3 * (1 + 0.12 * v)) ** (1 / 2.3)
    depth = (1 - away) * half
    rim = _line(depth - 0.9, 0.8) * _step(y - centre_y, 8.0)
    return 0.055 * _chord(depth, 12.0) * (0.4 + 0.6 * grain) + 0.028 * rim


def _soft_tissue(x: Map, y: Map, knee: Knee, texture: np.random.Generator) -> Map:
    """Density of muscle, fat and skin: an oval leg, a darker sleeve of fat, a brighter skin, a mottle."""
    half = knee.leg + 0.0018 * y**2 + 1.5 * np.sin(y / 19 + knee.leg)
    inside = half - np.abs(x)
    oval = np.sqrt(np.clip(1 - (x / half) ** 2, 0, 1))
    muscle = 0.07 * _step(inside - texture.uniform(5, 11), 2.5)
    skin = 0.05 * np.exp(-((inside - 1.0) ** 2) / 1.2)
    mottle = _filtered(rfft2(texture.normal(size=(SIZE, SIZE))), _gaussian_response(12.0, 6.0))
    return (0.50 * oval + muscle + skin + 0.012 * mottle) * _step(inside, 0.8)


def _expose(bone: Map, tissue: Map, exposure: np.random.Generator) -> Map:
    """Path lengths → displayed grey, 0 to 1: Beer–Lambert, focal blur, scatter, quantum noise, gain."""
    kilovolts = exposure.uniform(0.85, 1.15)  # a harder beam shows bone weaker
    path = bone * kilovolts + tissue * exposure.uniform(0.75, 1.15)
    haze = exposure.uniform(0.03, 0.12) if exposure.random() < 0.8 else exposure.uniform(0.2, 0.4)
    blur = exposure.uniform(0.45, 0.75) if exposure.random() < 0.85 else exposure.uniform(0.9, 1.4)
    spectrum = rfft2(np.exp(-2.2 * path))
    sharp = np.exp(-2 * np.pi**2 * blur**2 * _frequency_squared())
    scattered = (1 - haze) * sharp + haze * _gaussian_response(20.0, 20.0)
    transmitted = irfft2(spectrum * scattered, s=(SIZE, SIZE))
    photons = np.exp(exposure.uniform(np.log(1500), np.log(9000)))
    noise = exposure.normal(size=path.shape) * np.sqrt(np.clip(transmitted, 0.01, None) / photons)
    grey = -np.log(np.clip(transmitted + noise, 0.01, 1.2))
    low, high = exposure.uniform(-0.1, 0.3), exposure.uniform(2.3, 2.75)
    shown = np.clip((grey - low) / (high - low), 0, 1)
    return np.asarray(shown ** exposure.uniform(0.85, 1.15))


@lru_cache(maxsize=1)
def _frequency_squared() -> Map:
    return np.asarray(np.fft.fftfreq(SIZE)[:, None] ** 2 + np.fft.rfftfreq(SIZE)[None, :] ** 2)
