"""Controllers of one's own."""

import numpy as np
import pytest

from simulation.tep import simulate
from simulation.tep.control import purge_override
from simulation.tep.loops import LOOPS, initial_setpoints


class PublishedLoops:
    """All nineteen published loops and the override, written anew outside the plant."""

    period_seconds = 3

    def __init__(self):
        self.calls = 0
        self.setpoint, self.error = initial_setpoints(), np.zeros(20)
        self.override = np.zeros(1, dtype=np.int64)

    def __call__(self, hours, xmeas, xmv):
        self.calls += 1
        assert round(hours * 3600) == 3 * self.calls
        valves = xmv.copy()
        for loop in LOOPS:
            if 3 * self.calls % loop.period_seconds:
                continue
            n = loop.number - 1
            if loop.number == 6 and purge_override(
                xmeas.copy(), valves, self.setpoint, self.error, self.override
            ):
                continue
            error = 100.0 * (self.setpoint[n] - xmeas[loop.xmeas_number - 1]) / loop.span
            integral = loop.period_seconds / loop.integral_seconds if loop.integral_seconds else 0.0
            change = loop.gain * ((error - self.error[n]) + error * integral)
            self.error[n] = error
            if loop.xmv_number:
                valves[loop.xmv_number - 1] += change
            else:
                self.setpoint[loop.drives_loop - 1] += change * loop.output_span / 100.0
        return valves


def test_the_published_loops_written_as_a_controller_run_the_plant_to_the_bit():
    own = simulate(10, idv={1: 2.0, 6: 6.0}, controller=PublishedLoops())
    published = simulate(10, idv={1: 2.0, 6: 6.0})
    assert np.array_equal(own.rows, published.rows)
    assert own.final_state.y.tobytes() == published.final_state.y.tobytes()


def test_a_controller_may_take_one_valve_and_leave_the_others_to_their_loops():
    calls = []

    def level(hours, xmeas, xmv):
        calls.append(hours)
        return {7: 38.1 - 1.0 * (50.0 - xmeas[11])}

    own = simulate(3, controller=level)
    assert len(calls) == 3600
    assert own.final_state.valves_by_hand == [7]
    assert own["XMEAS(12)"][-20:].mean() == pytest.approx(50.0, abs=3.0)
    assert own["XMV(8)"].std() > 0.0


def test_a_controller_that_does_nothing_changes_nothing():
    assert np.array_equal(simulate(1, controller=lambda *_: None).rows, simulate(1).rows)


def test_a_controller_is_called_as_often_as_it_says():
    class EverySecond:
        period_seconds = 1

        def __init__(self):
            self.hours = []

        def __call__(self, hours, xmeas, xmv):
            self.hours.append(hours)

    controller = EverySecond()
    simulate(0.05, controller=controller)
    assert np.round(np.array(controller.hours) * 3600).tolist() == list(range(1, 181))


def test_a_controller_sees_measurements_only_and_cannot_write_them():
    def curious(hours, xmeas, xmv):
        assert (xmeas.shape, xmv.shape) == ((41,), (12,))
        with pytest.raises(ValueError, match="read-only"):
            xmeas[0] = 1.0
        with pytest.raises(ValueError, match="read-only"):
            xmv[0] = 1.0

    simulate(0.01, controller=curious)


def test_a_valve_is_given_back_with_none():
    def brief(hours, xmeas, xmv):
        return {5: 30.0} if hours < 0.5 else {5: None}

    run = simulate(2, controller=brief)
    assert run.final_state.valves_by_hand == []
    assert run["XMV(5)"][8] == 30.0
    assert run["XMEAS(5)"][-10:].mean() == pytest.approx(26.902, abs=0.3)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({10: float("nan")}, r"the controller set XMV\(10\) to nan"),
        ({10: "x"}, r"the controller set XMV\(10\) to 'x'"),
        ({13: 5.0}, r"XMV\(13\) does not exist"),
        ([1.0, 2.0], "12 values"),
        (np.full(12, np.inf), "finite"),
    ],
)
def test_bad_answers_are_refused(answer, message):
    with pytest.raises(ValueError, match=message):
        simulate(0.01, controller=lambda *_: answer)


def test_values_beyond_the_range_are_limited_as_the_published_controllers_are():
    run = simulate(0.1, controller=lambda *_: {6: 130.0}, sample_seconds=1)
    assert run["XMV(6)"].max() == 130.0  # as recorded, before the limit
    assert run.final_state.record[0]["valve_command"][5] == 100.0


@pytest.mark.parametrize("period", [0, -3, 1.5, True])
def test_a_bad_period_is_refused(period):
    class Bad:
        period_seconds = period

        def __call__(self, hours, xmeas, xmv):
            return None

    with pytest.raises(ValueError, match="period_seconds is a whole number from 1"):
        simulate(0.01, controller=Bad())
    with pytest.raises(ValueError, match="a controller is callable"):
        simulate(0.01, controller=5)
