"""Valves and set points by hand, and the magnitude of an injection; those until now were whole."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('simulation', '0006_run_rng'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='injection',
            name='magnitude',
            field=models.FloatField(default=1.0, help_text='1 is the published fault, less a scaled one.', validators=[django.core.validators.MinValueValidator(0.001), django.core.validators.MaxValueValidator(1.0)]),
        ),
        migrations.AlterField(
            model_name='plantevent',
            name='kind',
            field=models.CharField(choices=[('trip', 'trip'), ('failed', 'failed'), ('bad-data', 'bad data'), ('gap', 'gap in the feed'), ('caught-up', 'caught up after an outage'), ('skipped', 'samples not taken during an outage'), ('by-hand', 'taken over by hand, or given back')], max_length=12),
        ),
        migrations.CreateModel(
            name='Hand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('valve', 'valve'), ('setpoint', 'set point')], max_length=10)),
                ('number', models.PositiveSmallIntegerField(help_text='Of the XMV, or of the control loop.')),
                ('value', models.FloatField(help_text="Position in %, or the set point in its loop's unit.")),
                ('start_step', models.PositiveIntegerField(help_text='First step with the hand in force.')),
                ('end_step', models.PositiveIntegerField(blank=True, help_text='First step without it; empty: still in force.', null=True)),
                ('made_at', models.DateTimeField(auto_now_add=True)),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='hands', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hands', to='simulation.run')),
            ],
            options={
                'ordering': ['run', 'start_step', 'kind', 'number', 'pk'],
                'indexes': [models.Index(fields=['run', 'start_step'], name='simulation__run_id_e847b4_idx')],
            },
        ),
    ]
