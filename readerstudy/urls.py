"""Where the pages are: readers under /r/, staff everywhere else."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

urlpatterns = [
    path("r/", include("readerstudy.reading.urls")),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("", include("readerstudy.results.urls")),
]
