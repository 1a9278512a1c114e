"""The state machine of ISA-18.2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.alarms.life import ANNOUNCED, KEPT_AWAY, WORDS, Life, LifeError, State

EVENTS = {
    "activate": Life.activate,
    "return": lambda life: life.give_return(latching=False),
    "return latching": lambda life: life.give_return(latching=True),
    "return asking nobody": lambda life: life.give_return(latching=True, asks=False),
    "acknowledge": Life.acknowledge,
    "reset": Life.reset,
    "shelve": Life.shelve,
    "unshelve": Life.unshelve,
    "suppress": Life.suppress,
    "unsuppress": Life.unsuppress,
    "take out of service": Life.take_out_of_service,
    "return to service": Life.return_to_service,
}


def after(*events: str) -> Life:
    life = Life()
    for event in events:
        life = EVENTS[event](life)
    return life


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], State.NORMAL),
        (["activate"], State.UNACKNOWLEDGED),
        (["activate", "acknowledge"], State.ACKNOWLEDGED),
        (["activate", "acknowledge", "return"], State.NORMAL),
        (["activate", "return"], State.RETURNED),
        (["activate", "return", "acknowledge"], State.NORMAL),
        (["activate", "return", "activate"], State.UNACKNOWLEDGED),
        (["activate", "return latching"], State.LATCHED_UNACKNOWLEDGED),
        (["activate", "acknowledge", "return latching"], State.LATCHED_ACKNOWLEDGED),
        (["activate", "acknowledge", "return latching", "reset"], State.NORMAL),
        (["activate", "return latching", "reset"], State.RETURNED),
        (["activate", "return latching", "acknowledge"], State.LATCHED_ACKNOWLEDGED),
        (["activate", "acknowledge", "return latching", "activate"], State.UNACKNOWLEDGED),
        (["activate", "return asking nobody"], State.NORMAL),
        (["activate", "shelve", "return asking nobody", "unshelve"], State.NORMAL),
        (["activate", "shelve"], State.SHELVED),
        (["shelve", "activate", "unshelve"], State.UNACKNOWLEDGED),
        (["activate", "acknowledge", "shelve", "unshelve"], State.UNACKNOWLEDGED),
        (["activate", "shelve", "return", "unshelve"], State.NORMAL),
        (["suppress", "activate"], State.SUPPRESSED),
        (["activate", "suppress", "unsuppress"], State.UNACKNOWLEDGED),
        (["activate", "shelve", "suppress", "unsuppress"], State.SHELVED),
        (["activate", "take out of service"], State.OUT_OF_SERVICE),
        (["activate", "take out of service", "return to service"], State.NORMAL),
    ],
)
def test_the_diagram_of_the_standard(events, state):
    assert after(*events).state is state


@pytest.mark.parametrize(
    "events",
    [
        ["acknowledge"],
        ["activate", "acknowledge", "acknowledge"],
        ["activate", "shelve", "acknowledge"],
        ["activate", "reset"],
        ["activate", "return", "reset"],
        ["activate", "shelve", "shelve"],
        ["take out of service", "shelve"],
    ],
)
def test_what_makes_no_sense_is_refused_with_a_hint(events):
    with pytest.raises(LifeError) as refused:
        after(*events)
    assert refused.value.hint


@given(st.lists(st.sampled_from(sorted(EVENTS)), max_size=30))
def test_no_sequence_of_events_leads_to_an_undefined_state(events):
    life = Life()
    for event in events:
        try:
            life = EVENTS[event](life)
        except LifeError:
            continue
        state = life.state
        assert state.words == WORDS[state]
        assert (state in KEPT_AWAY) == life.is_kept_away
        if state in ANNOUNCED:
            assert not life.acknowledged
        if state is State.NORMAL:
            assert life.is_over
        if state is State.UNACKNOWLEDGED or state is State.ACKNOWLEDGED:
            assert life.active
        if life.is_over:
            assert state is State.NORMAL or state in KEPT_AWAY


@given(st.lists(st.sampled_from(sorted(EVENTS)), max_size=30))
def test_an_alarm_whose_condition_holds_is_never_lost(events):
    """Whatever was done to it, once nothing keeps it away it is there to be seen."""
    life, active = Life(), False
    for event in events:
        try:
            life = EVENTS[event](life)
        except LifeError:
            continue
        if event == "activate":
            active = True
        elif event.startswith("return"):
            active = False
        assert life.active == active
        if active and not life.is_kept_away:
            assert life.state in {State.UNACKNOWLEDGED, State.ACKNOWLEDGED}
