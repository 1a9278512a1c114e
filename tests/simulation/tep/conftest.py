import os
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The optional folder of reference data: TEPLIVE_SHARED, or ../shared beside the project."""
    folder = Path(os.environ.get("TEPLIVE_SHARED") or REPOSITORY.parent / "shared")
    if not (folder / "tep" / "reference").is_dir():
        pytest.skip(f"no reference data: set TEPLIVE_SHARED, or provide {folder}")
    return folder


@pytest.fixture(scope="session")
def reference(shared):
    """Load a gold trajectory by name, as a dict of arrays."""

    def load(name: str) -> dict[str, np.ndarray]:
        with np.load(shared / "tep" / "reference" / f"{name}.npz") as archive:
            return {key: archive[key] for key in archive.files}

    return load
