"""The pages of the blinding audit."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from readerstudy.csv_writer import write_csv
from readerstudy.results import tasks
from readerstudy.results.access import actor, staff_required
from readerstudy.results.blinding_wording import ChannelRow, channel_rows, conclusion
from readerstudy.results.csv_download import csv_download
from readerstudy.studies.blinding import current_blinding_audit
from readerstudy.studies.models import BlindingAudit, Study

# of the figure: pixels between two rows and ends of the axis; blue and orange as in the report
ROW, AXIS_FROM, AXIS_TO = 20, 200, 540
BLUE, ORANGE = "#2b6cb0", "#c05621"


@staff_required
@require_GET
def study_blinding(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    audit = study.blinding_audits.first()
    context = {
        "study": study,
        "audit": audit,
        "is_current": audit is not None and audit == current_blinding_audit(study),
        "rows": channel_rows(audit) if audit else [],
        "conclusion": conclusion(audit) if audit else "",
        "override": (study.protocol or {}).get("blinding", {}).get("override", ""),
    }
    return render(request, "results/study_blinding.html", context)


@staff_required
@require_POST
def study_blinding_run(request: HttpRequest, slug: str) -> HttpResponse:
    study = get_object_or_404(Study, slug=slug)
    tasks.audit_blinding.delay_on_commit(study.pk, actor(request))  # type: ignore[attr-defined]
    if settings.REDIS_URL:
        messages.success(request, "The audit is running. It takes about a minute: load this page again then.")
    return redirect("results:study-blinding", slug=slug)


@staff_required
@require_GET
def study_blinding_figure(request: HttpRequest, slug: str) -> HttpResponse:
    rows = _placed(channel_rows(_latest(slug)))
    context = {"rows": rows, "height": 34 + ROW * len(rows), "axis": 14 + ROW * len(rows)}
    return render(request, "results/blinding_figure.svg", context, content_type="image/svg+xml")


@staff_required
@require_GET
def study_blinding_table(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """What the figure and the table show, unrounded."""
    names = ["channel", "auc", "low", "high", "n", "p_value", "p_adjusted", "verdict", "reason"]
    rows = [[stored[name] for name in names] for stored in _latest(slug).channels]
    return csv_download(write_csv(names, rows), f"{slug}-blinding.csv")


def _placed(rows: list[ChannelRow]) -> list[dict[str, Any]]:
    """Where each channel stands in the figure, in its own units."""
    placed = []
    for index, row in enumerate(rows):
        one = {"label": row.label, "y": 20 + ROW * index, "colour": ORANGE if row.is_leak else BLUE}
        for name, value in (("x", row.estimate.value), ("x_low", row.estimate.low), ("x_high", row.estimate.high)):
            one[name] = None if value is None else round(AXIS_FROM + value * (AXIS_TO - AXIS_FROM))
        placed.append(one)
    return placed


def _latest(slug: str) -> BlindingAudit:
    return get_object_or_404(BlindingAudit.objects.filter(study__slug=slug)[:1])
