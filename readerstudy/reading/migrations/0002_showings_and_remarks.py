from django.db import migrations, models


def count_first_showings(apps, schema_editor):
    """What was shown before showings were counted was shown at least once."""
    apps.get_model("reading", "Presentation").objects.filter(first_shown_at__isnull=False).update(showings=1)


class Migration(migrations.Migration):
    dependencies = [
        ("reading", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="remark",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="answer",
            name="showing",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="presentation",
            name="showings",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(count_first_showings, migrations.RunPython.noop),
    ]
