"""The Celery application. Without REDIS_URL its tasks run eagerly, in the process that asks for them."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readerstudy.settings")

UNREACHABLE = "The queue of the workers cannot be reached (REDIS_URL). Is Redis running?"

app = Celery("readerstudy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
