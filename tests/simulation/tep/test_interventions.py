"""Disturbances with on and off times and a magnitude; how interventions are written."""

import numpy as np
import pytest

from simulation.tep import (
    IDV,
    Injection,
    SetpointMove,
    ValveMove,
    advance,
    initial_state,
    simulate,
    simulate_rows,
    with_idv,
)
from simulation.tep.disturbances import read_curves
from simulation.tep.evaluation import evaluate
from simulation.tep.spelling import injections_of, setpoint_moves_of, valve_moves_of
from simulation.tep.state import WORK_DTYPE


def looked_at(state):
    """Evaluate a copy of the state; return what the evaluation found."""
    w = np.zeros(1, dtype=WORK_DTYPE)[0]
    evaluate(state.record.copy()[0], w)
    return w


@pytest.fixture(scope="module")
def settled():
    return advance(initial_state(77), 600)[0]


def test_a_magnitude_of_one_is_the_published_fault_and_zero_is_none():
    published, _ = simulate_rows(11, 6.0, {1: 1.0, 8: 1.0, 17: 1.0})
    faults = {1: (1.0, None, 1.0), 8: (1.0, None, 1.0), 17: (1.0, None, 1)}
    assert np.array_equal(simulate(6, seed=11, idv=faults).rows, published)
    none = simulate(6, seed=11, idv=dict.fromkeys(range(1, 21), (1.0, None, 0.0)))
    assert np.array_equal(none.rows, simulate_rows(11, 6.0)[0])


def test_every_fault_can_be_scaled_and_half_a_fault_is_neither_it_nor_none():
    for fault in IDV:
        run = {m: simulate(9, seed=11, idv={fault.number: (0.1, None, m)}) for m in (0.0, 0.5, 1.0)}
        assert not np.array_equal(run[0.5].rows, run[0.0].rows), fault.label
        assert not np.array_equal(run[0.5].rows, run[1.0].rows), fault.label


@pytest.mark.parametrize("magnitude", [0.25, 0.5])
def test_steps_are_scaled_in_proportion(settled, magnitude):
    def inputs(idv, m):
        w = looked_at(with_idv(settled, idv, m))
        return np.concatenate(
            [w["composition"][3, :3], w["stream_temperature"][:1], w["inlet_temperature"],
             w["flow"][[2, 3]]]
        )  # fmt: skip

    for idv in range(1, 8):
        none, full, part = (inputs(idv, m) for m in (0.0, 1.0, magnitude))
        assert np.abs(full - none).max() > 0.0
        assert part == pytest.approx(none + magnitude * (full - none), rel=1e-12)


@pytest.mark.parametrize("magnitude", [0.03, 0.4, 1.0])
def test_a_scaled_pulse_rises_to_its_magnitude_and_comes_back_without_a_jump(magnitude):
    state = with_idv(initial_state(5), 17, magnitude)
    values = []
    for _ in range(2000):
        state, _ = advance(state, 30)
        out = np.empty(12)
        read_curves(state.time_h, state.record[0]["curves"], out)
        values.append(out[9])
    assert max(values) == pytest.approx(magnitude, rel=0.05)
    assert min(values) > -1e-9
    assert np.abs(np.diff(values)).max() < 0.2 * magnitude


def test_a_scaled_valve_sticks_in_a_scaled_band():
    for magnitude in (0.5, 1.0):
        state = with_idv(advance(initial_state(5), 3600)[0], 15, magnitude)
        worst = 0.0
        for _ in range(1200):
            state, _ = advance(state, 1)
            s = state.record[0]
            worst = max(worst, abs(s["valve_command"][10] - s["xmv"][10]))
        assert worst > 1.0 * magnitude


def test_a_fault_is_off_again_from_its_end_on():
    run = simulate(3, seed=11, idv={4: (1.0, 2.0)})
    state, first = advance(initial_state(11), 3599)
    state, second = advance(with_idv(state, 4), 3600)
    _, third = advance(with_idv(state, 4, False), 3601)
    assert np.array_equal(run.rows, np.concatenate([first, second, third]))
    assert [(event.step, event.kind) for event in run.events] == [
        (3600, "injection"), (7200, "injection end"),
    ]  # fmt: skip


def test_a_fault_may_come_several_times_and_an_open_one_gives_way_to_the_next():
    run = simulate(3, idv={4: [(0.5, 1.0), (1.5, None, 0.5), (2.0, 2.5)]})
    assert [str(event) for event in run.events] == [
        "0.5000 h: IDV(4) on",
        "1.0000 h: IDV(4) off",
        "1.5000 h: IDV(4) on at 0.5 of its magnitude",
        "2.0000 h: IDV(4) on",
        "2.5000 h: IDV(4) off",
    ]
    assert run.final_state.faults == []


def test_where_one_ends_the_next_may_begin():
    run = simulate(2, idv={4: [(0.5, 1.0), (1.0, 1.5)]})
    assert [event.kind for event in run.events] == ["injection", "injection end"] * 2


def test_what_begins_at_once_acts_in_the_first_second():
    run = simulate(1, idv={1: 0.0}, xmv={12: 40.0}, setpoints={17: 70.0})
    assert [event.step for event in run.events] == [1, 1, 1]
    expected, _ = advance(with_idv(initial_state(), 1), 1)
    assert simulate(1 / 3600, idv={1: 0.0}).final_state == expected


def test_a_row_shows_a_valve_by_hand_from_the_very_second_on():
    run = simulate(1, xmv={10: (38.0, 0.5, 0.6)})
    assert run["XMV(10)"][8] != 38.0
    assert run["XMV(10)"][9:11].tolist() == [38.0, 38.0]
    assert run["XMV(10)"][11] == pytest.approx(38.0, abs=0.2)  # 0.6 h: just given back


def test_short_forms_texts_and_objects_say_the_same():
    one = [Injection(1, 10.0, 12.0, 0.5)]
    assert injections_of({1: (10, 12, 0.5)}) == injections_of("1@10:12*0.5") == one
    assert injections_of(["1@10:12*0.5"]) == injections_of(one) == injections_of(one[0]) == one
    assert injections_of({4: 8.0}) == injections_of("4@8") == [Injection(4, 8.0)]
    assert injections_of("4@8*0.5") == [Injection(4, 8.0, None, 0.5)]
    move = [ValveMove(10, 38.0, 5.0, 9.0)]
    assert valve_moves_of({10: (38.0, 5, 9)}) == valve_moves_of("10=38@5:9") == move
    assert valve_moves_of({10: 38.0}) == valve_moves_of("10=38") == [ValveMove(10, 38.0)]
    assert valve_moves_of("10=38@5") == [ValveMove(10, 38.0, 5.0)]
    assert [m.number for m in setpoint_moves_of({"XMEAS(8)": 70.0, 18: (120, 5)})] == [17, 18]
    assert setpoint_moves_of("XMEAS(8)=70@5:9") == [SetpointMove("XMEAS(8)", 70.0, 5.0, 9.0)]
    assert setpoint_moves_of("17=70")[0].actions()[0].step == 1
    assert injections_of(None) == valve_moves_of({}) == setpoint_moves_of([]) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"idv": {0: 8.0}}, r"IDV\(0\) does not exist: IDV runs from IDV\(1\) to IDV\(20\)"),
        ({"idv": {21: 8.0}}, r"IDV\(21\) does not exist"),
        ({"idv": {4: (8.0, 7.0)}}, r"IDV\(4\) would end at 7 h, before it starts at 8 h"),
        ({"idv": {4: (8.0, 8.0)}}, r"IDV\(4\) would end at 8 h"),
        ({"idv": {4: (8.0, None, 1.5)}}, r"the magnitude of IDV\(4\) is 0 to 1, not 1.5"),
        ({"idv": {4: (8.0, None, float("nan"))}}, r"the magnitude of IDV\(4\) is 0 to 1"),
        ({"idv": {4: -1.0}}, r"the start of IDV\(4\) is a number of hours from 0"),
        ({"idv": {4: float("nan")}}, r"the start of IDV\(4\) is a number of hours from 0"),
        ({"idv": {4: [(1.0, 3.0), (2.0, 4.0)]}}, r"two interventions on IDV\(4\) overlap at 2 h"),
        ({"idv": {4: (1, 2, 1, 1)}}, "is a number or up to three"),
        ({"idv": 4}, "idv is a mapping or a list, not 4"),
        ({"idv": [4]}, "holds Injection objects or texts, not 4"),
        ({"idv": "4"}, "'4': write IDV@START"),
        ({"idv": "four@8"}, "'four' is not a whole number"),
        ({"idv": "4@eight"}, "'eight' is not a number"),
        ({"xmv": {10: 140.0}}, r"XMV\(10\) is set to 0 to 100 %, not 140.0"),
        ({"xmv": {13: 40.0}}, r"XMV\(13\) does not exist"),
        ({"xmv": {12: (40.0, 1, 2)}}, r"XMV\(12\), the agitator, has no loop to go back to"),
        ({"xmv": "10@38"}, "write XMV=POSITION"),
        ({"setpoints": {17: float("nan")}}, "the set point of loop 17 is set to a finite number"),
        ({"setpoints": {12: 5.0}}, "there is no loop 12"),
        ({"seed": 0}, "a seed is a whole number from 1"),
        ({"rng": "mt"}, "rng is 'reference' or 'modern'"),
        ({"compat": "f77"}, "compat is None or 'braatz'"),
        ({"sample_seconds": 0}, "sample_seconds is at least 1, not 0"),
        ({"closed_loop": False, "setpoints": {17: 70.0}}, "runs in open loop and has no set point"),
        ({"closed_loop": False, "xmv": {1: (60, 0, 1)}}, "has no loop to go back to"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(arguments, message):
    with pytest.raises(ValueError, match=message):
        simulate(1.0, **arguments)


@pytest.mark.parametrize("hours", [0, -1, 1e9, float("nan"), float("inf"), "x", None, True])
def test_hours_are_more_than_none_and_not_a_billion(hours):
    with pytest.raises(ValueError, match="hours is"):
        simulate(hours)


def test_more_samples_than_memory_are_refused_before_they_are_simulated():
    with pytest.raises(ValueError, match="samples at once are too many"):
        simulate(50_000, sample_seconds=1)


def test_an_open_loops_valve_can_be_moved():
    run = simulate(0.5, closed_loop=False, xmv={10: (45.0, 0.25)})
    assert run["XMV(10)"][:4] == pytest.approx(41.10581288)
    assert run["XMV(10)"][4:].tolist() == [45.0] * 6
    assert run["XMEAS(21)"][-1] < run["XMEAS(21)"][3]
