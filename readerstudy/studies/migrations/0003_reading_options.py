# Studies that exist were planned without reminders and without a check of the display: they stay so.

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("studies", "0002_blinding_audit"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="reader",
            name="reader_details_given_with_consent",
        ),
        migrations.AddField(
            model_name="reader",
            name="language",
            field=models.CharField(choices=[("en", "English"), ("fi", "Suomi")], default="en", max_length=2),
        ),
        migrations.AddField(
            model_name="study",
            name="allows_change",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="study",
            name="allows_windowing",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="study",
            name="allows_zoom",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="study",
            name="asks_remark",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="study",
            name="break_every",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="study",
            name="break_every",
            field=models.PositiveSmallIntegerField(default=50),
        ),
        migrations.AddField(
            model_name="study",
            name="checks_display",
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name="study",
            name="checks_display",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="study",
            name="contact",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddConstraint(
            model_name="reader",
            constraint=models.CheckConstraint(
                condition=models.Q(("language__in", ["en", "fi"])), name="reader_language_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="reader",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("consented_at__isnull", True),
                    models.Q(models.Q(("specialty", ""), _negated=True), ("years_experience__isnull", False)),
                    _connector="OR",
                ),
                name="reader_details_given_with_consent",
            ),
        ),
    ]
