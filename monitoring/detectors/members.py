"""The members of an innovation bank: what each looks for, and the averages it needs.

Every member is a statistic of exponentially weighted moving averages (EWMA, weight λ) of whitened
innovations:

* ``mean``: sum of squares of the EWMA (MEWMA T², Lowry et al. 1992): a shift in any direction;
* ``single``: the largest square of one component of the EWMA: a shift in one direction;
* ``variance``: sum of squares of the EWMA of u² - 1: a change of the variance;
* ``wander``: v is the EWMA with λ = 0.3, standardised; the sum of squares of the positive part of
  the EWMA of v² - 1. A disturbance that wanders slowly around its normal value moves no mean for
  long and adds little to the variance of single innovations, but it adds up in their averages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Form = Literal["mean", "single", "variance", "wander"]
View = Literal["sharp", "floored"]

SMOOTHING = 0.3
"""λ of the averages whose variance a ``wander`` member watches."""


@dataclass(frozen=True)
class Member:
    """One statistic: its form, its λ, and which whitening it looks through."""

    form: Form
    weight: float
    view: View = "floored"

    @property
    def name(self) -> str:
        """Its name in tables, such as «mean 0.1»; those without the floor end in «sharp»."""
        return f"{self.form} {self.weight:g}{' sharp' if self.view == 'sharp' else ''}"

    @property
    def words(self) -> str:
        """What kind of change it saw when it fires: step, drift or variance."""
        if self.form in ("variance", "wander"):
            return "variance"
        return "step" if self.weight >= 0.3 else "drift"


def _of(form: Form, view: View, *weights: float) -> tuple[Member, ...]:
    return tuple(Member(form, weight, view) for weight in weights)


ROBUST_MEMBERS: tuple[Member, ...] = (
    *_of("mean", "floored", 1.0, 0.3, 0.1, 0.05, 0.03, 0.01),
    *_of("single", "floored", 0.05, 0.03),
    *_of("variance", "floored", 0.1, 0.01),
    *_of("wander", "floored", 0.03, 0.01),
)
SHARP_MEMBERS: tuple[Member, ...] = (
    *_of("mean", "sharp", 1.0, 0.3, 0.1, 0.03),
    *_of("variance", "sharp", 0.1, 0.01),
    *_of("mean", "floored", 0.05, 0.01),
    *_of("single", "floored", 0.05, 0.03),
    *_of("wander", "floored", 0.03, 0.01),
)
