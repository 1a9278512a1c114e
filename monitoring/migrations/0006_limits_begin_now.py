"""Plants that have run already: their past is not alarmed after the event."""

from django.db import migrations


def begin_now(apps, schema_editor):
    Plant = apps.get_model("simulation", "Plant")
    LimitCursor = apps.get_model("monitoring", "LimitCursor")
    for plant in Plant.objects.exclude(current_run=None).only("pk", "current_run_id", "step"):
        LimitCursor.objects.create(plant_id=plant.pk, run_id=plant.current_run_id, step=plant.step)


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0005_alarm_life"), ("simulation", "0008_whatif")]
    operations = [migrations.RunPython(begin_now, migrations.RunPython.noop)]
