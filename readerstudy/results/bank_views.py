"""The pages of the image bank: what it holds, and which of its images are left out of studies."""

from collections import Counter
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from readerstudy.audit.recording import record
from readerstudy.radiographs.leaving_out import leave_out, take_back
from readerstudy.radiographs.models import Preset, Provenance, Radiograph
from readerstudy.results.access import actor, staff_required
from readerstudy.studies.models import State, Study

SAMPLES = 60  # thumbnails on a page
SHOWN = {
    "": ("All, latest first", Q()),
    "flagged": ("Flagged: blurred or nearly empty", Q(blurred=True) | Q(near_empty=True)),
    "left-out": ("Left out of new studies", ~Q(left_out="")),
}


@staff_required
@require_GET
def image_bank(request: HttpRequest) -> HttpResponse:
    rows: dict[tuple[str, str, str, bool], Counter[int]] = {}
    flagged: Counter[tuple[str, str, str, bool]] = Counter()
    left_out: Counter[tuple[str, str, str, bool]] = Counter()
    for truth in Provenance.objects.select_related("radiograph").iterator():
        kind = (truth.radiograph.preset, truth.source, truth.origin, truth.is_phantom)
        rows.setdefault(kind, Counter())[truth.grade] += 1
        flagged[kind] += truth.blurred or truth.near_empty
        left_out[kind] += truth.left_out != ""
    table = [
        {
            "preset": Preset(kind[0]).value,
            "source": kind[1],
            "origin": kind[2],
            "phantom": kind[3],
            "counts": [counts[grade] for grade in range(5)],
            "total": counts.total(),
            "flagged": flagged[kind],
            "left_out": left_out[kind],
        }
        for kind, counts in sorted(rows.items())
    ]
    # What an open study shows its readers is among them: looking leaves a record in each.
    for study in Study.objects.filter(state=State.OPEN).only("slug"):
        record(actor=actor(request), verb="view image bank", study=study.slug)
    shown = request.GET.get("show", "")
    shown = shown if shown in SHOWN else ""
    samples = Provenance.objects.filter(SHOWN[shown][1]).select_related("radiograph").order_by("-pk")
    page = Paginator(samples, SAMPLES).get_page(request.GET.get("page"))
    choices = [(name, label) for name, (label, _) in SHOWN.items()]
    return render(request, "results/image_bank.html", {"rows": table, "page": page, "shown": shown, "choices": choices})


@staff_required
@require_GET
def radiograph_image(request: HttpRequest, pk: int) -> FileResponse:
    radiograph = get_object_or_404(Radiograph, pk=pk)
    return FileResponse(radiograph.image.open("rb"), content_type="image/png")


@staff_required
@require_POST
def radiograph_leave_out(request: HttpRequest, pk: int) -> HttpResponse:
    radiograph = get_object_or_404(Radiograph, pk=pk)
    try:
        leave_out(radiograph=radiograph, reason=request.POST.get("reason", ""), by=actor(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, "No new study takes that image. Studies that have it keep it.")
    return _back_to_bank(request)


@staff_required
@require_POST
def radiograph_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    take_back(radiograph=get_object_or_404(Radiograph, pk=pk), by=actor(request))
    messages.success(request, "New studies may take that image again.")
    return _back_to_bank(request)


def _back_to_bank(request: HttpRequest) -> HttpResponse:
    """To the page of the bank that the form stood on."""
    place = {name: request.POST.get(name, "") for name in ("show", "page")}
    return redirect(f"{reverse('results:image-bank')}?{urlencode({name: at for name, at in place.items() if at})}")
