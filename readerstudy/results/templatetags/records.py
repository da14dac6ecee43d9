"""How the record of who did what is written for people."""

from django import template

register = template.Library()

VERBS = {"analyse": "make report", "analyse interim": "make interim report"}  # one word in two spellings otherwise
KEYS = {
    "bright": "sees light grey in white",
    "dark": "sees dark grey in black",
    "break_every": "reminds to rest after cases",
    "repeats_1": "repeats in phase 1",
    "repeats_2": "repeats in phase 2",
}


@register.filter
def verb(recorded: str) -> str:
    return VERBS.get(recorded, recorded)


@register.filter
def words(key: str) -> str:
    return KEYS.get(key, key.replace("_", " "))


@register.filter
def detail(value: object) -> str:
    """Lists, counts and truth in words; of a digest its beginning."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{words(key)} {'× ' * isinstance(one, int)}{one}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(words(str(one)) for one in value) or "none"
    text = str(value)
    return f"{text[:16]}…" if len(text) == 64 and " " not in text else text
