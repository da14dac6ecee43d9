"""The small data sets that the papers print, so that a bare clone proves the statistics too. Readers × cases."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def grades(*cases: str) -> Floats:
    """One string a case, one digit a reader, a point where a reading is missing; as readers × cases."""
    return np.array([[np.nan if sign == "." else float(sign) for sign in case] for case in cases]).T


# 30 patients, six psychiatrists, five diagnoses (1 depression … 5 other): Fleiss 1971, doi 10.1037/h0031619, table 1.
FLEISS = grades(
    "444444", "222555", "233335", "555555", "222444", "113333", "333355", "113334", "114444", "555555",
    "144444", "124444", "222333", "144444", "224445", "333335", "111455", "111112", "224444", "133555",
    "555555", "244444", "224555", "114444", "144445", "222224", "111155", "224444", "133333", "555555",
) - 1  # fmt: skip

# Four observers, 12 units, five categories, gaps: Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, p. 5.
KRIPPENDORFF = grades(
    "11.1", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", ".555", "..11", "..3."
) - 1  # fmt: skip

# Five observers, 15 units, grades 0–3, gaps: Gwet, Handbook of Inter-Rater Reliability (as in irrCAC, cac.raw5obser).
GWET_OBSERVERS = grades(
    "112.2", "1101.", "2333.", ".00.0", "000.0", "000.0", "102.1", "1.20.", "222.2", "2111.", ".100.", "0000.", "1222.",
    "33223", "111.1",
)  # fmt: skip

# Six targets, four judges: Shrout & Fleiss 1979, doi 10.1037/0033-2909.86.2.420, table 2.
SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]).T

# Anxiety of 20 persons by three raters, 1–6: the data set `anxiety` of R irr 0.84.1.
ANXIETY = grades(
    "332", "361", "344", "464", "523", "542", "221", "346", "531", "231", "221", "632", "133", "533", "221", "221",
    "113", "233", "432", "342",
)  # fmt: skip

# 118 slides, two pathologists, four grades: Holmquist 1967, as printed by Landis & Koch 1977 (doi 10.2307/2529786).
HOLMQUIST = np.array([[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]])

# Peak flow of 17 persons in l/min by two meters: Bland & Altman 1986, doi 10.1016/S0140-6736(86)90837-8, table 1.
WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI_WRIGHT = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


def as_ratings(table: NDArray[np.int_]) -> Floats:
    """Two readers' ratings [2, cases] that give this table of counts."""
    rows, columns = np.indices(table.shape)
    return np.array([np.repeat(rows.ravel(), table.ravel()), np.repeat(columns.ravel(), table.ravel())], dtype=float)
