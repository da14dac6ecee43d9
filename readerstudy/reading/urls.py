"""Every address begins with the reader's own token."""

from django.urls import path

from readerstudy.reading import views

app_name = "reading"
urlpatterns = [
    path("<str:token>/", views.start, name="start"),
    path("<str:token>/consent/", views.consent, name="consent"),
    path("<str:token>/begin/<int:phase>/", views.begin, name="begin"),
    path("<str:token>/read/", views.read, name="read"),
    path("<str:token>/answer/", views.answer, name="answer"),
    path("<str:token>/image/<str:signed>/", views.image, name="image"),
]
