"""The analysis presets that the earlier system knew by these names."""

from django.db import migrations

PRESETS = [
    # slug, name, description, window, consecutive, decimation, minimum seconds between explanations
    ("demo", "Demo", "Reacts within seconds, explains every alarm at once.", 8, 3, 1, 0.0),
    ("balanced", "Balanced", "Averages four readings; an explanation every 20 s at most.", 12, 2, 4, 20.0),
    ("realistic", "Realistic", "Six exceedances in a row; an explanation every 5 min at most.", 20, 6, 1, 300.0),
]


def seed(apps, schema_editor):
    AnalysisPreset = apps.get_model("monitoring", "AnalysisPreset")
    for slug, name, description, window, consecutive, decimation, seconds in PRESETS:
        AnalysisPreset.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "description": description,
                "window": window,
                "consecutive": consecutive,
                "decimation": decimation,
                "min_explanation_seconds": seconds,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
