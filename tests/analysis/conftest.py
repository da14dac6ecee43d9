"""Data that several tests of the statistics use."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def van_dyke(shared_data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ratings of modality 1 and 2 [5 readers, 114 cases] and the truth."""
    table = pd.read_csv(shared_data / "stats/mrmc/vandyke.csv")
    one, two = (
        table[table["treatment"] == modality].pivot(index="reader", columns="case", values="rating").to_numpy(float)
        for modality in (1, 2)
    )
    return one, two, table.groupby("case")["truth"].first().to_numpy()
