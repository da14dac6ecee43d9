from django.apps import AppConfig


class DemonstrationConfig(AppConfig):
    name = "readerstudy.demonstration"
