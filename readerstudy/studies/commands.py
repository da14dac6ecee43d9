"""What the management commands about one study share."""

from django.core.management.base import CommandError

from readerstudy.studies.models import Study


def study_named(slug: str) -> Study:
    """The study of this short name. Raises CommandError, naming those that there are."""
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        known = ", ".join(Study.objects.values_list("slug", flat=True)) or "there is none"
        raise CommandError(f"There is no study “{slug}”. Studies: {known}.")
    return study
