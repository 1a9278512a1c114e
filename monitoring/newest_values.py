"""The newest readings of a run as arrays: what the small lines and trends are drawn from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitoring.tag_spark import TagSpark, spark_of
from simulation.fields import Vector
from simulation.models import Plant, Reading
from simulation.tep.variables import LABELS


@dataclass(frozen=True)
class NewestValues:
    """Steps (n,) and values (n, 53), NaN where a reading is bad or a value missing."""

    steps: Vector
    values: Vector
    span: tuple[int, int]

    @classmethod
    def of(cls, plant: Plant, count: int) -> NewestValues:
        """Read the last `count` steps of the present run."""
        first = max(1, plant.step - count + 1)
        found = Reading.objects.filter(run=plant.current_run_id, step__gte=first)
        rows = list(found.order_by("step").values_list("step", "quality", "values"))
        steps = np.array([step for step, _, _ in rows], dtype=np.float64)
        missing = np.full(len(LABELS), np.nan)
        stacked = [missing if quality else values for _, quality, values in rows]
        values = np.array(stacked, dtype=np.float64).reshape(-1, len(LABELS))
        return cls(steps, values, (first, max(first, plant.step)))

    def spark(
        self, column: int, band: tuple[float, float] | None, decimals: int, unit: str
    ) -> TagSpark:
        """Return the small line of one column."""
        return spark_of(
            self.steps,
            self.values[:, column],
            span=self.span,
            band=band,
            decimals=decimals,
            unit=unit,
        )
