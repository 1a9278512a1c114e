"""The embedded explainer is called so; *diagnosis* is the trained classifier's answer alone."""

from django.db import migrations, models

BEFORE, NOW = "Embedded diagnosis", "Embedded explainer"


def rename(apps, schema_editor):
    """Give the new title to a row that nobody has titled otherwise."""
    rows = apps.get_model("explainer", "ProviderConfig").objects
    rows.filter(protocol="embedded", title=BEFORE).update(title=NOW)


def rename_back(apps, schema_editor):
    """Give the title of before."""
    rows = apps.get_model("explainer", "ProviderConfig").objects
    rows.filter(protocol="embedded", title=NOW).update(title=BEFORE)


class Migration(migrations.Migration):
    dependencies = [
        ("explainer", "0005_assessments_and_questions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="providerconfig",
            name="with_diagnosis",
            field=models.BooleanField(
                default=True,
                help_text="Whether the evidence it is sent has the ranking of the trained diagnosis.",
                verbose_name="told the embedded ranking",
            ),
        ),
        migrations.RunPython(rename, rename_back),
    ]
