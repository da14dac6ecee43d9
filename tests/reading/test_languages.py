"""The reader's pages speak Finnish, all of them, and what is compiled is what is written."""

import ast
import re
from pathlib import Path
from string import Formatter

import polib
from django.conf import settings
from django.utils.translation.template import templatize

from readerstudy.studies.texts import BUILT_IN

ROOT = Path(settings.BASE_DIR)
CATALOGUE = ROOT / "locale" / "fi" / "LC_MESSAGES" / "django.po"
SAID = re.compile(r"gettext\(\s*u?(?P<said>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")")


def written() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def said_by_the_pages() -> set[str]:
    """Every sentence that a template or a module of the reading room marks for translation, and a new study's texts."""
    said = set(BUILT_IN)
    for template in (ROOT / "templates" / "reading").rglob("*.html"):
        source = templatize(template.read_text(), origin=template.name)
        said |= {ast.literal_eval(found["said"]) for found in SAID.finditer(source.replace("\n", " "))}
    for module in (ROOT / "readerstudy" / "reading").glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
                said.add(ast.literal_eval(node.args[0]))
    return said


def test_every_sentence_of_the_readers_pages_is_there_in_finnish() -> None:
    said = said_by_the_pages()
    assert {"Confirm", "Please choose one of the answers.", "You said %(given)s %(given_label)s."} <= said
    translated = {entry.msgid for entry in written().translated_entries()}
    assert said - translated == set()
    assert translated - said == set()  # nothing is kept that no page says


def test_translations_keep_the_places_where_values_go() -> None:
    for entry in written():
        for finnish in [entry.msgstr, *entry.msgstr_plural.values()]:
            if finnish and not entry.msgid_plural:
                assert places(finnish) == places(entry.msgid), entry.msgid


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name} | set(re.findall(r"%\(\w+\)s", text))


def test_what_is_compiled_is_what_is_written() -> None:
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    entries = {entry.msgid: (entry.msgstr, entry.msgstr_plural) for entry in compiled}
    assert entries == {entry.msgid: (entry.msgstr, entry.msgstr_plural) for entry in written().translated_entries()}
