"""The public data files d00 ... d21_te against compat="braatz".

They are printed with five significant digits and come from a build with single-precision
literals (docs/fidelity.md), so agreement means: to a few units of the last printed digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulation.fidelity.comparison import Case, Check, hash_of
from simulation.tep import simulate_rows
from simulation.tep.variables import IDV

GROUP = "public data files, compat='braatz'"
PRINTED = 6e-5  # five digits make 5e-5
LARGEST = 1e-3
SHARE_OFF = 0.09  # of the rows, for literals beyond the two numbers were single there too


@dataclass(frozen=True, slots=True)
class PublicFile:
    """How a file was made, as noted in the public source; ``drop`` rows were cut off its start."""

    name: str
    seed: int
    fault: int
    hours: float
    onset: float
    drop: int


PUBLIC_FILES = tuple(
    PublicFile(*fields)
    for fields in (
        ("d01_te", 2994833239, 1, 48.0, 8.0, 0),
        ("d02_te", 2891123453, 2, 48.0, 8.0, 0),
        ("d04_te", 5658678765, 4, 48.0, 8.0, 0),
        ("d03_te", 3420494299, 3, 48.0, 8.0, 0),
        ("d05_te", 5658678765, 5, 48.0, 8.0, 0),
        ("d06_te", 6678322168, 6, 48.0, 8.0, 0),
        ("d07_te", 7327843434, 7, 48.0, 8.0, 0),
        ("d08_te", 8943242344, 8, 48.0, 8.0, 0),
        ("d09_te", 9343430004, 9, 48.0, 8.0, 0),
        ("d10_te", 1039839281, 10, 48.0, 8.0, 0),
        ("d11_te", 1134345551, 11, 48.0, 8.0, 0),
        ("d12_te", 2232323236, 12, 48.0, 8.0, 0),
        ("d13_te", 3454354353, 13, 48.0, 8.0, 0),
        ("d16_te", 6284545932, 16, 48.0, 8.0, 0),
        ("d17_te", 4342232344, 17, 48.0, 8.0, 0),
        ("d18_te", 5635346588, 18, 48.0, 8.0, 0),
        ("d19_te", 9445382439, 19, 48.0, 8.0, 0),
        ("d20_te", 8322308324, 20, 48.0, 8.0, 0),
        ("d14_te", 4545445883, 14, 8.4, 8.0, 0),  # then chaos
        ("d00", 4243534565, 0, 25.0, 0.0, 0),
        ("d01", 7854912354, 1, 25.0, 1.0, 20),
        ("d02", 3456432354, 2, 25.0, 1.0, 20),
        ("d03", 1731738903, 3, 25.0, 1.0, 20),
        ("d06", 6678322168, 6, 25.0, 1.0, 20),
        ("d07", 7984782901, 7, 25.0, 1.0, 20),
        ("d08", 8934302332, 8, 25.0, 1.0, 20),
        ("d09", 9873223412, 9, 25.0, 1.0, 20),
        ("d10", 1089278833, 10, 25.0, 1.0, 20),
        ("d11", 1940284333, 11, 25.0, 1.0, 20),
        ("d12", 2589274931, 12, 25.0, 1.0, 20),
        ("d13", 3485834345, 13, 25.0, 1.0, 20),
        ("d15", 5683213434, 15, 25.0, 1.0, 20),
        ("d16", 6788343442, 16, 25.0, 1.0, 20),
        ("d17", 1723234455, 17, 25.0, 1.0, 20),
        ("d20", 9902234324, 20, 25.0, 1.0, 20),
    )
)


def compare(path: Path, made: PublicFile) -> Case:
    """Simulate what a file holds and compare all its 52 columns."""
    printed = np.loadtxt(path)
    printed = printed.T if printed.shape[0] == 52 else printed
    onsets = {made.fault: made.onset} if made.fault else None
    rows, _ = simulate_rows(made.seed, made.hours, onsets, compat="braatz")
    found = rows[made.drop :, :52]
    what = f"{IDV[made.fault - 1].label}" if made.fault else "normal operation"
    if made.fault == 14:  # then chaos
        printed = printed[: len(found)]
        what += f", first {len(found)} rows"
    if found.shape != printed.shape:
        error = off = float("inf")
    else:
        gap = np.abs(found - printed) / np.maximum(np.abs(printed), 1e-9)
        error, off = float(gap.max()), float(np.mean(gap.max(axis=1) > PRINTED))
    checks = (
        Check("largest difference", printed.size, error, LARGEST),
        Check(f"share of rows beyond {PRINTED:g}", len(printed), off, SHARE_OFF),
    )
    return Case(GROUP, path.name, f"{what}, seed {made.seed}", checks, hash_of(path))
