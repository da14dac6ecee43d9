"""A client key belongs to one answer, of all there are; before, one presentation alone was looked at."""

import uuid

from django.db import migrations, models
from django.db.models import Count


def give_doubles_a_key_of_their_own(apps, schema_editor):
    answers = apps.get_model("reading", "Answer").objects.using(schema_editor.connection.alias)
    doubles = answers.order_by().values("client_key").annotate(times=Count("pk")).filter(times__gt=1)
    for double in list(doubles):
        for later in list(answers.filter(client_key=double["client_key"]).order_by("pk"))[1:]:
            answers.filter(pk=later.pk).update(client_key=uuid.uuid4())


class Migration(migrations.Migration):
    dependencies = [("reading", "0003_practice_and_display")]

    operations = [
        migrations.RemoveConstraint("answer", "answer_client_key_once"),
        migrations.RunPython(give_doubles_a_key_of_their_own, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            "answer", models.UniqueConstraint(fields=["client_key"], name="answer_client_key_once")
        ),
    ]
