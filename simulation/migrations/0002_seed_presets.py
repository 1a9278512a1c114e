"""Speed presets, and a fault preset for each IDV under the names that the field knows."""

from django.db import migrations

SPEEDS = [
    ("demo", "Demo", "One 3-minute sample a second: 180 times as fast as the plant.", 1.0),
    ("balanced", "Balanced", "One 3-minute sample a minute: three times as fast.", 60.0),
    ("realistic", "Realistic", "One 3-minute sample in three minutes: the plant's own time.", 180.0),
]

# Downs & Vogel (1993), table 8; 16 to 20 were published as unknown and stay so for trainees.
FAULTS = [
    (1, "A/C feed ratio, B composition constant (stream 4)", "step"),
    (2, "B composition, A/C ratio constant (stream 4)", "step"),
    (3, "D feed temperature (stream 2)", "step"),
    (4, "Reactor cooling water inlet temperature", "step"),
    (5, "Condenser cooling water inlet temperature", "step"),
    (6, "A feed loss (stream 1)", "step"),
    (7, "C header pressure loss, reduced availability (stream 4)", "step"),
    (8, "A, B, C feed composition (stream 4)", "random variation"),
    (9, "D feed temperature (stream 2)", "random variation"),
    (10, "C feed temperature (stream 4)", "random variation"),
    (11, "Reactor cooling water inlet temperature", "random variation"),
    (12, "Condenser cooling water inlet temperature", "random variation"),
    (13, "Reaction kinetics", "slow drift"),
    (14, "Reactor cooling water valve", "sticking"),
    (15, "Condenser cooling water valve", "sticking"),
    (16, "Unknown", "unknown"),
    (17, "Unknown", "unknown"),
    (18, "Unknown", "unknown"),
    (19, "Unknown", "unknown"),
    (20, "Unknown", "unknown"),
]


def seed(apps, schema_editor):
    SpeedPreset = apps.get_model("simulation", "SpeedPreset")
    for slug, name, description, interval_seconds in SPEEDS:
        SpeedPreset.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "description": description,
                "interval_seconds": interval_seconds,
            },
        )
    FaultPreset = apps.get_model("simulation", "FaultPreset")
    for idv, what, kind in FAULTS:
        known = kind != "unknown"
        FaultPreset.objects.get_or_create(
            slug=f"idv-{idv}",
            defaults={
                "name": f"IDV({idv}) {what}, {kind}" if known else f"IDV({idv}) {what}",
                "description": f"{what}: {kind}." if known else "A fault without a published cause.",
                "idvs": [idv],
            },
        )


class Migration(migrations.Migration):
    dependencies = [("simulation", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
