"""Shared fixtures: a fitted detector, and the public test sets."""

import os
from pathlib import Path

import numpy as np
import pytest

from monitoring.detectors import PCADetector
from tests.monitoring.detectors.gaussian import LABELS, gaussian_runs

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def detector():
    """A calibrated PCA detector. Tests only read it."""
    return PCADetector(LABELS).fit(gaussian_runs(1, 5)).calibrate(gaussian_runs(2, 5))


@pytest.fixture(scope="session")
def braatz():
    """Reader of the public test sets: 33 variables, XMEAS 1-22 and XMV 1-11."""
    shared = Path(os.environ.get("TEPLIVE_SHARED", REPOSITORY.parent / "shared"))
    folder = shared / "fdd" / "braatz"
    if not (folder / "d00.dat").is_file():
        pytest.skip(f"the public test sets are not in {folder}; TEPLIVE_SHARED says where they are")

    def read(name):
        rows = np.loadtxt(folder / name)
        rows = rows.T if len(rows) == 52 else rows  # d00.dat is stored transposed
        return np.hstack([rows[:, :22], rows[:, 41:52]])

    return read
