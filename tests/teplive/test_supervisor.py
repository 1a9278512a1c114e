"""The supervisor: a stray kill costs little, a child that keeps dying is tried ever more rarely."""

import math
import signal
import sys

from teplive.supervisor import (
    FIRST_DELAY_SECONDS,
    LONGEST_DELAY_SECONDS,
    QUICK_RESTARTS,
    WINDOW_SECONDS,
    Child,
    Supervisor,
)


def test_a_child_that_dies_now_and_then_is_started_at_once():
    child = Child("plant", [])
    delays = []
    for moment in range(0, 3600, 15):
        child.delay = child.next_delay(float(moment))
        delays.append(child.delay)
    assert set(delays) == {FIRST_DELAY_SECONDS}


def test_a_child_that_keeps_dying_is_started_ever_more_slowly():
    child, now, delays = Child("plant", []), 0.0, []
    for _ in range(20):
        child.delay = child.next_delay(now)
        delays.append(child.delay)
        now += child.delay + 0.5
    assert delays[:QUICK_RESTARTS] == [FIRST_DELAY_SECONDS] * QUICK_RESTARTS
    assert delays == sorted(delays) or LONGEST_DELAY_SECONDS in delays
    assert max(delays) > 5.0
    assert sum(delays) > 20.0
    child.delay = child.next_delay(now + WINDOW_SECONDS)
    assert child.delay == FIRST_DELAY_SECONDS


def test_a_start_on_a_busy_machine_gets_twice_the_time_when_it_was_too_short():
    child, patience, allowed = Child("plant", []), 45.0, []
    for _ in range(6):
        age = next(age for age in range(2000) if child.is_hung(math.inf, float(age), patience))
        allowed.append(age - 1)
    assert allowed == [45, 90, 180, 360, 480, 480]


def test_a_child_that_came_to_life_has_to_keep_giving_signs_of_it():
    child, patience = Child("plant", []), 45.0
    assert child.is_hung(math.inf, 46.0, patience)  # its next start may take 90 s
    assert not child.is_hung(math.inf, 80.0, patience)
    assert not child.is_hung(1.0, 85.0, patience)
    assert child.is_hung(46.0, 131.0, patience)
    assert child.is_hung(math.inf, 46.0, patience)


def test_a_restart_by_the_supervisor_itself_is_no_death(tmp_path):
    lines = []
    sleeper = Child("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"])
    supervisor = Supervisor([sleeper], tmp_path / "pids", lambda: None, lines.append)
    supervisor.start()
    first = sleeper.process
    supervisor.restart({"sleeper"})
    first.wait(10)
    supervisor.revive(sleeper)  # notes the end
    assert sleeper.deaths == []
    sleeper.restart_at = 1e-9
    supervisor.revive(sleeper)  # starts it again
    try:
        assert sleeper.process is not first
        assert sleeper.process.poll() is None
        assert any("sleeper ended with code -9" in line for line in lines)
    finally:
        sleeper.signal(signal.SIGKILL)
        sleeper.process.wait(10)


def test_a_child_with_a_task_that_ends_is_not_started_again_when_it_is_done(tmp_path):
    lines = []
    done = Child("trainer", [sys.executable, "-c", "print('trained')"], once=True)
    supervisor = Supervisor([done], tmp_path / "pids", lambda: None, lines.append)
    supervisor.start()
    done.process.wait(20)
    supervisor.revive(done)
    assert done.restart_at == 0.0
    assert not any("starting it again" in line for line in lines)


def test_a_child_with_a_task_that_failed_is_tried_again_later(tmp_path):
    lines = []
    failed = Child("trainer", [sys.executable, "-c", "raise SystemExit(3)"], once=True)
    supervisor = Supervisor([failed], tmp_path / "pids", lambda: None, lines.append)
    supervisor.start()
    failed.process.wait(20)
    supervisor.revive(failed)
    assert any("trainer ended with code 3" in line and "15.0 s" in line for line in lines)
