"""How the record of who did what is written for people."""

from django import template

register = template.Library()


@register.filter
def words(key: str) -> str:
    return key.replace("_", " ")


@register.filter
def detail(value: object) -> str:
    """Lists and counts in words; of a digest its beginning."""
    if isinstance(value, dict):
        return ", ".join(f"{key} × {count}" for key, count in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    text = str(value)
    return f"{text[:12]}…" if len(text) == 64 and " " not in text else text
