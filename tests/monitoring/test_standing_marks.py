"""The displays and the alarms: what an operator is shown stands there, and nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from monitoring.alarms import acknowledging, service, shelf
from monitoring.alarms.life import Life
from monitoring.alarms.queries import by_urgency
from monitoring.models import AlarmDefinition, AlarmOccurrence
from monitoring.sheet_marks import alarmed_columns
from monitoring.standing import PRIORITIES, Standing, standing_on, tallies_of
from monitoring.tag_limits import limits_of
from simulation.models import Plant
from simulation.tep.variables import LABELS, index_of
from tests.monitoring.alarms.plants import defined, give
from tests.monitoring.alarms.standing import give_return, many_definitions, raise_alarms
from tests.monitoring.pages import HTMX, Page, client_of

HI, HIHI, RATE = "reactor-pressure-hi", "reactor-pressure-hihi", "reactor-pressure-rate"
PRESSURE = index_of("XMEAS(7)")


@pytest.fixture
def alarmed(plant):
    plant.reset(1)
    plant.start()
    give(plant, [{}, {"XMEAS(7)": 2800.0}])
    plant.refresh_from_db()
    raise_alarms(plant, HI, value=2800.0)
    return plant


def mark_on(plant, column=PRESSURE):
    return alarmed_columns(standing_on(plant)).get(column)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(LABELS[:6]), st.sampled_from(PRIORITIES), st.booleans(), st.booleans()
        ),
        max_size=30,
    )
)
def test_a_tag_has_the_sign_of_its_most_urgent_alarm(alarms):
    now = timezone.now()
    made = []
    for tag, priority, active, acknowledged in alarms:
        if not active and acknowledged:
            continue  # nothing is left of it
        one = AlarmOccurrence(
            definition=AlarmDefinition(tag=tag, priority=priority),
            priority=priority,
            last_activated_at=now,
        )
        one.life = Life(active=active, acknowledged=acknowledged)
        made.append(one)
    marks = alarmed_columns(Standing(tuple(by_urgency(made))))
    assert set(marks) == {index_of(one.definition.tag) for one in made}
    for column, mark in marks.items():
        own = [one for one in made if index_of(one.definition.tag) == column]
        asking = [one for one in own if one.asks] or own
        assert mark.asks == own[0].asks or mark.asks
        assert mark.asks == any(one.asks for one in own)
        assert PRIORITIES.index(mark.priority) == min(
            PRIORITIES.index(one.priority) for one in asking
        )


@pytest.mark.django_db
class TestSheet:
    def test_acknowledging_empties_the_sign_and_returning_takes_its_frame(self, alarmed, make_user):
        mark = mark_on(alarmed)
        assert (mark.priority, mark.kind, mark.asks) == ("high", "active", True)
        acknowledging.acknowledge(AlarmOccurrence.objects.get(), by=make_user("operator"))
        mark = mark_on(alarmed)
        assert (mark.kind, mark.asks) == ("active", False)
        viewer = client_of(make_user("viewer"))
        html = viewer.get(f"/plants/{alarmed.pk}/flowsheet/").content.decode()
        assert 'data-alarm="high" data-alarm-kind="active" data-asks="no"' in html
        assert "high alarm, acknowledged: faceplate" in html
        give_return(alarmed, HI)
        assert mark_on(alarmed) is None

    def test_what_returned_before_anybody_saw_it_still_asks(self, alarmed):
        give_return(alarmed, HI)
        mark = mark_on(alarmed)
        assert (mark.kind, mark.asks) == ("returned", True)
        assert mark.words == "high alarm, returned to normal, unacknowledged"

    def test_what_is_kept_from_the_operator_colours_nothing(self, alarmed, make_user):
        definition, user = defined(HI), make_user("engineer")
        until = timezone.now() + timedelta(hours=1)
        shelf.shelve(alarmed, definition, until=until, reason="calibration", by=user)
        assert mark_on(alarmed) is None
        assert tallies_of([alarmed]) == {}
        service.take_out(definition, why="transmitter", by=user)
        assert mark_on(alarmed) is None
        AlarmOccurrence.objects.update(is_out_of_service=False, is_suppressed=True)
        assert mark_on(alarmed) is None

    def test_a_more_urgent_alarm_of_the_tag_takes_its_place(self, alarmed):
        raise_alarms(alarmed, HIHI)
        assert mark_on(alarmed).priority == "critical"

    def test_a_storm_takes_as_many_queries_as_one_alarm(self, alarmed, django_assert_num_queries):
        with django_assert_num_queries(1):
            standing_on(alarmed)
        raise_alarms(alarmed, *many_definitions(60), "detector")
        with django_assert_num_queries(2):
            assert len(standing_on(alarmed).occurrences) == 62
        with django_assert_num_queries(1):
            found = tallies_of([alarmed])
        assert [(t.priority, t.shown) for t in found[alarmed.pk].counts] == [
            ("high", 2),
            ("low", 60),
        ]


@pytest.mark.django_db
def test_the_overview_counts_what_is_shown_and_says_what_nobody_has_acknowledged(
    alarmed, make_user
):
    Plant.objects.create(name="Quiet")
    raise_alarms(alarmed, HIHI)
    viewer = client_of(make_user("viewer"))
    html = viewer.get("/plants/").content.decode()
    assert f"Alarms of {alarmed.name}: 1 critical, 1 high; 2 unacknowledged" in html
    for one in AlarmOccurrence.objects.all():
        acknowledging.acknowledge(one, by=None)
    html = viewer.get("/plants/").content.decode()
    assert "1 critical, 1 high; all acknowledged" in html
    assert 'class="alarm-sign alarm-critical hollow"' in html


@pytest.mark.django_db
class TestFaceplate:
    def faceplate(self, plant, make_user, column=PRESSURE):
        viewer = client_of(make_user("viewer"))
        return viewer.get(f"/plants/{plant.pk}/faceplate/{column}/", **HTMX)

    def test_it_has_every_limit_of_its_tag_and_the_alarm_that_stands(self, alarmed, make_user):
        response = self.faceplate(alarmed, make_user)
        text = Page(response).text("faceplate")
        limits = list(AlarmDefinition.objects.filter(tag="XMEAS(7)"))
        assert len(limits) == len(response.context["limits"])
        for one in limits:
            assert one.get_kind_display() in text
        html = response.content.decode()
        assert f"/alarms/occurrence/{AlarmOccurrence.objects.get().pk}/" in html
        assert 'class="tag-bar"' in html
        assert "HH " in html and "unacknowledged" in text

    def test_it_says_why_a_limit_is_not_watched(self, alarmed, make_user):
        user, until = make_user("engineer"), timezone.now() + timedelta(hours=1)
        service.take_out(defined(HIHI), why="transmitter", by=user)
        shelf.shelve(alarmed, defined(HI), until=until, reason="calibration", by=user)
        response = self.faceplate(alarmed, make_user)
        text = Page(response).text("faceplate")
        assert "out of service : transmitter" in text or "out of service: transmitter" in text
        assert "calibration" in text and "shelved until" in text
        watched = {one.letters: one.is_watched for one in response.context["limits"]}
        assert (watched["HH"], watched["H"], watched["L"]) == (False, False, True)
        assert response.content.decode().count('text class="alarm-limit off"') == 2

    def test_a_definition_of_the_plant_replaces_the_general_one(self, alarmed):
        own = defined(HI)
        own.pk, own.code, own.plant, own.limit = None, "own-hi", alarmed, 2850.0
        own.save()
        high = [one for one in limits_of(alarmed, "XMEAS(7)") if one.letters == "H"]
        assert [one.definition.limit for one in high] == [2850.0]

    def test_a_tag_without_an_alarm_says_so(self, alarmed, make_user):
        column = index_of("XMEAS(40)")
        AlarmDefinition.objects.filter(tag="XMEAS(40)").delete()
        text = Page(self.faceplate(alarmed, make_user, column)).text("faceplate")
        assert "No alarm is defined on it." in text
