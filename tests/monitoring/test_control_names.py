"""Every control of the plant panel and of a faceplate has a name, and the Tab key stops at it."""

from collections import Counter
from html.parser import HTMLParser

import pytest

from simulation import by_hand
from simulation.tep.variables import index_of
from tests.monitoring.pages import HTMX, client_of, run_for

pytestmark = pytest.mark.django_db
CONTROLS = {"a", "button", "input", "select", "summary", "textarea"}


class Names(HTMLParser):
    """The controls of a part of a page, each with its accessible name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.controls: list[dict[str, str]] = []
        self.labels: dict[str, str] = {}
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = {name: value or "" for name, value in attrs} | {"tag": tag, "text": ""}
        if tag in CONTROLS and found.get("type") != "hidden":
            self.controls.append(found)
        if tag not in {"input", "br", "img", "path", "rect", "line"}:
            self._open.append((tag, found))

    def handle_endtag(self, tag):
        while self._open:
            name, found = self._open.pop()
            if name == "label":
                self.labels[found.get("for", "")] = found["text"]
            if name == tag:
                return

    def handle_data(self, data):
        for _, found in self._open:
            found["text"] += data

    def name_of(self, control: dict[str, str]) -> str:
        typed = control["tag"] in {"input", "select", "textarea"}
        name = self.labels.get(control.get("id", ""), "") if typed else control["text"]
        return " ".join((control.get("aria-label") or name).split())


@pytest.fixture
def held(plant):
    """Something of everything that the panel can offer: faults, hands and plans, with an undo."""
    plant.start()
    run_for(plant, 2)
    plant.inject([6])
    plant.inject([4], start_after_hours=1.0)
    by_hand.take(plant, by_hand.VALVE, 9, 44.0)
    by_hand.take(plant, by_hand.VALVE, 10, 44.0, start_after_hours=1.0)
    by_hand.take(plant, by_hand.VALVE, 10, 45.0, start_after_hours=2.0)
    by_hand.take(plant, by_hand.SETPOINT, 17, 70.0)
    return plant


def part(make_user, plant, what: str) -> Names:
    client = client_of(make_user("engineer"))
    address = f"/plants/{plant.pk}/controls/"
    if what != "panel":
        address = f"/plants/{plant.pk}/faceplate/{index_of(what)}/"
    return Names(client.get(address, **HTMX).content.decode())


@pytest.mark.parametrize("what", ["panel", "XMV(9)", "XMV(10)", "XMEAS(8)"])
def test_every_control_has_a_name_and_the_tab_key_stops_at_it(make_user, held, what):
    names = part(make_user, held, what)
    assert len(names.controls) > (150 if what == "panel" else 5)
    for control in names.controls:
        assert names.name_of(control), control
        assert "tabindex" not in control, control
        assert control["tag"] != "a" or control.get("href"), control


@pytest.mark.parametrize("what", ["panel", "XMV(10)"])
def test_no_two_buttons_are_read_out_alike(make_user, held, what):
    names = part(make_user, held, what)
    read = Counter(names.name_of(one) for one in names.controls if one["tag"] == "button")
    assert [name for name, count in read.items() if count > 1] == []
