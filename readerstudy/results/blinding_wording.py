"""The blinding audit in words, for the command and the page of the study lead."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.separation import FEWEST
from readerstudy.results import wording
from readerstudy.results.blinding_audit import CHANNELS
from readerstudy.studies.models import BlindingAudit, BlindingVerdict, State, Study

VERDICTS = {
    BlindingVerdict.LEAK.value: "leak",
    BlindingVerdict.CLEAR.value: "no leak found",
    BlindingVerdict.UNDECIDED.value: "cannot say",
    "reference": "for reference",
}
NOTHING = "nothing"


@dataclass(frozen=True)
class ChannelRow:
    """A channel as it is printed. excluded: which leak the data speak against. beside: the AUC to hold it against,
    where that is not one half; empty in audits from before it was kept."""

    key: str
    label: str
    meaning: str
    auc: str
    p_adjusted: str
    excluded: str
    verdict: str
    estimate: Estimate
    beside: str = ""

    @property
    def is_leak(self) -> bool:
        return self.verdict == VERDICTS[BlindingVerdict.LEAK.value]

    @property
    def is_below_guessing(self) -> bool:
        """Whether the whole interval lies below one half, which reads like a leak the other way round and is none."""
        return self.estimate.high is not None and self.estimate.high < 0.5


def channel_rows(audit: BlindingAudit) -> list[ChannelRow]:
    return [_row(stored) for stored in audit.channels if stored["channel"] in CHANNELS]


def conclusion(audit: BlindingAudit) -> str:
    """What the audit found, in sentences that claim no more than it shows."""
    rows = channel_rows(audit)
    if audit.verdict == BlindingVerdict.UNDECIDED:
        return f"The study has too few images of one kind: with fewer than {FEWEST} nothing can be said."
    if audit.verdict == BlindingVerdict.LEAK:
        return f"A program told real from synthetic by {_listed(row for row in rows if row.is_leak)}."
    return f"No channel told real from synthetic. {_limit(rows)}That is no proof that nothing is there."


def standing(audit: BlindingAudit, study: Study) -> str:
    """What an audit means for the study in the state that it is in now; empty when there is nothing to do."""
    if study.state != State.DRAFT:
        return (
            f"This audit was made after the study was opened ({study.opened_at:%Y-%m-%d %H:%M} UTC) and stands apart: "
            "it changes nothing in the protocol, which keeps the audit that was in force then."
        )
    if audit.verdict == BlindingVerdict.LEAK:
        return "Mend that, or open the study with a reason, which the protocol and the record will show."
    return ""


def opened_in_spite(protocol: dict[str, Any] | None) -> str:
    """What the audit had said of a study that was opened for a reason given instead; empty where it was clear.

    Protocols from before there was an audit say nothing of it, and neither does this.
    """
    blinding = (protocol or {}).get("blinding") or {}
    if not blinding.get("override"):
        return ""
    leaks = [row["channel"] for row in blinding["channels"] if row["verdict"] == BlindingVerdict.LEAK]
    if leaks:
        names = ", ".join(f"“{CHANNELS[key].label if key in CHANNELS else key}”" for key in leaks)
        found = f"The blinding audit told real from synthetic images by {names}, and not by anatomy alone."
    elif blinding["verdict"] is None:
        found = "No blinding audit of these images was run."
    else:
        found = "The blinding audit had too few images of a kind to decide."
    return f"{found} The study was opened all the same; the reason given: “{blinding['override']}”"


def _listed(rows: Iterable[ChannelRow]) -> str:
    return ", ".join(f"“{row.label}”" for row in rows)


def _limit(rows: list[ChannelRow]) -> str:
    """Which AUC is excluded in every channel that was tested, or where none is; with a space, as more follows."""
    open_ended = [row for row in rows if row.excluded == NOTHING]
    if open_ended:
        return f"With so few images not even a perfect separation is excluded by {_listed(open_ended)}. "
    limits = [_limit_of(row.estimate) for row in rows if row.verdict == VERDICTS[BlindingVerdict.CLEAR.value]]
    known = [limit for limit in limits if limit is not None]
    return f"With these images, an AUC above {max(known):.2f} is excluded in every channel. " if known else ""


def _limit_of(estimate: Estimate) -> float | None:
    """The largest AUC that the data leave, at least that of guessing; None without an interval."""
    return None if estimate.high is None else max(round(estimate.high, 2), 0.5)


def _row(stored: dict[str, Any]) -> ChannelRow:
    channel = CHANNELS[stored["channel"]]
    estimate = Estimate(stored["auc"], stored["low"], stored["high"], n=stored["n"], reason=stored["reason"])
    same = estimate.value is not None and estimate.low is None
    if same:
        auc, excluded = "0.50 (all the same)", "all of them: every image has the same"
    elif estimate.value is None:
        auc, excluded = "–", f"nothing: {estimate.reason}"
    else:
        limit = _limit_of(estimate) if stored["verdict"] == BlindingVerdict.CLEAR else None
        auc = wording.decimal(estimate)
        excluded = "–" if limit is None else NOTHING if limit >= 1 else f"an AUC above {limit:.2f}"
    alike = stored.get("mixed_alike")
    beside = "" if alike is None else f"orders mixed in the same way: {wording.two_decimals(alike)} (median)"
    return ChannelRow(
        key=channel.key,
        label=channel.label,
        meaning=channel.meaning,
        auc=auc,
        p_adjusted=wording.p_value(stored["p_adjusted"]),
        excluded=excluded,
        verdict=VERDICTS[stored["verdict"]],
        estimate=estimate,
        beside=beside,
    )
