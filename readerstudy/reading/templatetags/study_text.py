"""The texts of a study on the reader's pages: what Readerstudy wrote is translated, what a study lead wrote is not."""

from django import template
from django.utils.html import format_html, linebreaks
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from readerstudy.studies.texts import BUILT_IN, plain

register = template.Library()


@register.filter
def in_readers_language(text: str) -> str:
    """A text that new studies begin with, in the reader's language; another one as it stands."""
    return gettext(plain(text)) if plain(text) in BUILT_IN else text


@register.filter
def study_text(text: str) -> SafeString:
    """The paragraphs of a text. A study lead's own are marked as being in a language that is not known (WCAG 3.1.2)."""
    paragraphs = linebreaks(in_readers_language(text), autoescape=True)
    if plain(text) in BUILT_IN:
        return SafeString(paragraphs)
    return format_html('<div lang="">{}</div>', SafeString(paragraphs))
