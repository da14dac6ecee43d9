"""Phantom radiographs: drawn AP projections of a knee whose anatomy, joint space and grade are known.

They stand in for real radiographs in demonstrations, rehearsals and tests; no patient is involved and no one should
take them for data. Path lengths of bone and soft tissue are laid down in millimetres, attenuated as X-rays are
(Beer–Lambert), blurred and given quantum noise. What changes with the Kellgren–Lawrence grade (1957, doi
10.1136/ard.16.4.494) is joint space, osteophytes, sclerosis and the shape of the bone ends; the same seed keeps the
same knee across grades.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

SIZE = 224  # pixels
FIELD = 112.0  # millimetres across
FULL_SCALE = 4095  # 12 bits, as detectors give

# By grade 0–4. Joint space in millimetres of the worn and of the spared compartment, osteophyte length in millimetres,
# sclerosis as added density, flattening of the bone end in millimetres. Invented, ordered as the grades are defined.
WORN_SPACE = (5.2, 4.7, 4.0, 2.6, 0.8)
SPARED_SPACE = (5.6, 5.4, 5.2, 4.8, 4.6)
OSTEOPHYTE = (0.0, 0.9, 2.6, 4.2, 7.0)
SCLEROSIS = (0.0, 0.04, 0.12, 0.32, 0.65)
FLATTENING = (0.0, 0.0, 0.2, 0.7, 2.0)

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


@dataclass(frozen=True)
class _Knee:
    """One knee: what its seed decides (anatomy) and what its grade adds (disease). Lengths in millimetres."""

    width: float  # of the femoral condyles, half
    shaft: float  # of the femoral shaft, half
    tilt: float  # of the joint line, radians
    joint: float  # height of the joint line below the centre
    spine: float  # height of the tibial spines
    patella: tuple[float, float, float]  # centre x, y and radius
    fibula: float  # of its head, how far out
    leg: float  # half the width of the soft tissue
    medial: float
    lateral: float
    osteophyte: float
    sclerosis: float
    flattening: float
    worn_medial: bool


def render_phantom(*, seed: int, grade: int, side: str = "R") -> Phantom:
    """Draw the knee of this seed at this KL grade (0–4). The same arguments give the same pixels.

    side: "R", or "L" for its mirror image. Raises ValueError on a grade or side that does not exist.
    """
    if grade not in range(5):
        raise ValueError(f"a Kellgren–Lawrence grade is 0 to 4, not {grade}")
    if side not in ("L", "R"):
        raise ValueError(f"a side is L or R, not {side!r}")
    anatomy, disease = np.random.default_rng([seed, 1]), np.random.default_rng([seed, 2])
    texture, exposure = np.random.default_rng([seed, 3]), np.random.default_rng([seed, 4])
    knee = _knee(anatomy, disease, grade)
    x, y = _coordinates(anatomy, knee)
    bone = _bone(x, y, knee) * _trabeculae(texture)
    attenuation = _expose(bone, _soft_tissue(x, y, knee, texture), exposure)
    pixels = np.rint(np.clip(attenuation, 0, 1) * FULL_SCALE).astype(np.uint16)
    return Phantom(
        pixels=np.ascontiguousarray(pixels[:, ::-1]) if side == "L" else pixels,
        grade=grade,
        side=side,
        joint_space_medial=knee.medial,
        joint_space_lateral=knee.lateral,
        osteophyte=knee.osteophyte,
        sclerosis=knee.sclerosis,
    )


def _knee(anatomy: np.random.Generator, disease: np.random.Generator, grade: int) -> _Knee:
    worn_medial = bool(anatomy.random() < 0.75)  # wear of the medial compartment is the commoner one
    scale = anatomy.normal(1, 0.06)
    spread = disease.normal(0, 1, 4)  # drawn alike for every grade, so that a knee keeps its place among its peers
    worn = max(WORN_SPACE[grade] * scale + 0.35 * spread[0], 0.2)
    spared = max(SPARED_SPACE[grade] * scale + 0.3 * spread[1], 1.5)
    return _Knee(
        width=40 * scale + anatomy.normal(0, 1.2),
        shaft=17 * scale + anatomy.normal(0, 0.8),
        tilt=anatomy.normal(0, 0.025),
        joint=anatomy.normal(4, 2.5),
        spine=anatomy.uniform(5, 8.5),
        patella=(anatomy.normal(-1, 2), anatomy.normal(-25, 3), anatomy.uniform(18, 22) * scale),
        fibula=anatomy.uniform(31, 36) * scale,
        leg=anatomy.uniform(50, 66),
        medial=worn if worn_medial else spared,
        lateral=spared if worn_medial else worn,
        osteophyte=max(OSTEOPHYTE[grade] * (1 + 0.2 * spread[2]), 0),
        sclerosis=max(SCLEROSIS[grade] * (1 + 0.2 * spread[3]), 0),
        flattening=FLATTENING[grade],
        worn_medial=worn_medial,
    )


def _coordinates(anatomy: np.random.Generator, knee: _Knee) -> tuple[Map, Map]:
    """Millimetres from the knee's centre, x towards the medial side (image right of a right knee), y downwards."""
    angle, zoom = anatomy.normal(0, 0.035), anatomy.normal(1, 0.05)
    shift_x, shift_y = anatomy.normal(0, 2.5), anatomy.normal(0, 3)
    axis = (np.arange(SIZE) + 0.5) / SIZE * FIELD - FIELD / 2
    x, y = np.meshgrid(axis - shift_x, axis - shift_y)
    return (x * np.cos(angle) - y * np.sin(angle)) / zoom, (x * np.sin(angle) + y * np.cos(angle)) / zoom - knee.joint


def _soft_step(distance: Map, softness: float = 0.45) -> Map:
    """1 inside (positive distance, millimetres), 0 outside."""
    return 0.5 * (1 + np.tanh(distance / softness))


def _bone(x: Map, y: Map, knee: _Knee) -> Map:
    """Density along the ray through the bones, about 0 to 1.5."""
    medial = _soft_step(x, 4.0)
    space = knee.lateral * (1 - medial) + knee.medial * medial
    line = np.tan(knee.tilt) * x
    femur, tibia = _femur(x, y, line - space / 2, knee), _tibia(x, y, line + space / 2, knee)
    fibula = _fibula(x, y, knee)
    px, py, radius = knee.patella
    reach = radius - np.hypot(x - px, (y - py) * 1.08)
    patella = 0.075 * _soft_step(reach, 1.5) + 0.05 * np.exp(-((reach - 0.8) ** 2) / 2)
    return femur + tibia + fibula * (1 - 0.25 * (tibia > 0.3)) + patella


def _shell(inside: Map, end: Map) -> Map:
    """Density of a bone by the distances to its side and to its end: cortex bright, marrow dim, both in millimetres."""
    cortex = 0.30 * np.exp(-np.clip(inside, 0, None) / 2.2) + 0.34 * np.exp(-np.clip(end, 0, None) / 1.1)
    rounded = np.sqrt(np.clip(np.minimum(inside, 14) / 14, 0, 1))
    return (0.55 * rounded + cortex) * _soft_step(inside) * _soft_step(end)


def _spur(x: Map, y: Map, at_x: float, at_y: float, length: float, *, outward: int, towards: int) -> Map:
    """An osteophyte: a lip that leaves the margin outward and bends towards the joint line."""
    along = (x - at_x) * outward
    thickness = 2.6 * np.clip(1 - along / max(length, 0.1), 0, 1) ** 0.7
    middle = at_y + towards * 0.28 * np.clip(along, 0, None)
    within = _soft_step(thickness - np.abs(y - middle), 0.8) * _soft_step(along + 3, 0.8) * _soft_step(length - along)
    return 0.42 * within * (length > 0.3)


def _femur(x: Map, y: Map, end: Map, knee: _Knee) -> Map:
    flare = 1 / (1 + np.exp(-(y + 34) / 5.5))
    half = knee.shaft + (knee.width - knee.shaft) * flare - 0.012 * np.clip(y + 12, 0, None) ** 2
    condyle = np.where(x > 0, x - 0.52 * knee.width, x + 0.52 * knee.width)
    worn = (x > 0) == knee.worn_medial
    arch = 0.017 * condyle**2 - knee.flattening * 0.3 * worn * np.exp(-((condyle / 12) ** 2))
    notch = 15 * np.exp(-((x / 7.5) ** 4)) * _soft_step(20 - np.abs(x), 4)
    bottom = end - arch - notch * 0.75
    density = _shell(half - np.abs(x), bottom - y)
    band = knee.sclerosis * 0.8 * worn * np.exp(-np.clip(bottom - y, 0, None) / 3.5) * (np.abs(x) > 8)
    shadow = 0.20 * _soft_step(half - np.abs(x)) * _soft_step(end - arch - y) * _soft_step(y + 26, 4)
    density = density * (1 + band) + shadow * (1 - _soft_step(bottom - y))
    for outward in (-1, 1):
        size = knee.osteophyte * (1.0 if (outward > 0) == knee.worn_medial else 0.65)
        density += _spur(x, y, outward * (knee.width - 1.5), -5.5, size, outward=outward, towards=1)
    return density


def _tibia(x: Map, y: Map, end: Map, knee: _Knee) -> Map:
    width = 0.98 * knee.width
    flare = 1 / (1 + np.exp((y - 20) / 6.5))
    half = 0.46 * width + 0.54 * width * flare
    spines = knee.spine * (np.exp(-(((x - 4.5) / 2.6) ** 2)) + 0.85 * np.exp(-(((x + 4.5) / 2.6) ** 2)))
    compartment = np.where(x > 0, x - 0.52 * width, x + 0.52 * width)
    worn = (x > 0) == knee.worn_medial
    dish = 1.3 * np.exp(-((compartment / 11) ** 2)) - 1.0
    top = end + dish - spines + knee.flattening * 0.5 * worn * np.clip(np.abs(x) / width, 0, 1)
    depth = y - top
    density = _shell(half - np.abs(x), depth)
    band = knee.sclerosis * worn * np.exp(-np.clip(depth, 0, None) / 5) * (np.abs(x) > 7)
    posterior = 0.10 * np.exp(-(((depth - 4) / 1.1) ** 2)) * _soft_step(half - np.abs(x))  # the far rim of the plateau
    density = density * (1 + band) + posterior
    for outward in (-1, 1):
        size = knee.osteophyte * (1.0 if (outward > 0) == knee.worn_medial else 0.65)
        density += _spur(x, y, outward * (width - 1.5), 6.0, size, outward=outward, towards=-1)
    return density


def _fibula(x: Map, y: Map, knee: _Knee) -> Map:
    centre = -knee.fibula + 0.06 * np.clip(y - 24, 0, None)
    half = 6.2 - 2.4 / (1 + np.exp(-(y - 27) / 3))
    top = 14 + ((x - centre) ** 2) / 9
    return 0.6 * _shell(half - np.abs(x - centre), y - top)


def _trabeculae(texture: np.random.Generator) -> Map:
    """Bone texture around 1: fine vertical struts on a slower mottle."""
    noise = texture.normal(size=(2, SIZE, SIZE))
    struts = gaussian_filter(noise[0], (2.6, 0.8)) - gaussian_filter(noise[0], (5.0, 2.4))
    mottle = gaussian_filter(noise[1], 7)
    return 1 + 0.075 * struts / struts.std() + 0.05 * mottle / mottle.std()


def _soft_tissue(x: Map, y: Map, knee: _Knee, texture: np.random.Generator) -> Map:
    half = knee.leg + 0.0022 * y**2 + 2.5 * np.sin(y / 24)
    inside = half - np.abs(x)
    thickness = np.sqrt(np.clip(1 - (x / half) ** 2, 0, 1))
    skin = 0.10 * np.exp(-((inside - 1.2) ** 2) / 2)
    muscle = 0.10 * _soft_step(inside - 9, 3.0)
    mottle = gaussian_filter(texture.normal(size=(SIZE, SIZE)), 9)
    return (0.42 * thickness + muscle + skin + 0.012 * mottle / mottle.std()) * _soft_step(inside, 0.8)


def _expose(bone: Map, tissue: Map, exposure: np.random.Generator) -> Map:
    """Path lengths → displayed grey, 0 to 1: Beer–Lambert, focal blur, scatter, quantum noise, gain."""
    path = bone + tissue * exposure.uniform(0.8, 1.1)
    transmitted = gaussian_filter(np.exp(-1.7 * path), exposure.uniform(0.55, 1.0))
    transmitted = 0.88 * transmitted + 0.12 * gaussian_filter(transmitted, 22)
    photons = exposure.uniform(2500, 7000)
    counted = np.clip(transmitted + exposure.normal(size=path.shape) * np.sqrt(transmitted / photons), 1e-4, None)
    counted = gaussian_filter(counted, 0.45)  # the detector's own aperture correlates the noise
    grey = -np.log(counted) / exposure.uniform(2.5, 3.1)
    return np.clip(grey, 0, 1) ** exposure.uniform(0.85, 1.2) * exposure.uniform(0.8, 1.0)
