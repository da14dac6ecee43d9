"""The Django project: a reader study of real and synthetic radiographs, from import to report."""

from readerstudy.celery import app as celery_app

__version__ = "0.1.0"
__all__ = ["celery_app"]
