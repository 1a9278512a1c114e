"""What is stored of a plant, and what can be read from it."""

from datetime import datetime
from typing import Any

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from simulation.models.hand import Hand
from simulation.models.injection import Injection
from simulation.models.plant_error import PlantError
from simulation.models.run import Run
from simulation.models.speed_preset import INTERVAL_VALIDATORS, SpeedPreset, speed_words
from simulation.tep import SAMPLE_SECONDS, PlantState


class PlantRecord(models.Model):
    """The row of a plant: its speed, its present run and the simulator's whole state.

    `tep_state` holds everything the simulator remembers, so that any process can take the next
    step.
    """

    class State(models.TextChoices):
        """What the clock does with the plant."""

        STOPPED = "stopped", _("stopped")
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        TRIPPED = "tripped", _("tripped")
        FAILED = "failed", _("failed")

    class Source(models.TextChoices):
        """Where the readings come from."""

        SIMULATOR = "simulator", _("simulator")
        OUTSIDE = "outside", _("fed from outside")

    class Variables(models.IntegerChoices):
        """What each row of a plant fed from outside must hold; further known tags are kept."""

        XMEAS = 22, _("XMEAS 1-22")
        CONTINUOUS = 33, _("XMEAS 1-22 and XMV 1-11")
        ALL = 52, _("XMEAS 1-41 and XMV 1-11")

    class CatchUp(models.TextChoices):
        """What happens to the samples that an outage kept from being taken."""

        SKIP = "skip", _("go on from now")
        RUN = "run", _("run what was missed, as fast as possible")

    name = models.CharField(max_length=60, unique=True)
    description = models.CharField(max_length=200, blank=True)
    source = models.CharField(
        max_length=10,
        choices=Source.choices,
        default=Source.SIMULATOR,
        help_text=_("Cannot be changed later."),
    )
    variables = models.PositiveSmallIntegerField(
        choices=Variables.choices,
        default=Variables.CONTINUOUS,
        help_text=_("Of a plant fed from outside: what each row must hold."),
    )
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.STOPPED, editable=False
    )
    state_reason = models.CharField(max_length=300, blank=True, editable=False)
    interval_seconds = models.FloatField(
        _("interval (s)"),
        default=1.0,
        validators=INTERVAL_VALIDATORS,
        help_text=_("Wall seconds between samples, 0.2 to 1800."),
    )
    speed_preset = models.ForeignKey(
        SpeedPreset,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Empty when the interval was set by hand."),
    )
    current_run = models.OneToOneField(
        Run, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    step = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Last committed step of the run: its readings.")
    )
    rows = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Readings of the run of a plant fed from outside.")
    )
    tep_state = models.BinaryField(null=True, editable=False)
    next_due = models.DateTimeField(null=True, editable=False, db_index=True)
    sampled_at = models.DateTimeField(null=True, editable=False)
    catch_up = models.CharField(
        _("after an outage"),
        max_length=4,
        choices=CatchUp.choices,
        default=CatchUp.SKIP,
    )
    catching_up_from = models.PositiveIntegerField(
        null=True,
        editable=False,
        help_text=_(
            "Last step before the outage whose samples are being made up for; empty: none."
        ),
    )
    run_until_step = models.PositiveIntegerField(
        null=True,
        editable=False,
        help_text=_("Of a branch: the step that it runs to, as fast as it can; empty: none."),
    )
    keep_days = models.FloatField(
        _("keep for (days)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.01)],
        help_text=_("Older readings and analyses are pruned every night; empty: kept."),
    )
    keep_readings = models.PositiveIntegerField(
        _("keep the newest"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1000)],
        help_text=_("More readings than this are pruned every night; empty: all are kept."),
    )
    last_error = models.TextField(blank=True, editable=False)
    last_error_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def sim_hours(self) -> float:
        """Process time of the run in hours."""
        return self.step * SAMPLE_SECONDS / 3600

    @property
    def is_simulated(self) -> bool:
        """Whether the simulator makes the readings; else they come from outside."""
        return self.source == self.Source.SIMULATOR

    @property
    def reading_count(self) -> int:
        """Readings of the present run. A simulated run has one for each step."""
        return self.step if self.is_simulated else self.rows

    @property
    def is_branch(self) -> bool:
        """Whether the present run began as a branch of another plant's."""
        return self.current_run is not None and self.current_run.is_branch

    @property
    def is_running_ahead(self) -> bool:
        """Whether it runs to a step as fast as it can, or is about to: by a task, not the clock."""
        return self.run_until_step is not None

    @property
    def run(self) -> Run:
        """The present run. Raises PlantError for a plant that never had one."""
        if self.current_run is None:
            raise PlantError(
                gettext("%(plant)s has not been started yet.") % {"plant": self},
                gettext("Start it first."),
            )
        return self.current_run

    @property
    def speed_factor(self) -> float:
        """How many times as fast as the plant itself it runs."""
        return SAMPLE_SECONDS / self.interval_seconds

    @property
    def speed_words(self) -> str:
        """Its speed both ways, e.g. `50× real time, a sample every 3.6 s`."""
        return speed_words(self.interval_seconds)

    def samples_owed(self, now: datetime) -> int:
        """Return how many samples are due at `now` and were not taken; 0 while all is well."""
        if self.state != self.State.RUNNING or self.next_due is None or self.next_due > now:
            return 0
        return int((now - self.next_due).total_seconds() / self.interval_seconds) + 1

    def idvs_at(self, step: int) -> list[int]:
        """Return the IDV numbers in force while `step` is integrated, ascending."""
        if self.current_run_id is None:
            return []
        active = Injection.objects.filter(run_id=self.current_run_id).active_at(step)
        return sorted(set(active.values_list("idv", flat=True)))

    @property
    def active_idvs(self) -> list[int]:
        """The IDV numbers in force for the next step, ascending."""
        return self.idvs_at(self.step + 1)

    @property
    def active_faults(self) -> dict[int, float]:
        """Magnitude by IDV number of the faults in force for the next step, ascending."""
        if self.current_run_id is None:
            return {}
        active = Injection.objects.filter(run_id=self.current_run_id).active_at(self.step + 1)
        return dict(sorted(active.values_list("idv", "magnitude")))

    @property
    def hands(self) -> list[Hand]:
        """What is by hand for the next step: valves first, by number."""
        if self.current_run_id is None:
            return []
        held = Hand.objects.filter(run_id=self.current_run_id).active_at(self.step + 1)
        found = list(held.select_related("made_by"))
        return sorted(found, key=lambda one: (one.kind != Hand.Kind.VALVE, one.number))

    def load_state(self) -> PlantState:
        """Return the simulator's state. Raises ValueError for an unreadable one."""
        return PlantState.from_bytes(bytes(self.tep_state or b""))

    def as_json(self) -> dict[str, Any]:
        """Return what the API tells of the plant itself."""
        run, faults = self.current_run, self.active_faults
        return {
            "id": self.pk,
            "name": self.name,
            "source": self.source,
            "variables": None if self.is_simulated else self.variables,
            "state": self.state,
            "state_reason": self.state_reason,
            "run": run.number if run else None,
            "seed": run.seed if run and self.is_simulated else None,
            "rng": run.rng if run and self.is_simulated else None,
            "step": self.step,
            "sim_time_h": self.sim_hours,
            "interval_seconds": self.interval_seconds,
            "sample_seconds": SAMPLE_SECONDS,
            "speed_factor": self.speed_factor,
            "catch_up": self.catch_up,
            "is_catching_up": self.catching_up_from is not None,
            "speed_preset": self.speed_preset.slug if self.speed_preset else None,
            "active_idvs": list(faults),
            "active_faults": [{"idv": n, "magnitude": size} for n, size in faults.items()],
            "by_hand": [hand.as_json() for hand in self.hands],
        }
