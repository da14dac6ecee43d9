"""What a study set out to show: the margins inside which a difference does not matter."""

from dataclasses import dataclass

ACCURACY, KAPPA, ERROR = "accuracy", "kappa_difference", "mean_error_difference"
SHARES = "grade_shares_difference"


@dataclass(frozen=True)
class AnalysisPlan:
    """margins: by outcome (`ACCURACY`, `KAPPA`, `ERROR`, `SHARES`). primary: the outcomes the study is judged by.

    frozen: fixed before anybody read. Where not, the margins are those that the analysis takes when nobody chose.
    unchecked: the digest of the protocol that the plan came with, where nobody checked that it is the frozen one.
    """

    margins: dict[str, float]
    primary: tuple[str, ...]
    frozen: bool
    unchecked: str = ""

    @property
    def is_known_frozen(self) -> bool:
        return self.frozen and not self.unchecked
