"""oTree in production mode, a page for each round: an image and a radio answer."""

import contextlib
import json
import math
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from bench.load.sites import CASES, Contender, counting, images_in, installed
from tests.production import site
from tests.servers import database

REQUIREMENTS = ("otree==6.0.15", "psycopg2-binary==2.9.13")
SETTINGS = """
SESSION_CONFIGS = [dict(name="knees", app_sequence=["knees"], num_demo_participants=1)]
SESSION_CONFIG_DEFAULTS = dict(real_world_currency_per_point=1.00, participation_fee=0.00, doc="")
PARTICIPANT_FIELDS = []
SESSION_FIELDS = []
LANGUAGE_CODE = "en"
REAL_WORLD_CURRENCY_CODE = "USD"
ADMIN_USERNAME = "admin"
ADMIN_PASSWORD = "for this measurement only"
SECRET_KEY = "for this measurement only"
"""
APP = f"""
from otree.api import *

class C(BaseConstants):
    NAME_IN_URL = "knees"
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = {CASES}

class Subsession(BaseSubsession):
    pass

class Group(BaseGroup):
    pass

class Player(BasePlayer):
    answer = models.IntegerField(label="Which grade?", choices=[0, 1, 2, 3, 4], widget=widgets.RadioSelect)

class Trial(Page):
    form_model = "player"
    form_fields = ["answer"]

    @staticmethod
    def vars_for_template(player):
        return dict(image=f"knees/{{player.round_number:03}}.png")

page_sequence = [Trial]
"""
PAGE = """
{{ block title }}Knee{{ endblock }}
{{ block content }}
<img src="{{ static image }}" alt="">
{{ formfields }}
{{ next_button }}
{{ endblock }}
"""


@contextlib.contextmanager
def otree(server: str, folder: Path) -> Iterator[list[Contender]]:
    """`otree prodserver`, its one command for production, on PostgreSQL."""
    programs = installed(folder / "environments" / "otree", *REQUIREMENTS)
    project = folder / "otree"
    (project / "knees").mkdir(parents=True)
    images_in(project / "_static" / "knees")
    for name, text in (("settings.py", SETTINGS), ("knees/__init__.py", APP), ("knees/Trial.html", PAGE)):
        (project / name).write_text(text)
    with database(server) as url:
        environment = {
            "DATABASE_URL": url.replace("postgres://", "postgresql://"),
            "OTREE_PRODUCTION": "1",
            "OTREE_AUTH_LEVEL": "STUDY",
            "OTREE_REST_KEY": "for this measurement only",
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        }
        command = [str(programs / "otree"), "prodserver", "0.0.0.0:8000"]
        with site(command, environment, log=folder / "otree.log", folder=project) as address:

            def starts(readers: int, cases: int) -> list[str]:
                count = readers + math.ceil(cases / CASES)
                made = _ask(f"{address}/api/sessions", {"session_config_name": "knees", "num_participants": count})
                session = _ask(f"{address}/api/sessions/{made['code']}")
                return [participant["code"] for participant in session["participants"]]

            stored = counting(url, "SELECT count(*) FROM knees_player WHERE answer IS NOT NULL")
            yield [Contender("oTree", "otree", address, starts, stored, 150)]


def _ask(address: str, sent: object = None) -> dict:
    headers = {"otree-rest-key": "for this measurement only", "Content-Type": "application/json"}
    body = json.dumps(sent).encode() if sent else None
    request = urllib.request.Request(address, data=body, headers=headers)
    with urllib.request.urlopen(request, timeout=300) as response:
        return json.loads(response.read())
