"""Alarms for the journal alone that have returned: nobody was ever to acknowledge them."""

from django.db import migrations
from django.db.models import F


def end(apps, schema_editor):
    """End them when their condition went."""
    AlarmOccurrence = apps.get_model("monitoring", "AlarmOccurrence")
    left = AlarmOccurrence.objects.filter(
        priority="journal", closed_at=None, is_active=False, returned_at__isnull=False
    )
    left.exclude(state="out-of-service").update(state="normal")
    left.update(is_acknowledged=True, is_held=False, closed_at=F("returned_at"))


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0011_rationalisation")]
    operations = [migrations.RunPython(end, migrations.RunPython.noop)]
