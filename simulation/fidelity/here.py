"""The check that needs no reference data: trajectories of this machine against committed values.

The committed values were made together with a comparison against the published simulation, so a
machine that reproduces them reproduces it. Digests tell whether even every bit is the same, which
another processor or library of elementary functions may not give; the values have a tolerance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulation.fidelity.comparison import Case, close, equal
from simulation.tep import PlantState, advance, initial_state, with_idv
from simulation.tep.rng import DEFAULT_SEED
from simulation.tep.variables import N_XMEAS

GROUP = "this machine against the stored values"
XMEAS_TOLERANCE, XMV_TOLERANCE = 1e-9, 1e-6
AMPLIFIED_TOLERANCE = 1e-6  # the open loop is unstable and amplifies rounding
KEPT_EVERY = 20  # rows: hourly values are kept


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One short run that reaches much of the model."""

    name: str
    hours: int
    idv: tuple[int, ...] = ()  # from 1 h on
    rng: str = "reference"
    compat: str | None = None
    closed_loop: bool = True

    def run(self) -> tuple[PlantState, NDArray[np.float64]]:
        """Return the last state and all rows (n, 53), one each 180 s."""
        state = initial_state(
            DEFAULT_SEED, rng=self.rng, compat=self.compat, closed_loop=self.closed_loop
        )
        state, before = advance(state, 3600)
        for number in self.idv:
            state = with_idv(state, number)
        state, after = advance(state, (self.hours - 1) * 3600)
        return state, np.concatenate([before, after])


TRAJECTORIES = (
    Trajectory("normal operation", 8),
    Trajectory("IDV(6) to its trip and on", 8, (6,)),
    Trajectory("IDV(8) and IDV(17), modern generator", 10, (8, 17), rng="modern"),
    Trajectory("IDV(1) and IDV(10), compat='braatz'", 6, (1, 10), compat="braatz"),
    Trajectory("open loop to its trip", 4, closed_loop=False),
)


def noise_state(state: PlantState) -> list[int]:
    """Return the state of whichever generator draws, as whole numbers that JSON keeps exactly."""
    if state.rng == "reference":
        return [int(state.generator)]
    return [int(word) for word in state.record[0]["stream"]]


def digest(rows: NDArray[np.float64]) -> str:
    """Return the SHA-256 of rows, little-endian float64."""
    return hashlib.sha256(np.ascontiguousarray(rows, dtype="<f8").tobytes()).hexdigest()


def values_here() -> list[dict[str, Any]]:
    """Return what is committed: of each trajectory its hourly rows, noise state and digest."""
    found = []
    for trajectory in TRAJECTORIES:
        state, rows = trajectory.run()
        found.append(
            {
                "name": trajectory.name,
                "rows": rows[KEPT_EVERY - 1 :: KEPT_EVERY].tolist(),
                "noise_state": [str(word) for word in noise_state(state)],
                "shutdown_step": state.shutdown_step,
                "sha256": digest(rows),
            }
        )
    return found


def check_here(committed: list[Mapping[str, Any]]) -> list[Case]:
    """Run every trajectory and compare it with its committed values.

    A trajectory without committed values, or values without a trajectory, is a ValueError.
    """
    by_name = {str(one["name"]): one for one in committed}
    if set(by_name) != {trajectory.name for trajectory in TRAJECTORIES}:
        raise ValueError(
            "the committed values are of other trajectories than this program's; make them anew "
            "with manage.py checkfidelity --reference DIR --out FILE"
        )
    return [_check(trajectory, by_name[trajectory.name]) for trajectory in TRAJECTORIES]


def _check(trajectory: Trajectory, committed: Mapping[str, Any]) -> Case:
    state, rows = trajectory.run()
    kept, expected = rows[KEPT_EVERY - 1 :: KEPT_EVERY], np.array(committed["rows"])
    tolerances = (
        (XMEAS_TOLERANCE, XMV_TOLERANCE)
        if trajectory.closed_loop
        else (AMPLIFIED_TOLERANCE, AMPLIFIED_TOLERANCE)
    )
    checks = (
        close("XMEAS, hourly", kept[:, :N_XMEAS], expected[:, :N_XMEAS], tolerances[0]),
        close("XMV, hourly", kept[:, N_XMEAS:], expected[:, N_XMEAS:], tolerances[1]),
        equal("noise generator", [str(word) for word in noise_state(state)],
              committed["noise_state"]),
        equal("shutdown step", state.shutdown_step, committed["shutdown_step"]),
    )  # fmt: skip
    same = digest(rows) == committed["sha256"]
    what = f"{trajectory.hours} h, {'equal to the bit' if same else 'equal within tolerance only'}"
    return Case(GROUP, trajectory.name, what, checks)
