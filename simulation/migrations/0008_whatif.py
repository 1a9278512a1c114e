"""Snapshots, branches and forecasts; runs until now are no branches."""


import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('simulation', '0007_hands'),
    ]

    operations = [
        migrations.AddField(
            model_name='plant',
            name='run_until_step',
            field=models.PositiveIntegerField(editable=False, help_text='Of a branch: the step that it runs to, as fast as it can; empty: none.', null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='branch_step',
            field=models.PositiveIntegerField(blank=True, editable=False, help_text='Last step that it shares with that run; empty: no branch.', null=True),
        ),
        migrations.AddField(
            model_name='run',
            name='parent',
            field=models.ForeignKey(blank=True, editable=False, help_text='The run that this one branched off.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='branches', to='simulation.run'),
        ),
        migrations.AlterField(
            model_name='plantevent',
            name='kind',
            field=models.CharField(choices=[('trip', 'trip'), ('failed', 'failed'), ('bad-data', 'bad data'), ('gap', 'gap in the feed'), ('caught-up', 'caught up after an outage'), ('skipped', 'samples not taken during an outage'), ('branched', 'branched off another plant'), ('by-hand', 'taken over by hand, or given back')], max_length=12),
        ),
        migrations.CreateModel(
            name='ForecastRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.PositiveIntegerField(help_text='The state it was made from.')),
                ('made_at', models.DateTimeField()),
                ('took_seconds', models.FloatField()),
                ('members', models.PositiveSmallIntegerField()),
                ('ahead_hours', models.FloatField()),
                ('words', models.TextField()),
                ('claims', models.JSONField()),
                ('series', models.JSONField()),
                ('plant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='forecast', to='simulation.plant')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='simulation.run')),
            ],
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.PositiveIntegerField()),
                ('state', models.BinaryField()),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='snapshots', to='simulation.run')),
            ],
            options={
                'ordering': ['run', 'step'],
                'constraints': [models.UniqueConstraint(fields=('run', 'step'), name='snapshot_unique_by_run_step')],
            },
        ),
    ]
