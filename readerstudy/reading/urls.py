"""Every address begins with the reader's own token."""

from django.urls import path

from readerstudy.reading import first_views, views

app_name = "reading"
urlpatterns = [
    path("<str:token>/", views.start, name="start"),
    path("<str:token>/consent/", views.consent, name="consent"),
    path("<str:token>/language/", first_views.language, name="language"),
    path("<str:token>/display/", first_views.display, name="display"),
    path("<str:token>/practice/", first_views.practice, name="practice"),
    path("<str:token>/practice/<int:number>/", first_views.practice_image, name="practice-image"),
    path("<str:token>/begin/<int:phase>/", views.begin, name="begin"),
    path("<str:token>/read/", views.read, name="read"),
    path("<str:token>/answer/", views.answer, name="answer"),
    path("<str:token>/image/<str:signed>/", views.image, name="image"),
]
