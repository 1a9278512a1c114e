import numpy as np
import pytest

from simulation.tep.control import clip_valves, purge_override, run_loops
from simulation.tep.loops import LOOPS, initial_setpoints


def blank():
    return (
        np.zeros(41),
        np.zeros(12),
        initial_setpoints(),
        np.zeros(20),
        np.zeros(1, dtype=np.int64),
    )


def test_the_purge_override_follows_the_reference_sequence(reference):
    case = reference("purge_override_sequence")
    xmeas, xmv, setpoint, last_error, override = blank()
    xmv[5], setpoint[5] = case["xmv6_start"], case["setpoint6_start"]
    for n in range(400):
        xmeas[12], xmeas[9] = case["xmeas13"][n], case["xmeas10"][n]
        others = xmv.copy()
        step = 3 * (n + 1)
        if not purge_override(xmeas, xmv, setpoint, last_error, override):
            error = 100.0 * (setpoint[5] - xmeas[9])
            xmv[5] += 1.22 * (error - last_error[5])
            last_error[5] = error
        others[5] = xmv[5]
        assert np.array_equal(others, xmv), step
        if n == int(case["setpoint6_bump_after_call"]):
            setpoint[5] += case["setpoint6_bump"]
        assert xmv[5] == case["xmv6"][n], n
        assert setpoint[5] == case["setpoint6"][n], n
        assert override[0] == case["flag"][n], n


def test_loop_six_runs_with_its_override_among_the_others():
    xmeas, xmv, setpoint, last_error, override = blank()
    xmeas[12] = 2960.0
    run_loops(3, xmeas, xmv, setpoint, last_error, override)
    assert (xmv[5], override[0], last_error[5]) == (100.0, 1, 0.0)
    xmeas[12] = 2700.0
    run_loops(6, xmeas, xmv, setpoint, last_error, override)
    assert (xmv[5], override[0]) == (100.0, 1)
    xmeas[12] = 2600.0
    run_loops(9, xmeas, xmv, setpoint, last_error, override)
    assert (xmv[5], override[0], setpoint[5]) == (40.060, 0, 0.33712)
    run_loops(12, xmeas, xmv, setpoint, last_error, override)
    assert xmv[5] == pytest.approx(40.060 + 1.22 * 100.0 * 0.33712)


def test_the_slow_loops_run_every_six_and_fifteen_minutes():
    ran = {}
    for step in range(1, 1801):
        xmeas, xmv, setpoint, last_error, override = blank()
        xmeas[12] = 2600.0
        run_loops(step, xmeas, xmv, setpoint, last_error, override)
        for loop in np.flatnonzero(last_error) + 1:
            ran.setdefault(int(loop), []).append(step)
    for loop in LOOPS:
        period = loop.period_seconds
        assert ran[loop.number] == list(range(period, 1801, period))


def test_a_velocity_form_loop_moves_by_its_change_of_error_and_its_integral():
    xmeas, xmv, setpoint, last_error, override = blank()
    xmeas[:] = 0.0
    xmeas[20] = 94.599 - 1.5  # 1 % of the span of loop 10
    run_loops(3, xmeas, xmv, setpoint, last_error, override)
    assert xmv[9] == pytest.approx(-1.56 * (1.0 + 3.0 / 1452.0))
    before = xmv[9]
    setpoint[9] = 94.599
    run_loops(6, xmeas, xmv, setpoint, last_error, override)
    assert xmv[9] - before == pytest.approx(-1.56 * 3.0 / 1452.0)


def test_all_valves_but_the_agitator_are_limited():
    xmv = np.array([-5.0, 105.0] * 6)
    clip_valves(xmv)
    assert xmv.tolist() == [0.0, 100.0] * 5 + [0.0, 105.0]


def test_every_valve_but_the_agitator_has_its_loop():
    assert sorted(loop.xmv_number for loop in LOOPS if loop.xmv_number) == list(range(1, 12))
    assert {loop.drives_loop for loop in LOOPS if loop.drives_loop} == {1, 2, 3, 4, 6, 9, 10, 16}
