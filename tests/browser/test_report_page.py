"""The report on a screen: a wide table has the room that the window has."""

from django.template.loader import render_to_string
from playwright.sync_api import BrowserContext

from readerstudy.results.page_tables import PageTable

WIDE = PageTable("Wide", ["", *"ABCDEFG"], [["Row", *["−12.3 pp [−29.9, 22.1] (a)"] * 6, "1"]], "wide")
NARROW = PageTable("Narrow", ["", "A"], [["Row", "0.50"]], "narrow")


def test_a_wide_table_is_not_cut_off_beside_free_space_and_lines_of_text_stay_short(context: BrowserContext) -> None:
    parts = [render_to_string("results/report_table.html", {"table": table}) for table in (WIDE, NARROW)]
    page = context.new_page()
    page.set_content(f"{render_to_string('results/report_style.html')}<body>{''.join(parts)}<p>{'word ' * 99}</p>")
    boxes = "boxes => boxes.map(box => box.scrollWidth - box.clientWidth)"
    assert page.locator(".scroll").evaluate_all(boxes) == [0, 0]
    lefts = [one.bounding_box()["x"] for one in page.locator("table, p").all()]  # type: ignore[index]
    assert lefts[0] < lefts[1] == lefts[2]
    assert page.evaluate("document.querySelector('p').clientWidth") == 904
    page.set_viewport_size({"width": 600, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == 600
    assert [one > 0 for one in page.locator(".scroll").evaluate_all(boxes)] == [True, False]
