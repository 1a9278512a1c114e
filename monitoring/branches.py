"""What the detector knows of a branch: the scores of the past it shares, and where to go on."""

from monitoring.models import (
    Analysis,
    AnalysisCursor,
    AnalysisPreset,
    DetectorSettings,
    LimitCursor,
)
from simulation.models import Plant, Reading

#: Settings that a branch takes over from the plant it branched off.
TAKEN_OVER = ("preset", "alpha", "detector_model", *AnalysisPreset.RULE_FIELDS)


def take_over(plant_id: int) -> None:
    """Copy the scores of the readings that a branch took over; go on after its last one.

    In the transaction that ends the branch's preparation. What was scored once is not scored
    again, so the past raises no second alarm.
    """
    plant = Plant.objects.select_related("current_run__parent__plant").get(pk=plant_id)
    run = plant.run
    if run.parent is None or run.branch_step is None:
        return
    theirs, ours = DetectorSettings.of(run.parent.plant), DetectorSettings.of(plant)
    for name in TAKEN_OVER:
        setattr(ours, name, getattr(theirs, name))
    ours.save()
    first = Reading.objects.filter(run=run).order_by("step").values_list("step", flat=True).first()
    past = list(
        Analysis.objects.filter(
            run=run.parent, first_step__gte=first or 1, step__lte=run.branch_step
        )
    )
    for analysis in past:
        analysis.pk, analysis.run = None, run
    Analysis.objects.bulk_create(past, batch_size=200, ignore_conflicts=True)
    AnalysisCursor.objects.update_or_create(
        plant=plant,
        defaults={
            "run": run,
            "step": run.branch_step,
            "streak": 0,
            "recent": 0,
            "analyses": len(past),
        },
    )
    LimitCursor.objects.update_or_create(
        plant=plant, defaults={"run": run, "step": run.branch_step, "memory": {}}
    )
