"""One evaluation of the plant against the reference: all branches, and moments of live runs."""

import numpy as np
import pytest

from simulation.fidelity.comparison import relative_error
from simulation.fidelity.evaluations import derivative_error, evaluate_case
from simulation.tep import initial_state
from simulation.tep.evaluation import evaluate
from simulation.tep.state import WORK_DTYPE

# name in the reference -> name in WORK_DTYPE
INTERMEDIATES = {
    "temp_C": "temperature",
    "press_mmHg": "pressure",
    "liq_density": "density",
    "liq_volume": "liquid_volume",
    "vap_volume": "vapour_volume",
    "reaction_rate": "rate",
    "heat_of_reaction": "heat_of_reaction",
    "stream_flow": "flow",
    "stream_temp": "stream_temperature",
    "split_factor": "split",
    "heat_duty": "duty",
    "ua_reactor": "coil_conductance",
    "compressor_work": "compressor_work",
    "cw_inlet_temp": "inlet_temperature",
}


def intermediate_errors(case, n, w):
    errors = {
        name: relative_error(np.ravel(w[ours]), np.ravel(case[name][n]))
        for name, ours in INTERMEDIATES.items()
    }
    for place, vessel in enumerate(("reactor", "separator")):
        name = f"partial_press_{vessel}"
        errors[name] = relative_error(w["partial_pressure"][place], case[name][n])
    used = np.arange(13) != 11  # the falling liquid's enthalpy is not used
    errors["enthalpy"] = relative_error(w["enthalpy"][used], case["stream_enthalpy"][n][used])
    weighed = [0, 1, 5, 7, 8, 9]
    errors["weight"] = relative_error(w["weight"][weighed], case["stream_mw"][n][weighed])
    errors["composition"] = float(np.max(np.abs(w["composition"] - case["stream_comp"][n].T)))
    return errors


@pytest.fixture
def record():
    return initial_state().record.copy()


def test_derivatives_agree_at_time_zero_in_every_branch(reference, record):
    case = reference("derivative_static")
    for n, tag in enumerate(case["tag"]):
        w = evaluate_case(case, n, record)
        assert derivative_error(case, n, w) <= 1e-12, tag
        assert relative_error(record[0]["xmeas"], case["xmeas"][n]) <= 1e-11, tag
        assert relative_error(record[0]["valve_command"], case["valve_cmd"][n]) <= 1e-14, tag


def test_every_intermediate_agrees_at_time_zero(reference, record):
    case = reference("derivative_static")
    for n, tag in enumerate(case["tag"]):
        errors = intermediate_errors(case, n, evaluate_case(case, n, record))
        assert max(errors.values()) <= 1e-11, (tag, errors)


def test_evaluations_out_of_live_runs_agree_and_draw_exactly_the_same(reference, record):
    case = reference("snapshots_closed_loop")
    for n in range(len(case["step"])):
        w = evaluate_case(case, n, record)
        s = record[0]
        where = f"IDV {case['fault'][n]}, step {case['step'][n]}"
        assert s["generator"][0] == case["rng_out"][n], where
        assert np.array_equal(s["next_sample_h"], case["next_sample"][n]), where
        assert np.array_equal(s["curves"][:, 5], case["walk_out"][n, 5]), where
        assert relative_error(s["curves"].T, case["walk_out"][n]) <= 1e-11, where
        assert relative_error(s["xmeas"], case["xmeas"][n]) <= 1e-12, where
        assert relative_error(s["held"], case["xdel"][n, 22:]) <= 1e-12, where
        assert relative_error(s["valve_command"], case["valve_cmd"][n]) <= 1e-14, where
        assert derivative_error(case, n, w) <= 1e-12, where
        assert max(intermediate_errors(case, n, w).values()) <= 1e-11, where


def test_the_base_case_is_nearly_at_rest():
    state = initial_state()
    w = np.zeros(1, dtype=WORK_DTYPE)[0]
    evaluate(state.record.copy()[0], w)
    assert np.abs(w["dydt"][:38]).max() < 1e-3
    assert w["temperature"] == pytest.approx([120.40, 80.109, 65.731, 86.1], abs=0.05)
    assert w["pressure"] == pytest.approx([21049, 20515, 24029], abs=1)
