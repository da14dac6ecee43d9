"""Every address begins with the reader's own token."""

from django.urls import URLPattern

app_name = "reading"
urlpatterns: list[URLPattern] = []
