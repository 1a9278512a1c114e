"""Reading pages as a browser does, and plants for them to show."""

from html.parser import HTMLParser

from django.test import Client

from monitoring.analysing import analyse_plant
from simulation.models import Plant
from simulation.stepping import Tick, step_plants

SEED = 4651207995
HTMX = {"HTTP_HX_REQUEST": "true"}


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def run_for(plant: Plant, steps: int) -> None:
    """Take steps and analyse them; the plant is running."""
    for _ in range(steps):
        plant.refresh_from_db()
        tick = Tick(plant.pk, plant.current_run_id, plant.step)
        assert step_plants([tick], even_if_early=True) == [plant.pk]
    analyse_plant(plant.pk)
    plant.refresh_from_db()


class Page(HTMLParser):
    """The elements of a page: ids, texts by id, and whatever a strict CSP would refuse."""

    VOID = {"meta", "link", "input", "br", "hr", "img", "rect", "path"}

    def __init__(self, response) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.inline: list[str] = []
        self._open: list[tuple[str, str | None]] = []
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append((tag, found))
        if (tag == "script" and not found.get("src")) or tag == "style":
            self.inline.append(f"<{tag}>")
        self.inline += [
            f"{tag} {name}"
            for name, value in attributes
            if name == "style"
            or name.startswith(("on", "hx-on"))
            or (value or "").startswith("javascript:")
        ]
        if tag not in self.VOID:
            self._open.append((tag, found.get("id")))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self._open.pop()

    def handle_endtag(self, tag):
        while self._open:
            if self._open.pop()[0] == tag:
                return

    def handle_data(self, data):
        for _, identity in self._open:
            if identity:
                self.texts[identity] = self.texts.get(identity, "") + data

    @property
    def ids(self) -> list[str]:
        return [found["id"] for _, found in self.tags if found.get("id")]

    def text(self, identity: str) -> str:
        return " ".join(self.texts.get(identity, "").split())

    def element(self, identity: str) -> dict[str, str | None]:
        return next(found for _, found in self.tags if found.get("id") == identity)

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [found for tag, found in self.tags if tag == name]
