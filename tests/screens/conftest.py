"""A running product with something to see on every page, and a browser for each role."""

import json
import shutil

import pytest

from tests.browser import a_browser
from tests.screens.screens import ROLES
from tests.stack import Stack, manage
from tests.teplive.conftest import prepared  # noqa: F401 - a fixture

PASSWORD = "a-long-word-for-a-role"
_PEOPLE = f"""
from django.contrib.auth.models import Group, User
for role in {ROLES!r}:
    user, _ = User.objects.get_or_create(username=f"screen-{{role}}")
    user.set_password({PASSWORD!r})
    user.save()
    user.groups.add(Group.objects.get(name=role))
"""
#: Three plants beside the live one: in the middle of nothing, tripped, and fed from outside.
_PLANTS = """
from simulation.models import Plant, PlantEvent
from tests.monitoring.pages import run_for
Plant.objects.create(name="Never started")
tripped = Plant.objects.create(name="Tripped")
tripped.reset(4651207995)
tripped.start(by_clock=False)
tripped.inject([6])
while True:
    tripped.refresh_from_db()
    if tripped.state != "running":
        break
    run_for(tripped, 20 if tripped.step < 100 else 1)
Plant.objects.create(name="Fed", source="outside").start()
"""
_IDS = """
import json
from datetime import timedelta
from explainer.models import Explanation
from monitoring.models import Alarm, AlarmOccurrence, EventFrame, PublicLink
from simulation.models import Plant
live = Plant.objects.get(name="TEP 1")
alarm = Alarm.objects.filter(run__plant=live).latest("pk")
print("IDS " + json.dumps({
    "plant": live.pk, "run": live.run.number, "alarm": alarm.pk,
    "explanation": Explanation.objects.filter(alarm=alarm, status="done").latest("pk").pk,
    "event": EventFrame.objects.filter(plant=live).latest("pk").pk,
    "occurrence": AlarmOccurrence.objects.filter(plant=live).latest("pk").pk,
    "other": Plant.objects.filter(current_run__parent__isnull=False).latest("pk").pk,
    "link": PublicLink.issue(live, timedelta(hours=8), name="screens")[1],
    "states": {one.name: one.pk for one in Plant.objects.exclude(name="TEP 1")},
}))
"""


class World:
    """The running product, and the numbers of what is in it."""

    def __init__(self, stack: Stack, ids: dict[str, object]) -> None:
        self.stack, self.ids = stack, ids

    def address(self, path: str, **instead: object) -> str:
        """Where a screen is."""
        return self.stack.url + path.format(**{**self.ids, **instead})


def _python(stack: Stack, code: str) -> str:
    done = manage(stack.data_dir, "shell", "-v", "0", "-c", code)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="package")
def world(prepared, tmp_path_factory):  # noqa: F811
    """A fault, its alarm, explanation, event and note, a twin; the plant is paused then."""
    folder = shutil.copytree(prepared, tmp_path_factory.mktemp("screens") / "data")
    # Figures of the detector are stored: their table is the widest of its page.
    options = ["--runs", "1", "--normal-runs", "1", "--no-diagnosis", "--json"]
    done = manage(folder, "evaluate", *options)
    assert done.returncode == 0, done.stderr
    stack = Stack(folder).start()
    try:
        _python(stack, _PEOPLE)
        stack.request("/api/plants/1/speed", {"interval_seconds": 0.2})
        stack.wait_plant("some normal samples", lambda p: p["analyses"] >= 40, 60)
        stack.request("/api/plants/1/injections", {"idv": 6})
        stack.wait_plant("an explained alarm", lambda p: p["explanations"] >= 1, 60)
        stack.request("/api/plants/1/pause", {})
        stack.request("/api/plants/1/twin", {})
        _python(stack, _PLANTS)
        found = _python(stack, _IDS)
        line = next(line for line in found.splitlines() if line.startswith("IDS "))
        yield World(stack, json.loads(line[4:]))
    finally:
        stack.stop()


@pytest.fixture(scope="package")
def visits(world):
    """Pages of a browser by role, width and theme; each logs in once.

    Ends with this package: the tests after it start browsers and event loops of their own.
    """
    opened = {}
    with a_browser() as browser:

        def visit(role, width=1280, *, dark=False, scripts=True):
            key = (role, width, dark, scripts)
            if key not in opened:
                context = browser.new_context(
                    viewport={"width": width, "height": 900},
                    color_scheme="dark" if dark else "light",
                    java_script_enabled=scripts,
                    reduced_motion="reduce",
                )
                page = context.new_page()
                page.goto(f"{world.stack.url}/accounts/login/")
                page.get_by_label("Username").fill(f"screen-{role}")
                page.get_by_label("Password").fill(PASSWORD)
                page.get_by_role("button", name="Log in").click()
                page.wait_for_url(lambda address: "/accounts/login" not in address)
                opened[key] = page
            return opened[key]

        yield visit
