"""What the tests of the torch core share."""

import pytest

from generator.features import Extractor, efficientnet


@pytest.fixture(scope="session")
def lite0() -> Extractor:
    """EfficientNet-Lite0 with its ImageNet weights, loaded once."""
    return efficientnet()
