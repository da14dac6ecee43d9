"""The attacks of the blinding audit: what of an image, or of what a browser is sent, may give its kind away.

Each takes the cases of a study and gives numbers, one row a case; `separation.separability` then says how well
these tell real from synthetic. They look for what no anatomy explains: traces of files, borders, resampling, noise.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

Floats = NDArray[np.float64]
Grey = NDArray[np.uint8]

HISTOGRAM_BINS = 32
RINGS = 4  # of pixels, from the edge inwards
SPECTRUM_BINS = 32
FILTERS, FILTER_SIZE, POOLED = 24, 9, 4
BYTES_KEPT = 48  # at either end of what is sent, looked at one by one
FEW = 0.1  # of the cases: what sets apart no more than these is not looked at
WORD = re.compile(rb"[0-9A-Za-z_-]+")  # an attribute, a number, a key, a signature
LONGEST_PERIOD = 8  # of kinds in an order


def lengths(sizes: ArrayLike) -> Floats:
    """Sizes in bytes [n] → [n, 3]: the size, whether it is the commonest one, and its remainder by four."""
    size = np.asarray(sizes, dtype=np.float64)
    values, counts = np.unique(size, return_counts=True)
    return np.column_stack([size, size == values[counts.argmax()], size % 4])


def served_bytes(sent: Sequence[bytes]) -> Floats:
    """What was sent for each case [n] → [n, d], where d depends on what was sent.

    Length; how often each byte, and each three bytes in a row, occurs; the first and the last 48 bytes one by one; and
    of each word in its place (`_words_in_place`) the ends. Finds a name, a blank too many, a habit of identifiers.
    """
    sizes = np.array([[len(one)] for one in sent], dtype=np.float64)
    bytes_ = np.array([np.bincount(np.frombuffer(one, dtype=np.uint8), minlength=256) for one in sent])
    ends = [_ends(one, BYTES_KEPT) for one in sent]
    return np.hstack([sizes, bytes_, ends, _threes(sent), _words_in_place(sent)])


def _threes(sent: Sequence[bytes]) -> Floats:
    """How often each three bytes in a row occur, without what occurs in a few cases only."""
    counted = [np.unique(_codes(one), return_counts=True) for one in sent]
    codes = np.concatenate([found for found, _ in counted])
    times = np.concatenate([often for _, often in counted])
    row = np.repeat(np.arange(len(sent)), [found.size for found, _ in counted])
    _, column, cases = np.unique(codes, return_inverse=True, return_counts=True)
    kept = cases > FEW * len(sent)
    of_kept = kept[column]
    counts = np.zeros((len(sent), int(kept.sum())))
    counts[row[of_kept], (np.cumsum(kept) - 1)[column[of_kept]]] = times[of_kept]
    return _varied(counts)


def _codes(one: bytes) -> NDArray[np.int64]:
    data = np.frombuffer(one, dtype=np.uint8).astype(np.int64)
    return (data[:-2] << 16) + (data[1:-1] << 8) + data[2:]


def _words_in_place(sent: Sequence[bytes]) -> Floats:
    """How many words there are and, of the first, the second … word, the length, the first two and the last two bytes.

    A case with more words than most is cut, one with fewer is filled with empty ones.
    """
    words = [WORD.findall(one) for one in sent]
    numbers = [len(row) for row in words]
    usual = Counter(numbers).most_common(1)[0][0]
    in_place = zip(*([*row[:usual], *[b""] * (usual - len(row))] for row in words), strict=True)
    varying = [column for column in in_place if len(set(column)) > 1]
    columns = [np.array([[len(one), *_ends(one, 2)] for one in column]) for column in varying]
    return _varied(np.hstack([np.array(numbers, dtype=np.float64)[:, None], *columns]))


def _ends(one: bytes, number: int) -> Floats:
    """The first bytes and, backwards, the last ones: [2 · number], 0 where there are fewer."""
    ends = np.zeros(2 * number)
    for start, part in ((0, one[:number]), (number, one[::-1][:number])):
        ends[start : start + len(part)] = list(part)
    return ends


def _varied(features: Floats) -> Floats:
    """Without the features [n, d] that have one and the same value in all but a few cases."""
    ordered = np.sort(features, axis=0)
    few = int(FEW * len(features))
    same = (ordered[len(features) - few - 1 :] == ordered[: few + 1]).any(0)
    return features[:, ~same]


def delays(seconds: ArrayLike) -> Floats:
    """Response times [n, k] of k kinds of request → their logarithms."""
    return np.asarray(np.log(np.maximum(np.asarray(seconds, dtype=np.float64), 1e-6)))


def places(positions: ArrayLike) -> Floats:
    """Positions in the order of a reader, from 1, [n] → [n, 36]: how far along, and each remainder by two to eight."""
    position = np.asarray(positions, dtype=np.intp)
    remainders = [np.eye(period)[position % period] for period in range(2, LONGEST_PERIOD + 1)]
    return np.hstack([position[:, None] / position.max(), *remainders])


def kinds_before(positions: ArrayLike, synthetic: ArrayLike) -> Floats:
    """What one would know who were told the kind of every case before: positions from 1 and truth [n] → [n, 9].

    The kinds of the eight cases before, the last first (1 synthetic, −1 real, 0 before the beginning), and by how many
    synthetic ones have outnumbered real ones so far.
    """
    place = np.asarray(positions, dtype=np.intp) - 1
    kind = np.empty(place.size)
    kind[place] = np.where(synthetic, 1.0, -1.0)
    so_far = np.concatenate([[0.0], kind.cumsum()[:-1]])
    before = [np.concatenate([np.zeros(lag), kind[:-lag]])[: kind.size] for lag in range(1, LONGEST_PERIOD + 1)]
    return np.column_stack([*before, so_far])[place]


def histogram(images: Grey) -> Floats:
    """Grey levels [n, h, w] → [n, 294]: shares of 32 bins, occupied levels, widest gap, ends, odd levels, entropy, and
    by how much each level is commoner than the mean of its neighbours, over the root of that."""
    rows = []
    for image in images:
        counts = np.bincount(image.ravel(), minlength=256) / image.size
        occupied = np.flatnonzero(counts)
        gap = np.diff(occupied).max(initial=0)
        entropy = -(counts[occupied] * np.log2(counts[occupied])).sum()
        shares = counts.reshape(HISTOGRAM_BINS, -1).sum(1)
        beside = np.pad(counts, 1)
        around = (beside[:-2] + beside[2:]) / 2
        alone = (counts - around) / np.sqrt(around + 1 / image.size)
        rows.append([*shares, occupied.size, gap, counts[0], counts[255], counts[1::2].sum(), entropy, *alone])
    return np.array(rows)


def border(images: Grey) -> Floats:
    """The four outermost rings of pixels [n, h, w] → [n, 26]: on each side how far a ring departs from a continuation
    of the ones further in, how much it varies, and how many of its grey levels do not occur inside the image."""
    rows = []
    for image in images:
        inside = np.bincount(image[RINGS:-RINGS, RINGS:-RINGS].ravel(), minlength=256) > 0
        row: list[float] = []
        for turn in range(4):
            strip = np.rot90(image, turn)[: RINGS + 2].astype(np.float64)
            departs = strip[:-2] - 2 * strip[1:-1] + strip[2:]
            row += [*departs.mean(1)[:3], departs[0].std() - departs[2].std()]
            row += [np.abs(np.diff(strip[0])).mean() - np.abs(np.diff(strip[2])).mean()]
            row += [float((~inside[np.rot90(image, turn)[0]]).mean())]
        rows.append([*row, float(np.ptp(image[0])), float(np.ptp(image[:, 0]))])
    return np.array(rows)


def spectrum(images: Grey) -> Floats:
    """Radial power spectrum (Durall et al. 2020, doi 10.1109/CVPR42600.2020.00791) [n, h, w] → [n, 38].

    Logarithms of the share of power in 32 rings up to the Nyquist frequency, and the excess along both axes and at
    the corner of the frequencies that doubling the size of an image leaves behind.
    """
    height, width = images.shape[1:]
    window = np.outer(np.hanning(height), np.hanning(width))
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :])
    ring = np.minimum((radius * 2 * SPECTRUM_BINS).astype(int), SPECTRUM_BINS)
    members = np.bincount(ring.ravel(), minlength=SPECTRUM_BINS + 1)
    rows = []
    for image in images:
        power = np.abs(np.fft.fft2((image - image.mean()) * window)) ** 2 + 1e-3
        rings = np.bincount(ring.ravel(), power.ravel(), SPECTRUM_BINS + 1)[:SPECTRUM_BINS] / members[:SPECTRUM_BINS]
        peaks = [
            np.log(_around(power, y, x, 1) / _around(power, y, x, 6))
            for part in (2, 4)
            for y, x in ((height // part, 0), (0, width // part), (height // part, width // part))
        ]
        rows.append([*np.log(rings / rings.sum()), *peaks])
    return np.array(rows)


def noise_residue(images: Grey) -> Floats:
    """What is left when the image is predicted from its neighbours [n, h, w] → [n, 65].

    Moments and autocorrelations of the residue, its strength at eight brightnesses, and how often each pair of
    neighbouring residues occurs (rounded to −2…2, along rows and along columns; after Fridrich & Kodovský 2012, doi
    10.1109/TIFS.2012.2190402).
    """
    rows = []
    for image in images:
        grey = image.astype(np.float64)
        smooth = ndimage.median_filter(grey, size=3)
        residue = grey - smooth
        strength = residue.std() + 1e-6
        standard = residue / strength
        lags = [
            (standard[dy:, dx:] * standard[: residue.shape[0] - dy, : residue.shape[1] - dx]).mean()
            for dy, dx in ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0))
        ]
        band = np.minimum(smooth // 32, 7).astype(int).ravel()
        members = np.maximum(np.bincount(band, minlength=8), 1)
        by_level = np.log(np.bincount(band, residue.ravel() ** 2, 8) / members + 0.1)
        rounded = np.clip(np.rint(residue / 2), -2, 2).astype(int) + 2
        pairs = [
            np.bincount((first * 5 + second).ravel(), minlength=25) / first.size
            for first, second in ((rounded[:, :-1], rounded[:, 1:]), (rounded[:-1], rounded[1:]))
        ]
        rows.append([np.log(strength), (standard**4).mean(), *lags, *by_level, *pairs[0], *pairs[1]])
    return np.array(rows)


def whole_image(images: Grey) -> Floats:
    """The image as a small network sees it [n, h, w] → [n, 384]: 24 fixed random filters at half size, rectified and
    pooled to 4 × 4 (Jarrett et al. 2009, doi 10.1109/ICCV.2009.5459469). For reference: it sees the anatomy too."""
    filters = np.random.Generator(np.random.PCG64(9)).standard_normal((FILTERS, FILTER_SIZE, FILTER_SIZE))
    filters -= filters.mean(axis=(1, 2), keepdims=True)
    height, width = images.shape[1] // 2, images.shape[2] // 2
    responses = np.fft.rfft2(filters, s=(height, width))
    rows = []
    for image in images:
        half = image[: 2 * height, : 2 * width].reshape(height, 2, width, 2).mean(axis=(1, 3))
        seen = np.abs(np.fft.irfft2(np.fft.rfft2(half - half.mean()) * responses, s=(height, width)))
        cells = seen[:, : height // POOLED * POOLED, : width // POOLED * POOLED]
        cells = cells.reshape(FILTERS, POOLED, height // POOLED, POOLED, width // POOLED).mean(axis=(2, 4))
        rows.append(np.log1p(cells / FILTER_SIZE).ravel())
    return np.array(rows)


def _around(power: Floats, y: int, x: int, reach: int) -> float:
    """Mean power within `reach` of a frequency, the spectrum taken as periodic."""
    rows = np.arange(y - reach, y + reach + 1) % power.shape[0]
    columns = np.arange(x - reach, x + reach + 1) % power.shape[1]
    return float(power[np.ix_(rows, columns)].mean())
