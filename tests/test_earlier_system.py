"""The earlier system's presets and names are kept, its faults are impossible.

Faults that other tests show to be impossible are listed in docs/compatibility.md with those tests;
this file also checks that each test named there exists.
"""

import re

import numpy as np
import pytest

from monitoring.models import AnalysisPreset
from simulation import tep
from simulation.models import FaultPreset, SpeedPreset
from simulation.tep.variables import LEGACY_NAMES, XMEAS
from tests.conftest import REPOSITORY


@pytest.mark.django_db
def test_the_speed_presets_are_seeded():
    speeds = dict(SpeedPreset.objects.values_list("slug", "interval_seconds"))
    assert speeds == {"demo": 1.0, "balanced": 60.0, "realistic": 180.0}


@pytest.mark.django_db
def test_the_analysis_presets_have_the_earlier_systems_values():
    values = {
        p.slug: (p.window, p.consecutive, p.decimation, p.min_explanation_seconds)
        for p in AnalysisPreset.objects.all()
    }
    assert values == {
        "demo": (8, 3, 1, 0),
        "balanced": (12, 2, 4, 20),
        "realistic": (20, 6, 1, 300),
    }


@pytest.mark.django_db
def test_there_is_a_fault_preset_for_each_idv():
    presets = FaultPreset.objects.all()
    assert sorted(p.idvs[0] for p in presets) == list(range(1, 21))
    assert "cooling water inlet" in FaultPreset.objects.get(slug="idv-4").name


def test_the_22_names_are_those_of_the_continuous_measurements_in_order():
    assert LEGACY_NAMES[0] == "A Feed"
    assert LEGACY_NAMES[-1] == "Separator Coolant Temp"
    assert [x.legacy_name for x in XMEAS[:22]] == list(LEGACY_NAMES)


def test_the_speed_never_changes_the_integration_step():
    """The earlier system faked speed by a longer step: 1512 kPa at "5x"."""
    once, _ = tep.advance(tep.initial_state(4651207995), 360)
    twice, _ = tep.advance(tep.initial_state(4651207995), 180)
    twice, _ = tep.advance(twice, 180)
    assert once == twice
    assert float(once.record[0]["delta_h"]) == 1 / 3600


def test_the_simulator_goes_on_from_its_state_instead_of_simulating_its_history_again():
    """The earlier system simulated the whole history at each step; one row came thousandfold."""
    state, rows = tep.initial_state(4651207995), []
    for _ in range(50):
        state, new = tep.advance(state, 180)
        rows.append(new[0])
    assert len(np.unique(np.array(rows), axis=0)) == 50


def test_every_test_that_the_compatibility_page_names_exists():
    page = (REPOSITORY / "docs" / "compatibility.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", page))
    source = "".join(
        path.read_text(encoding="utf-8") for path in (REPOSITORY / "tests").rglob("test_*.py")
    )
    existing = set(re.findall(r"def (test_\w+)\(", source))
    assert named
    assert named <= existing, sorted(named - existing)
