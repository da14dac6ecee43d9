"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readerstudy.settings")

application = get_wsgi_application()

from django.template.loader import get_template  # noqa: E402 - needs the application
from django.urls import resolve  # noqa: E402
from django.utils.translation import gettext, override  # noqa: E402

from readerstudy.studies.models import Language  # noqa: E402

# Loaded now, before the workers are parted, and not while the first reader of each waits: every module behind an
# address, the reading page, its languages.
resolve("/")
get_template("reading/read.html")
for language in Language.values:
    with override(language):
        gettext("Confirm")
