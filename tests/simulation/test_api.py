"""The readings over the API: in order, page by page, run by run."""

import pytest

from simulation.models import Reading
from simulation.stepping import Tick, step_plants
from simulation.tep.variables import LABELS, XMEAS
from tests.accounts.callers import Caller, assert_says

pytestmark = pytest.mark.django_db
SEED = 4651207995


def take(plant, steps: int) -> None:
    for _ in range(steps):
        plant.refresh_from_db()
        assert step_plants([Tick(plant.pk, plant.current_run_id, plant.step)], even_if_early=True)
    plant.refresh_from_db()


@pytest.fixture
def viewer(make_user):
    return Caller(make_user("viewer"))


@pytest.fixture
def path(plant) -> str:
    return f"/api/plants/{plant.pk}/readings"


@pytest.fixture
def with_twelve(plant):
    """A plant that has taken twelve samples."""
    plant.reset(SEED)
    plant.start()
    take(plant, 12)
    return plant


def steps_in(answer: dict) -> list[int]:
    return [reading["step"] for reading in answer["readings"]]


def test_all_readings_come_in_order_with_labels_and_units(viewer, with_twelve, path):
    answer = viewer.get(path).json()
    assert steps_in(answer) == list(range(1, 13))
    assert answer["plant"] == with_twelve.pk
    assert answer["run"] == with_twelve.run.number
    assert answer["more"] is False
    assert answer["labels"] == list(LABELS)
    assert len(answer["units"]) == len(LABELS) == 53
    assert answer["units"][:41] == [x.unit for x in XMEAS]
    assert set(answer["units"][41:]) == {"%"}


def test_a_reading_is_given_to_the_last_bit(viewer, with_twelve, path):
    [given] = viewer.get(path, after=11).json()["readings"]
    stored = Reading.objects.get(run=with_twelve.run, step=12)
    assert given["values"] == stored.values.tolist()
    assert given["sim_time_h"] == pytest.approx(0.6)


def test_the_pages_of_a_run_hold_each_reading_once(viewer, with_twelve, path):
    seen, after, more = [], 0, True
    while more:
        answer = viewer.get(path, after=after, limit=5).json()
        seen += steps_in(answer)
        after, more = seen[-1], answer["more"]
    assert seen == list(range(1, 13))


@pytest.mark.parametrize(
    ("query", "steps", "more"),
    [
        ({"limit": 12}, list(range(1, 13)), False),
        ({"limit": 11}, list(range(1, 12)), True),
        ({"after": 12}, [], False),
        ({"after": 10_000}, [], False),
        ({"after": 3, "limit": 1}, [4], True),
        ({"limit": 10_000}, list(range(1, 13)), False),
        ({"after": ""}, list(range(1, 13)), False),
    ],
)
def test_a_page_ends_where_it_says(viewer, with_twelve, path, query, steps, more):
    answer = viewer.get(path, **query).json()
    assert (steps_in(answer), answer["more"]) == (steps, more)


def test_the_readings_of_an_earlier_run_stay(viewer, with_twelve, path):
    first = with_twelve.run.number
    with_twelve.reset(SEED)
    take(with_twelve, 2)
    assert steps_in(viewer.get(path).json()) == [1, 2]
    assert viewer.get(path).json()["run"] == first + 1
    assert len(steps_in(viewer.get(path, run=first).json())) == 12


def test_a_plant_that_was_never_started_has_none(viewer, plant, path):
    answer = viewer.get(path).json()
    assert (answer["run"], answer["readings"], answer["more"]) == (None, [], False)


def test_a_run_that_is_not_there_is_named_with_those_that_are(viewer, with_twelve, path):
    last = with_twelve.run.number
    assert_says(viewer.get(path, run=7), 404, "has no run 7.", f"Its runs are 1 to {last}.")


def test_a_run_of_a_plant_that_was_never_started(viewer, plant, path):
    assert_says(viewer.get(path, run=1), 404, "has no run 1.", "not been started")


@pytest.mark.parametrize("listing", ["readings", "analyses", "injections", "alarms"])
@pytest.mark.parametrize("name", ["after", "limit", "run"])
@pytest.mark.parametrize(
    "value", ["x", "-1", "1.5", "1e3", "nan", "9" * 30, "9" * 5000, "\x00", "٣x"]
)
def test_a_number_that_is_none_is_refused(viewer, plant, listing, name, value):
    answer = viewer.get(f"/api/plants/{plant.pk}/{listing}", **{name: value})
    body = assert_says(answer, 400, f"{name} must be a whole number from")
    assert list(body["fields"]) == [name]


@pytest.mark.parametrize(("name", "value"), [("limit", 0), ("limit", 10_001), ("run", 0)])
def test_a_number_out_of_range_is_refused(viewer, plant, path, name, value):
    assert_says(viewer.get(path, **{name: value}), 400, f"{name} must be a whole number from 1 to")


def test_a_long_page_takes_few_queries(viewer, with_twelve, path, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        viewer.get(path)
