"""The language of a reader's pages: the invitation's, until the reader chooses another."""

from django.db import transaction

from readerstudy.studies.models import Reader


@transaction.atomic
def choose_language(*, reader: Reader, language: str) -> Reader:
    """Raises ValidationError when the pages do not exist in this language."""
    reader = Reader.objects.select_for_update().get(pk=reader.pk)
    reader.language = language
    reader.clean_fields(exclude=["study"])
    reader.save(update_fields=["language"])
    return reader
