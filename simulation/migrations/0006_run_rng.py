"""Runs know their generator: those until now had the published one, new ones have the modern one."""

from django.db import migrations, models

CHOICES = [('reference', 'published (reference)'), ('modern', 'xoshiro256++ (modern)')]
HELP = 'The generator that draws the noise: reference repeats after 141 h.'


class Migration(migrations.Migration):

    dependencies = [
        ('simulation', '0005_limits'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='rng',
            field=models.CharField('generator', choices=CHOICES, default='reference', help_text=HELP, max_length=10),
        ),
        migrations.AlterField(
            model_name='run',
            name='rng',
            field=models.CharField('generator', choices=CHOICES, default='modern', help_text=HELP, max_length=10),
        ),
    ]
