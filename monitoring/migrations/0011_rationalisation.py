"""Why each alarm is one: cause, consequence, response, time to respond."""

import django.core.validators
from django.db import migrations, models

#: What came with the product as advice until now; what an engineer wrote in its place stays.
OLD_ADVICE = {
    "",
    "Open the case: what is unusual, and what it may be.",
    "What is shown is not the present. See the stages.",
    "Readings that cannot be are not judged: no detector watches meanwhile.",
    "The plant has shut itself down. Reset it.",
    "The simulator cannot take the next step. Reset it.",
}
OLD_BEFORE_TRIP = "Beyond it the plant trips at "


def fill(apps, schema_editor):
    """Give the built-in definitions that are stored what comes with them from now on."""
    from monitoring.alarms.built_in import definitions

    AlarmDefinition = apps.get_model("monitoring", "AlarmDefinition")
    stored = {one.code: one for one in AlarmDefinition.objects.all()}
    for fields in definitions():
        one = stored.get(fields["code"])
        if one is None:
            continue
        for name in ("cause", "consequence", "time_to_respond"):
            setattr(one, name, fields[name])
        if one.response in OLD_ADVICE or one.response.startswith(OLD_BEFORE_TRIP):
            one.response = fields["response"]
        one.save()


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0010_definition_stamp")]
    operations = [
        migrations.RenameField("alarmdefinition", "advice", "response"),
        migrations.AlterField(
            model_name="alarmdefinition",
            name="response",
            field=models.CharField(
                blank=True, help_text="What the operator is to do about it.", max_length=300
            ),
        ),
        migrations.AddField(
            model_name="alarmdefinition",
            name="cause",
            field=models.CharField(
                blank=True,
                default="",
                help_text="What makes it come, e.g. the valve or feed.",
                max_length=300,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="alarmdefinition",
            name="consequence",
            field=models.CharField(
                blank=True,
                default="",
                help_text="What follows if nobody acts, e.g. which trip, and when.",
                max_length=300,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="alarmdefinition",
            name="time_to_respond",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="From the alarm to the consequence if nobody acts; empty: not known, or "
                "nothing follows.",
                null=True,
                validators=[django.core.validators.MaxValueValidator(10080)],
                verbose_name="time to respond (process minutes)",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
