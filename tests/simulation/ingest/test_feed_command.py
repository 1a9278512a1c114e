"""`manage.py feed` sends each row until it is stored, and never moves on past one that is not."""

from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from accounts.models import ApiToken
from monitoring import ingest_throttle
from simulation.ingest.senders import Refused, Unreachable, until_answered
from simulation.models import Plant, Reading
from simulation.tep.variables import LABELS
from tests.simulation.ingest.feeds import fed_plant, simulated_rows, write_csv

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.datapath]
ROWS = simulated_rows(60)


@pytest.fixture
def file(tmp_path):
    return write_csv(tmp_path / "rows.csv", list(LABELS), ROWS)


@pytest.fixture(autouse=True)
def fresh_buckets(settings):
    settings.INGEST_RATE = 10_000
    ingest_throttle.BUCKETS.clear()


def feed(file, *arguments: str) -> str:
    out = StringIO()
    call_command("feed", str(file), "--plant", "Outside", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def values_of(plant) -> np.ndarray:
    stored = Reading.objects.filter(run__plant=plant).order_by("run", "step")
    return np.array([reading.values for reading in stored])


def test_direct_it_makes_the_plant_and_stores_every_row(file):
    said = feed(file, "--direct", "--create", "--interval", "0")
    plant = Plant.objects.get(name="Outside")
    assert (plant.source, plant.variables, plant.step, plant.rows) == ("outside", 52, 60, 60)
    assert np.array_equal(values_of(plant), ROWS)
    assert "60 rows stored, 0 were there already; Outside is at step 60" in said


def test_it_goes_on_where_it_stopped(file, tmp_path):
    half = write_csv(tmp_path / "half.csv", list(LABELS), ROWS[:25])
    feed(half, "--direct", "--create", "--interval", "0")
    said = feed(file, "--direct", "--interval", "0", "--batch", "7")
    assert "35 rows stored, 25 were there already" in said
    assert "0 rows stored, 60 were there already" in feed(file, "--direct", "--interval", "0")
    assert np.array_equal(values_of(Plant.objects.get(name="Outside")), ROWS)


def test_another_file_than_the_plant_holds_is_noticed(file, tmp_path):
    feed(file, "--direct", "--create", "--interval", "0")
    other = write_csv(tmp_path / "other.csv", list(LABELS), simulated_rows(60, seed=77))
    with pytest.raises(CommandError, match="Stopped after step 60: Step 60 is stored with"):
        feed(other, "--direct", "--interval", "0")


def test_a_refused_row_ends_it_and_names_row_and_field(file):
    lines = file.read_text().splitlines()
    lines[31] = "n/a," + lines[31].split(",", 1)[1]
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(CommandError, match=r"XMEAS\(1\) must be a number") as stopped:
        feed(file, "--direct", "--create", "--interval", "0", "--batch", "10")
    assert "Stopped after step 30" in str(stopped.value)
    assert len(values_of(Plant.objects.get(name="Outside"))) == 30


def test_without_the_plant_or_a_token_it_says_what_to_do(file):
    with pytest.raises(CommandError, match="Make it with --create"):
        feed(file, "--direct")
    with pytest.raises(CommandError, match=r"manage\.py token"):
        feed(file, "--token", "")


@pytest.fixture
def token(make_user) -> str:
    return ApiToken.issue(make_user("engineer"), "feed")[1]


def test_over_http_it_makes_the_plant_and_stores_every_row(file, live_server, token):
    arguments = ("--url", live_server.url, "--token", token, "--interval", "0", "--batch", "20")
    feed(file, *arguments, "--create")
    plant = Plant.objects.get(name="Outside")
    assert np.array_equal(values_of(plant), ROWS)
    assert "0 rows stored, 60 were there already" in feed(file, *arguments)


def test_over_http_a_paused_plant_and_a_wrong_token_end_it_with_the_servers_words(
    file, live_server, token
):
    fed_plant(52).pause()
    arguments = ("--url", live_server.url, "--interval", "0")
    with pytest.raises(CommandError, match="409: Outside is paused"):
        feed(file, *arguments, "--token", token)
    with pytest.raises(CommandError, match="401: This API token is not known"):
        feed(file, *arguments, "--token", "tep_wrong")


def test_over_http_it_slows_down_to_the_servers_rate_and_loses_nothing(
    file, live_server, token, settings
):
    settings.INGEST_RATE = 2
    said = feed(
        file, "--url", live_server.url, "--token", token, "--create", "--interval", "0",
        "--batch", "6",
    )  # fmt: skip
    assert "60 rows stored" in said
    plant = Plant.objects.get(name="Outside")
    assert np.array_equal(values_of(plant), ROWS)
    assert plant.ingest_counts.get(outcome="too many").count >= 1


def test_a_server_that_is_not_there_is_given_up_on_when_asked_for(file):
    with pytest.raises(CommandError, match="Given up after step 0: ConnectError"):
        feed(file, "--url", "http://127.0.0.1:9", "--token", "t", "--give-up-after", "0")


def test_pauses_grow_and_a_server_that_says_when_is_obeyed():
    answers = iter([Unreachable("gone"), Unreachable("gone"), Unreachable("busy", 7.0), "done"])
    pauses: list[float] = []
    said: list[str] = []

    def act():
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert until_answered(act, pause=pauses.append, tell=said.append) == "done"
    assert pauses == [0.5, 1.0, 7.0]
    assert said == ["gone Trying again.", "busy Trying again.", "Answered again after 8.5 s."]


def test_what_is_refused_is_not_tried_again():
    def act():
        raise Refused("no")

    with pytest.raises(Refused):
        until_answered(act, pause=lambda _: pytest.fail("waited"), tell=print)
