"""What a phantom knee is: the anatomy its seed decides and the disease its grade adds, as outlines.

Lengths are millimetres, x towards the medial side, y downwards, from the middle of the joint line. They
follow no one patient. What the Kellgren–Lawrence grade (1957, doi 10.1136/ard.16.4.494) changes is invented,
in the order in which the grades are defined: osteophytes, joint space, sclerosis, deformity of the bone ends.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

# By grade 0–4, in millimetres: joint space of the worn and of the spared compartment, length of the longest
# osteophyte, loss of bone at the worn end, roughness of the outlines. Sclerosis is relative to a usual worst.
WORN_SPACE = (5.0, 4.5, 3.9, 2.4, 0.6)
SPARED_SPACE = (5.4, 5.3, 5.2, 5.0, 4.8)
OSTEOPHYTE = (0.0, 1.0, 2.8, 4.4, 6.8)
DEFORMITY = (0.0, 0.0, 0.1, 0.6, 1.8)
ROUGHNESS = (0.04, 0.06, 0.10, 0.17, 0.26)
SCLEROSIS = (0.0, 0.06, 0.2, 0.5, 0.95)

REACH = np.linspace(-75.0, 75.0, 601)  # where outlines are tabulated
ACROSS = (-50.0, -38.0, -33.0, -22.0, -12.0, -8.5, -5.0, 0.0, 5.0, 8.5, 12.0, 22.0, 33.0, 38.0, 50.0)
FEMUR_HEIGHTS = (-75.0, -56.0, -44.0, -35.0, -28.0, -22.0, -16.0, -10.0, -4.0, 4.0, 75.0)
TIBIA_HEIGHTS = (-75.0, -4.0, 2.0, 6.0, 12.0, 20.0, 30.0, 40.0, 52.0, 75.0)

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class Bone:
    """One bone's outline, tabulated at REACH: its joint surface (y by x) and its two sides (x by y)."""

    surface: Curve
    lateral: Curve
    medial: Curve


@dataclass(frozen=True)
class Knee:
    """Joint spaces, osteophyte and deformity in millimetres; worn: the compartment, -1 lateral, 1 medial."""

    femur: Bone
    tibia: Bone
    joint_space_medial: float
    joint_space_lateral: float
    osteophyte: float
    sclerosis: float
    deformity: float
    worn: int
    half_width: float
    patella: tuple[float, float, float, float]  # centre x, y, half width, half height
    fibula: tuple[float, float, float]  # centre x and top y of its head, half width
    notch: tuple[float, float]  # x of the lateral and of the medial wall of the intercondylar fossa
    scars: tuple[float, float]  # heights of the femoral and the tibial growth-plate scar
    leg: float  # half the width of the soft tissue
    cortex: float  # thickness of the shell
    cysts: tuple[tuple[float, float, float], ...]  # x, depth and radius below the worn plateau


def draw_knee(*, seed: int, grade: int) -> Knee:
    """Draw the knee of this seed at this grade: the seed decides the anatomy, the grade its disease.

    Every grade of a seed consumes the same random numbers: a knee that is narrow for its grade is so in all.
    """
    anatomy, disease = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
    worn = 1 if anatomy.random() < 0.75 else -1  # medial wear is the commoner
    spread = disease.normal(size=4)
    half_width = 38.5 * anatomy.normal(1, 0.04)
    scale = half_width / 38.5
    narrow = float(max(WORN_SPACE[grade] * scale + 0.35 * spread[0], 0.2))
    wide = float(max(SPARED_SPACE[grade] * scale + 0.3 * spread[1], 1.5))
    osteophyte = float(OSTEOPHYTE[grade] * max(1 + 0.22 * spread[2], 0.3))
    deformity = DEFORMITY[grade]
    medial, lateral = (narrow, wide) if worn > 0 else (wide, narrow)
    # The worn plateau gives way and the femur follows it.
    sunk = 0.6 * deformity * np.clip((worn * REACH / scale - 8) / 30, 0, 1.3)
    line = anatomy.normal(0.0, 0.022) * REACH
    gap = lateral + (medial - lateral) * 0.5 * (1 + np.tanh(REACH / 7))
    sizes = osteophyte * disease.uniform(0.45, 1.0, size=4)  # femur lateral, medial, tibia lateral, medial
    sizes[[1, 3] if worn > 0 else [0, 2]] = osteophyte * disease.uniform(0.8, 1.0, size=2)
    rough = _waves(anatomy, 6) * (0.04 + (ROUGHNESS[grade] - 0.04) * np.exp(-((REACH / 16) ** 2)))
    rough[[0, 3]] = ROUGHNESS[grade] * _waves(anatomy, 2)
    femur = Bone(
        surface=line - gap / 2 + sunk + _femoral_surface(anatomy, scale, worn, deformity) + 0.3 * rough[0],
        lateral=-_femoral_side(anatomy, half_width * 1.01, sizes[0]) + rough[1],
        medial=_femoral_side(anatomy, half_width, sizes[1]) + rough[2],
    )
    tibia = Bone(
        surface=line + gap / 2 + sunk + _tibial_surface(anatomy, scale, osteophyte) + 0.3 * rough[3],
        lateral=-_tibial_side(anatomy, half_width, sizes[2], narrowing=1.06) + rough[4],
        medial=_tibial_side(anatomy, half_width, sizes[3], narrowing=1.0) + rough[5],
    )
    return Knee(
        femur=femur,
        tibia=tibia,
        joint_space_medial=medial,
        joint_space_lateral=lateral,
        osteophyte=osteophyte,
        sclerosis=float(SCLEROSIS[grade] * max(1 + 0.25 * spread[3], 0.2)),
        deformity=deformity,
        worn=worn,
        half_width=half_width,
        patella=(
            anatomy.normal(-2, 2.5),
            anatomy.normal(-33, 4.5),
            anatomy.uniform(18, 22) * scale,
            anatomy.uniform(17, 20) * scale,
        ),
        fibula=(
            -half_width + anatomy.uniform(-1.5, 5),
            anatomy.uniform(13, 22),
            anatomy.uniform(8.5, 11) * scale,
        ),
        notch=(anatomy.uniform(-13.5, -10) * scale, anatomy.uniform(10, 13.5) * scale),
        scars=(anatomy.uniform(-31, -24), anatomy.uniform(15, 21)),
        leg=anatomy.uniform(47, 60),
        cortex=anatomy.uniform(0.8, 1.3),
        cysts=_cysts(disease, grade, worn, scale),
    )


def _through(at: tuple[float, ...], values: NDArray[np.float64], scale: float = 1.0) -> Curve:
    """A smooth curve through the points that does not overshoot them (Fritsch & Carlson 1980)."""
    return np.asarray(PchipInterpolator(np.array(at) * scale, values, extrapolate=True)(REACH))


def _waves(anatomy: np.random.Generator, curves: int) -> NDArray[np.float64]:
    """Bony outlines are never smooth: a few sine waves of 5 to 25 mm each."""
    length = np.exp(anatomy.uniform(np.log(5), np.log(25), size=(curves, 5)))
    phase = anatomy.uniform(0, 2 * np.pi, size=(curves, 5))
    return np.sin(2 * np.pi * REACH / length[..., None] + phase[..., None]).sum(axis=1)


def _femoral_surface(anatomy: np.random.Generator, scale: float, worn: int, deformity: float) -> Curve:
    roof = -anatomy.uniform(9.5, 13.5)
    half = [-8.6, -5.2, -2.6, 0.0, -1.1, -3.2, -9.0]
    heights = np.array([*reversed(half), roof, *half])
    heights[4:11] += anatomy.normal(0, 0.35, size=7)
    heights[[6, 8]] = np.maximum(heights[[6, 8]], roof + 1.2)
    heights[(np.array(ACROSS) * worn) > 22] *= 1 - 0.35 * deformity / max(DEFORMITY)
    return _through(ACROSS, heights, scale)


def _tibial_surface(anatomy: np.random.Generator, scale: float, osteophyte: float) -> Curve:
    height = anatomy.uniform(5.0, 7.6) + 0.18 * osteophyte
    spines = [-0.9 * height, -0.5 * height, -height]
    heights = np.array([4.0, 0.8, 0.4, 0.0, -1.6, -3.9, *spines, -4.4, -1.9, 0.0, -0.5, 0.1, 4.0])
    heights[4:11] += anatomy.normal(0, 0.4, size=7)
    return _through(ACROSS, heights, scale)


def _femoral_side(anatomy: np.random.Generator, half_width: float, lip: float) -> Curve:
    shares = np.array([0.5, 0.66, 0.83, 0.95, 1.015, 1.04, 1.01, 0.965, 0.955, 0.93, 0.9])
    shares[1:9] += anatomy.normal(0, 0.014, size=8)
    side = half_width * _through(FEMUR_HEIGHTS, shares)
    return side + _lip(lip, at=-5.0, reach_away=-8.0, reach_towards=3.2)


def _tibial_side(anatomy: np.random.Generator, half_width: float, lip: float, *, narrowing: float) -> Curve:
    shares = np.array([0.96, 0.98, 1.0, 0.995, 0.97, 0.915, 0.80, 0.67, 0.56, 0.48])
    shares[5:8] /= narrowing
    shares[2:8] += anatomy.normal(0, 0.012, size=6)
    side = half_width * _through(TIBIA_HEIGHTS, shares)
    return side + _lip(lip, at=2.2, reach_away=7.0, reach_towards=-2.4)


def _lip(length: float, *, at: float, reach_away: float, reach_towards: float) -> Curve:
    """An osteophyte: the side runs out gradually towards the joint and ends in a beak."""
    away = np.clip((REACH - at) / reach_away, 0, None)
    towards = np.clip((REACH - at) / reach_towards, 0, None)
    return length * np.exp(-2.2 * away**1.2) * np.exp(-0.9 * towards**2)


def _cysts(disease: np.random.Generator, grade: int, worn: int, scale: float) -> tuple[tuple[float, float, float], ...]:
    draws = disease.uniform(size=(3, 3))
    many = 0 if grade < 3 else 1 if grade == 3 else 3
    return tuple((worn * (12 + 20 * draw[0]) * scale, 3.5 + 5 * draw[1], 1.0 + 1.4 * draw[2]) for draw in draws[:many])
