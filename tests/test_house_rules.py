"""The product keeps the rules of the house, and each rule notices when it is broken."""

from pathlib import Path, PurePosixPath

import pytest

from tests.house_rules import MOST_LINES, breaches, breaches_of

ROOT = Path(__file__).resolve().parent.parent


def test_the_product_keeps_the_rules_of_the_house() -> None:
    assert breaches(ROOT, "readerstudy", "generator") == []


@pytest.mark.parametrize(
    ("path", "source", "better"),
    [
        ("generator/requesting.py", "make.delay(1)", "delay_on_commit"),
        ("generator/requesting.py", "make.apply_async(args=[1])", "delay_on_commit"),
        ("readerstudy/results/views.py", "def page(request):\n    return 1", "@staff_required"),
        ("readerstudy/results/views.py", "@require_GET\n@staff_required\ndef page(request): ...", "first decorator"),
        ("readerstudy/results/some_views.py", "def page(request):\n    return 1", "@staff_required"),
        ("readerstudy/results/views.py", "class Page(View): ...", "@staff_required"),
        ("readerstudy/results/export.py", "import csv\ncsv.writer(file)", "write_csv"),
        ("readerstudy/results/export.py", "import csv\ncsv.DictWriter(file, names)", "write_csv"),
        ("readerstudy/results/tables.py", "frame.to_csv(path)", "write_csv"),
        ("readerstudy/studies/order.py", "Case.objects.order_by('?')", "allocation.py"),
        ("readerstudy/studies/order.py", "SQL = 'SELECT id FROM c ORDER  BY RANDOM()'", "allocation.py"),
        ("readerstudy/studies/order.py", "x = 1\n" * (MOST_LINES + 1), "a file of its own"),
        ("readerstudy/studies/utils.py", "", "name the idea"),
        ("readerstudy/studies/draw.py", "class CaseManager: ...", "name the idea"),
        ("readerstudy/studies/draw.py", "def helper(): ...", "name the idea"),
        ("readerstudy/reading/page.py", "case.radiograph.provenance.source", "leave provenance"),
        ("readerstudy/reading/page.py", "cases.filter(radiograph__provenance__grade=1)", "leave provenance"),
    ],
)
def test_a_breach_is_named_with_the_better_way(path: str, source: str, better: str) -> None:
    found = breaches_of(PurePosixPath(path), source)
    assert len(found) == 1
    assert found[0].startswith(f"{path}:")
    assert better in found[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("generator/requesting.py", "make.delay_on_commit(1)"),
        ("readerstudy/results/views.py", "@staff_required\n@require_GET\ndef page(request): ...\ndef _part(): ..."),
        ("readerstudy/csv_writer.py", "import csv\ncsv.writer(file)"),
        ("readerstudy/results/import_.py", "import csv\ncsv.reader(file)"),
        ("readerstudy/studies/order.py", "Case.objects.order_by('number')"),
        ("readerstudy/results/page.py", "case.radiograph.provenance.source"),
    ],
)
def test_what_keeps_the_rules_passes(path: str, source: str) -> None:
    assert breaches_of(PurePosixPath(path), source) == []
