"""A plant to step by hand."""

import numpy as np
import pytest

from simulation.tep import PlantState, Simulator, simulate


def test_steps_make_the_run_that_one_call_makes():
    plans = {
        "idv": {4: (0.4, 0.8, 0.5)},
        "xmv": {7: (40.0, 0.2, 0.5)},
        "setpoints": {17: (72, 0.3)},
    }
    whole = simulate(1, seed=77, **plans)
    simulator = Simulator(77, **plans)
    rows = [simulator.step(), simulator.step(3), simulator.step_seconds(100), simulator.step()]
    assert [len(piece) for piece in rows] == [1, 3, 0, 1]
    rows.append(simulator.run_to(1.0))
    assert np.array_equal(np.concatenate(rows), whole.rows)
    result = simulator.result()
    assert np.array_equal(result.rows, whole.rows)
    assert np.array_equal(result.hours, whole.hours)
    assert result.events == whole.events
    assert result.final_state == whole.final_state


def test_a_simulator_shows_where_it_is():
    simulator = Simulator(77)
    simulator.step(10)
    assert simulator.hours == 0.5
    assert simulator["XMEAS(7)"] == simulator.xmeas[6] == pytest.approx(2705, abs=10)
    assert simulator["XMV(10)"] == simulator.xmv[9]
    assert not simulator.tripped
    assert "0.5000 h, closed loop" in repr(simulator)


def test_interventions_by_hand_are_those_of_a_plan():
    simulator = Simulator(77)
    simulator.step_seconds(1799)
    simulator.inject(1, 0.5)
    simulator.set_valve(7, 40.0)
    simulator.set_setpoint("XMEAS(8)", 72.0)
    simulator.step_seconds(1800)
    simulator.clear(1)
    simulator.set_valve_automatic(7)
    simulator.set_setpoint_automatic(17)
    simulator.run_to(2.0)
    planned = simulate(
        2, seed=77, idv={1: (0.5, 1, 0.5)}, xmv={7: (40.0, 0.5, 1)}, setpoints={17: (72, 0.5, 1)}
    )
    assert np.array_equal(simulator.result().rows, planned.rows)
    assert sorted(map(str, simulator.result().events)) == sorted(map(str, planned.events))


def test_a_restored_snapshot_goes_the_same_way_again_to_the_bit():
    simulator = Simulator(77, idv={6: 0.5}, rng="modern")
    simulator.run_to(0.25)
    snapshot = simulator.snapshot()
    simulator.run_to(1.0)
    first = simulator.result()
    simulator.restore(snapshot)
    assert simulator.hours == 0.25
    assert simulator.result().events == ()
    simulator.run_to(1.0)
    assert simulator.result().final_state == first.final_state
    assert np.array_equal(simulator.result().rows, first.rows)
    assert simulator.result().events == first.events


def test_a_state_alone_can_be_stored_and_gone_back_to():
    simulator = Simulator(77, idv={6: 0.5})
    simulator.run_to(0.25)
    blob = simulator.snapshot().state.to_bytes()
    simulator.run_to(1.0)
    first = simulator.result()
    simulator.restore(blob)
    assert len(simulator.result()) == 5
    simulator.run_to(1.0)
    assert np.array_equal(simulator.result().rows, first.rows)
    assert simulator.result().events == first.events
    other = Simulator(5)
    other.restore(PlantState.from_bytes(blob))
    assert other.state == PlantState.from_bytes(blob)
    with pytest.raises(ValueError, match="checksum does not match"):
        simulator.restore(blob[:-1] + bytes([blob[-1] ^ 1]))
    with pytest.raises(ValueError, match="not a saved plant state"):
        simulator.restore(b"nothing")


def test_a_branch_without_changes_is_its_original_and_with_one_its_own():
    original = Simulator(77, idv={1: 2.0})
    original.run_to(1.5)
    same, other = original.branch(), original.branch()
    other.set_valve(5, 30.0)
    for simulator in (original, same, other):
        simulator.run_to(3.0)
    assert same.result().final_state == original.result().final_state
    assert np.array_equal(same.result().rows, original.result().rows)
    assert np.array_equal(other.result().rows[:29], original.result().rows[:29])
    assert not np.array_equal(other.result().rows[30:], original.result().rows[30:])
    assert len(original.result().events) == 1
    assert len(other.result().events) == 2


def test_a_controllers_own_memory_goes_with_branches_and_snapshots():
    class Ramp:
        def __init__(self):
            self.position = 50.0

        def __call__(self, hours, xmeas, xmv):
            self.position -= 0.001
            return {12: self.position}

    simulator = Simulator(77, controller=Ramp())
    simulator.step(5)
    branch, snapshot = simulator.branch(), simulator.snapshot()
    first = simulator.step(5)
    assert np.array_equal(branch.step(5), first)
    simulator.restore(snapshot)
    assert np.array_equal(simulator.step(5), first)


def test_the_past_cannot_be_run_to_and_an_open_loop_has_no_set_points():
    simulator = Simulator(77, closed_loop=False)
    simulator.run_to(0.5)
    with pytest.raises(ValueError, match=r"0.2 h has passed: the plant is at 0.5 h"):
        simulator.run_to(0.2)
    with pytest.raises(ValueError, match="open loop and has no set points"):
        simulator.set_setpoint(17, 70.0)
    with pytest.raises(ValueError, match="samples is a whole number"):
        simulator.step(1.5)


def test_what_a_result_or_a_row_holds_cannot_change_the_simulator():
    simulator = Simulator(77)
    rows = simulator.step(2)
    rows[:] = 0.0
    simulator.result().rows[:] = 1.0
    assert simulator.result().rows.min() < 1.0
    assert simulator.result().rows.max() > 1000.0


def test_a_trip_is_an_event_with_its_cause():
    run = simulate(15, idv={6: 8.0})
    assert run.tripped
    assert (run.shutdown_step, run.trip.step) == (49764, 49764)
    assert run.trip.hours == pytest.approx(13.823, abs=1e-3)
    assert "reactor pressure 3000.05 kPa gauge is above its limit of 3000 kPa gauge" in str(
        run.trip
    )
    assert len(run.until_trip()) == 276
    assert len(run) == 300
