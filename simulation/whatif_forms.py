"""What may be asked of a branch; pages and API use the same form."""

from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from simulation import branching
from simulation.branching import MOST_HOURS, Change
from simulation.form_fields import NumberField, WholeNumberField, in_words, validate_idv
from simulation.models import Plant
from simulation.models.plant import steps_in
from simulation.tep.loops import LOOPS
from simulation.tep.variables import N_IDV, N_XMV

MOST_STEPS = 2**31 - 1
LAST_LOOP = max(loop.number for loop in LOOPS)


class FlagInput(forms.CheckboxInput):
    """A check box that leaves it to its field what a value means."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """Return what was sent, None for nothing."""
        return data.get(name)


class FlagField(forms.BooleanField):
    """Yes or no, and nothing else that Python would take for one of them."""

    widget = FlagInput
    YES, NO = {True, "true", "on", "1"}, {False, None, "", "false", "off", "0"}
    default_error_messages = {"invalid": _("It is true or false.")}

    def to_python(self, value: Any) -> bool:
        """Return the flag. Raises ValidationError."""
        if not isinstance(value, bool | str | None) or value not in self.YES | self.NO:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return value in self.YES


class BranchForm(forms.Form):
    """From which step on, for how long, and what is different: nothing if nothing is given."""

    hours = NumberField(
        label=_("Run for (process hours)"),
        help_text=_("How far the branch runs."),
        min_value=0.05,
        max_value=MOST_HOURS,
        error_messages=in_words(
            format_lazy(
                _("hours must be a number from 0.05 to {most_hours:g}."), most_hours=MOST_HOURS
            )
        ),
    )
    at_step = WholeNumberField(
        label=_("From step"),
        help_text=_(
            "Last step that the branch shares with its original; the present one if not given."
        ),
        required=False,
        min_value=0,
        max_value=MOST_STEPS,
        error_messages=in_words(_("at_step must be the number of a step that has been taken.")),
    )
    at_hours = NumberField(
        label=_("or from (process hours)"),
        help_text=_("The same as process hours; instead of at_step."),
        required=False,
        min_value=0.0,
        error_messages=in_words(_("at_hours must be a number of process hours that have passed.")),
    )
    without_faults = FlagField(
        label=_("Without the faults"),
        help_text=_("Whether the faults end where the branch begins."),
        required=False,
    )
    idv = WholeNumberField(
        label=_("With IDV"),
        help_text=_("A fault that the branch has from its first step on."),
        required=False,
        validators=[validate_idv],
        error_messages={
            "invalid": format_lazy(_("An IDV is a whole number from 1 to {last}."), last=N_IDV)
        },
    )
    magnitude = NumberField(
        label=_("its magnitude"),
        help_text=_("Over 0 to 1; 1, the published fault, if not given."),
        required=False,
        min_value=0.001,
        max_value=1.0,
        error_messages=in_words(_("magnitude must be a number from 0.001 to 1.")),
    )
    xmv = WholeNumberField(
        label=_("Hold XMV"),
        help_text=_("A valve that is held by hand."),
        required=False,
        min_value=1,
        max_value=N_XMV,
        error_messages=in_words(
            format_lazy(_("xmv must be a whole number from 1 to {last}."), last=N_XMV)
        ),
    )
    position = NumberField(
        label=_("at (%)"),
        help_text=_("Where the valve is held, 0 to 100 percent."),
        required=False,
        min_value=0.0,
        max_value=100.0,
        error_messages=in_words(_("position must be a number of percent from 0 to 100.")),
    )
    loop = WholeNumberField(
        label=_("Hold the set point of loop"),
        help_text=_("A control loop whose set point is held by hand."),
        required=False,
        min_value=1,
        max_value=LAST_LOOP,
        error_messages=in_words(_("loop must be the number of a control loop.")),
    )
    setpoint = NumberField(
        label=_("at"),
        help_text=_("The set point, in the unit of what the loop controls."),
        required=False,
        error_messages=in_words(_("setpoint must be a finite number.")),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for what belongs together."""
        values = super().clean() or self.cleaned_data
        if values.get("at_hours") is not None:
            if values.get("at_step") is not None:
                self.add_error("at_hours", gettext("Give either at_step or at_hours."))
            elif not self.errors:
                values["at_step"] = steps_in(min(values["at_hours"], MOST_STEPS / 100))
        for what, value in (("xmv", "position"), ("loop", "setpoint")):
            given = values.get(what) is not None, values.get(value) is not None
            if given[0] != given[1] and not {what, value} & set(self.errors):
                missing, there = (value, what) if given[0] else (what, value)
                self.add_error(
                    missing,
                    gettext("Give %(missing)s too, or leave %(there)s out.")
                    % {"missing": missing, "there": there},
                )
        if values.get("magnitude") is not None and values.get("idv") is None and not self.errors:
            self.add_error("idv", gettext("Give idv too, or leave magnitude out."))
        return values

    @property
    def change(self) -> Change:
        """What is different in the branch."""
        values = self.cleaned_data
        idv, magnitude = values["idv"], values["magnitude"]
        return Change(
            without_faults=values["without_faults"],
            faults={} if idv is None else {idv: 1.0 if magnitude is None else magnitude},
            valves={} if values["xmv"] is None else {values["xmv"]: values["position"]},
            setpoints={} if values["loop"] is None else {values["loop"]: values["setpoint"]},
        )

    def apply(self, plant: Plant, user: User | AnonymousUser) -> Plant:
        """Enter the branch. Raises PlantError where that cannot be."""
        values = self.cleaned_data
        return branching.branch(
            plant,
            hours=values["hours"],
            at_step=values["at_step"],
            change=self.change,
            by=user,
        )
