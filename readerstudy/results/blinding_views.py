"""The pages of the blinding audit."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from readerstudy.audit.models import Entry
from readerstudy.csv_writer import write_csv
from readerstudy.results import tasks
from readerstudy.results.access import actor, staff_required
from readerstudy.results.blinding_wording import ChannelRow, channel_rows, conclusion, standing
from readerstudy.results.csv_download import csv_download
from readerstudy.results.queueing import hand_over
from readerstudy.studies.blinding import audit_after_opening, audit_in_force, current_blinding_audit
from readerstudy.studies.models import BlindingAudit, State, Study

# of the figure: pixels between two rows and ends of the axis; blue and orange as in the report
ROW, AXIS_FROM, AXIS_TO = 20, 200, 540
BLUE, ORANGE = "#2b6cb0", "#c05621"
IN_FORCE = "This audit stands in the frozen protocol."


@staff_required
@require_GET
def study_blinding(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    audit = _first_shown(study)
    later = audit_after_opening(study)
    context = {
        "study": study,
        "shown": _shown(audit, study) if audit else None,
        "later": _shown(later, study, is_later=True) if later else None,
        "is_current": audit is not None and audit == current_blinding_audit(study),
        "failed": _failed_last(study),
        "override": (study.protocol or {}).get("blinding", {}).get("override", ""),
    }
    return render(request, "results/study_blinding.html", context)


@staff_required
@require_POST
def study_blinding_run(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    if hand_over(request, tasks.audit_blinding, study.pk, actor(request)) and settings.REDIS_URL:
        messages.success(request, "The audit is running. It takes a minute or two: load this page again then.")
    return redirect("results:study-blinding", slug=slug)


@staff_required
@require_GET
def study_blinding_figure(request: HttpRequest, slug: str, is_later: bool = False) -> HttpResponse:
    rows = _placed(channel_rows(_asked_for(slug, is_later)))
    context = {"rows": rows, "height": 34 + ROW * len(rows), "axis": 14 + ROW * len(rows)}
    return render(request, "results/blinding_figure.svg", context, content_type="image/svg+xml")


@staff_required
@require_GET
def study_blinding_table(request: HttpRequest, slug: str, is_later: bool = False) -> StreamingHttpResponse:
    """What the figure and the table show, unrounded."""
    names = ["channel", "auc", "low", "high", "n", "p_value", "p_adjusted", "verdict", "reason", "mixed_alike"]
    rows = [[stored.get(name) for name in names] for stored in _asked_for(slug, is_later).channels]
    return csv_download(write_csv(names, rows), f"{slug}-blinding{'-after-opening' if is_later else ''}.csv")


def _failed_last(study: Study) -> str:
    """Why the audit that was asked for last came to nothing; empty when it did not."""
    of_audits = Entry.objects.filter(study=study.slug, verb__in=["audit blinding", tasks.NOT_AUDITED])
    last = of_audits.order_by("-at", "-pk").first()
    return last.detail["reason"] if last is not None and last.verb == tasks.NOT_AUDITED else ""


def _first_shown(study: Study) -> BlindingAudit | None:
    """Of a draft the latest audit, afterwards the one that was in force when the study was opened."""
    return study.blinding_audits.first() if study.state == State.DRAFT else audit_in_force(study)


def _asked_for(slug: str, is_later: bool) -> BlindingAudit:
    study = get_object_or_404(Study, slug=slug)
    audit = audit_after_opening(study) if is_later else _first_shown(study)
    if audit is None:
        raise Http404
    return audit


def _shown(audit: BlindingAudit, study: Study, *, is_later: bool = False) -> dict[str, Any]:
    """An audit as the page shows it, with the addresses of its figure and table."""
    rows, suffix = channel_rows(audit), "-later" if is_later else ""
    return {
        "audit": audit,
        "rows": rows,
        "conclusion": conclusion(audit),
        "stands": IN_FORCE if study.opened_at and not is_later else standing(audit, study),
        "has_row_below_guessing": any(row.is_below_guessing for row in rows),
        "figure": reverse(f"results:study-blinding-figure{suffix}", args=[study.slug]),
        "figure_name": f"{study.slug}-blinding{'-after-opening' if is_later else ''}.svg",
        "table": reverse(f"results:study-blinding-table{suffix}", args=[study.slug]),
    }


def _placed(rows: list[ChannelRow]) -> list[dict[str, Any]]:
    """Where each channel stands in the figure, in its own units."""
    placed = []
    for index, row in enumerate(rows):
        one = {"label": row.label, "y": 20 + ROW * index, "colour": ORANGE if row.is_leak else BLUE}
        for name, value in (("x", row.estimate.value), ("x_low", row.estimate.low), ("x_high", row.estimate.high)):
            one[name] = None if value is None else round(AXIS_FROM + value * (AXIS_TO - AXIS_FROM))
        placed.append(one)
    return placed
