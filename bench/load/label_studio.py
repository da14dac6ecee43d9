"""Label Studio under gunicorn, with a project of image tasks that each ask for one choice.

Its own command serves by Django's development server; under gunicorn, with the workers and threads of the product, it
does better. The telemetry that it would send to its makers is switched off.
"""

import contextlib
import http.cookiejar
import json
import shutil
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.load.sites import Contender, counting, images_in, installed, run
from tests.production import WEB, site
from tests.servers import database

REQUIREMENTS = ("label-studio==1.23.2", "gunicorn==27.0.1")
USERS = 50
CHOICES = "".join(f'<Choice value="{grade}"/>' for grade in range(5))
LABELLING = (
    '<View><Image name="knee" value="$image"/>'
    f'<Choices name="answer" toName="knee" choice="single-radio">{CHOICES}</Choices></View>'
)
QUIET = ("COLLECT_ANALYTICS", "LATEST_VERSION_CHECK", "SENTRY_DSN", "FRONTEND_SENTRY_DSN")


@contextlib.contextmanager
def label_studio(server: str, folder: Path) -> Iterator[list[Contender]]:
    """Served on PostgreSQL. A reader is a signed-in user; every user reads every task of a project."""
    programs = installed(folder / "environments" / "label_studio", *REQUIREMENTS)
    code = next(programs.parent.glob("lib/python*/site-packages/label_studio"))
    files = images_in(folder / "label_studio_images")
    with database(server) as url:
        parts = urllib.parse.urlsplit(url)
        environment = {
            "DJANGO_SETTINGS_MODULE": "core.settings.label_studio",
            "DEBUG": "false",
            "DJANGO_DB": "default",
            "POSTGRE_HOST": str(parts.hostname),
            "POSTGRE_PORT": str(parts.port),
            "POSTGRE_USER": str(parts.username),
            "POSTGRE_NAME": parts.path.removeprefix("/"),
            "BASE_DATA_DIR": str(folder / "label_studio"),
        } | {name: "" if name.endswith("DSN") else "false" for name in QUIET}
        run([str(programs / "python"), "manage.py", "migrate", "--no-input"], environment, folder=code)
        command = [word.replace("readerstudy.wsgi", "core.wsgi") for word in WEB]
        command[0] = str(programs / command[0])
        with site(command, environment, log=folder / "label_studio.log", folder=code) as address:
            users = [User(address, number) for number in range(1, USERS + 1)]

            def starts(readers: int, cases: int) -> list[dict[str, Any]]:
                projects = [users[0].new_project(files) for _ in range(1 + cases // (len(files) * USERS))]
                return [{"cookie": user.cookie, "project": project} for project in projects for user in users]

            stored = counting(url, "SELECT count(*) FROM task_completion")
            yield [Contender("Label Studio", "label_studio", address, starts, stored, 100)]
    shutil.rmtree(folder / "label_studio", ignore_errors=True)


class User:
    """Signs up at the site as a person would, and stays signed in."""

    def __init__(self, address: str, number: int) -> None:
        self.address, self.jar = address, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self._open("/user/signup/")
        token = next(cookie.value for cookie in self.jar if cookie.name == "csrftoken")
        form = {"csrfmiddlewaretoken": token, "email": f"reader{number}@example.org", "password": "a long pass word"}
        self._open("/user/signup/", urllib.parse.urlencode(form).encode(), Referer=address)
        self.cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)
        assert "sessionid=" in self.cookie, "Label Studio did not sign the new user in"

    def new_project(self, files: list[Path]) -> int:
        """A project with a task for each image, in their order, answered once by every user."""
        made = {"title": "Knees", "label_config": LABELLING, "maximum_annotations": USERS}
        project = json.loads(
            self._open("/api/projects/", json.dumps(made).encode(), **{"Content-Type": "application/json"})
        )
        part = '--knee\r\nContent-Disposition: form-data; name="{0}"; filename="{0}"\r\nContent-Type: image/png\r\n\r\n'
        body = (
            b"".join(part.format(file.name).encode() + file.read_bytes() + b"\r\n" for file in files) + b"--knee--\r\n"
        )
        form = {"Content-Type": "multipart/form-data; boundary=knee"}
        imported = json.loads(self._open(f"/api/projects/{project['id']}/import", body, **form))
        assert imported["task_count"] == len(files), imported
        return int(project["id"])

    def _open(self, path: str, body: bytes | None = None, **headers: str) -> bytes:
        request = urllib.request.Request(self.address + path, data=body, headers=headers)
        with self.opener.open(request, timeout=120) as response:
            return bytes(response.read())
