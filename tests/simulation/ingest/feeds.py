"""Rows to send, and plants to send them to."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from simulation import tep
from simulation.models import Plant
from simulation.tep.variables import LABELS, LEGACY_NAMES

SEED = 4651207995


@cache
def simulated_rows(count: int = 60, idv: int = 0, seed: int = SEED) -> np.ndarray:
    """Rows of a simulated run, shape (count, 53); fewer if it trips."""
    state = tep.initial_state(seed)
    if idv:
        flags = np.zeros(20)
        flags[idv - 1] = 1.0
        state = state.replace(idv=flags)
    rows = []
    for _ in range(count):
        state, row = tep.advance(state, tep.SAMPLE_SECONDS)
        rows.append(row[0])
        if state.is_shut_down:
            break
    return np.array(rows)


def labelled(values: np.ndarray, variables: int = 33) -> dict[str, float]:
    """A row as XMEAS(n) and XMV(n)."""
    from simulation.ingest import required_labels

    return {label: float(values[LABELS.index(label)]) for label in required_labels(variables)}


def named(values: np.ndarray) -> dict[str, float]:
    """A row as the earlier system wrote it: 22 names."""
    return dict(zip(LEGACY_NAMES, map(float, values[:22]), strict=True))


def fed_plant(variables: int = 33, name: str = "Outside", start: bool = True) -> Plant:
    plant = Plant.objects.create(name=name, source=Plant.Source.OUTSIDE, variables=variables)
    if start:
        plant.start()
    return plant


def write_csv(path: Path, header: list[str], rows: np.ndarray) -> Path:
    lines = [",".join(header), *(",".join(map(repr, map(float, row))) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def dumps(body) -> bytes:
    return json.dumps(body).encode()
