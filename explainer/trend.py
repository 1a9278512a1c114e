"""Whether a tag rises, falls or has stepped, with the figures that the word rests on."""

from typing import Any

import numpy as np

from simulation.fields import Vector

#: A trend is said where the fitted line moves by this many normal standard deviations over the
#: window AND its slope is this many standard errors from zero.
MIN_CHANGE_SD = 1.0
MIN_T = 3.0
#: Where no line fits, a step is said: the means of the two halves differ by this many.
MIN_STEP_SD = 2.0
#: A t beyond this says no more.
LARGEST_T = 999.0


def trend_of(values: Vector, hours_each: float, normal_sd: float) -> dict[str, Any]:
    """Fit a line to equally spaced readings; `hours_each` is the time between two of them."""
    n = len(values)
    if n < 4:
        return {"words": "not known", "readings": n, "hours": (n - 1) * hours_each}
    hours = np.arange(n) * hours_each
    centred = hours - hours.mean()
    square_sum = float(centred @ centred)
    slope = float(centred @ values) / square_sum
    residual = values - values.mean() - slope * centred
    error = float(np.sqrt(residual @ residual / (n - 2) / square_sum))
    t = slope / error if error > 0.0 else np.copysign(LARGEST_T, slope) if slope else 0.0
    change = slope * float(hours[-1])
    step = float(values[n // 2 :].mean() - values[: n // 2].mean())
    if abs(change) >= MIN_CHANGE_SD * normal_sd and abs(t) >= MIN_T:
        words = "rising" if slope > 0 else "falling"
    elif abs(step) >= MIN_STEP_SD * normal_sd:
        words = "stepped up" if step > 0 else "stepped down"
    else:
        words = "steady"
    return {
        "words": words,
        "slope_per_hour": slope,
        "change": change,
        "change_in_sd": change / normal_sd,
        "step": step,
        "t": float(np.clip(t, -LARGEST_T, LARGEST_T)),
        "readings": n,
        "hours": float(hours[-1]),
    }
