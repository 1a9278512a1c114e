"""One menu, one order, one set of links and keys on every page of a role."""

import re
from pathlib import Path

import pytest
from django.urls import reverse

from monitoring.templatetags.menu import LAST_PLANT
from simulation.models import Plant
from tests.roles.addresses import TABLE
from tests.roles.asking import path_of
from tests.roles.people import ROLES

pytestmark = pytest.mark.django_db
DOCS = Path(__file__).resolve().parents[2] / "docs" / "pages.md"
MENU = ["Plants", "Flow sheet", "Trends", "Alarms", "Events", "Log", "Explanations"]


def header_of(html: str) -> str:
    """The site's bar of a page; empty for a part of one, or a page of the admin."""
    found = re.search(r'<header class="site">.*?</header>', html, re.DOTALL)
    return found.group() if found else ""


def links_of(header: str) -> list[tuple[str, str]]:
    """Key and words of each link of the menu, in the order of the page."""
    menu = header[header.index("<nav") : header.index("</nav>")]
    return re.findall(r'<a [^>]*data-shortcut="([^"]+)"[^>]*>([^<]+)</a>', menu)


def pages(client, world, who):
    """Every page that somebody can open, with its address."""
    for route, row in TABLE.items():
        if row[0] in ".*" or route.startswith(("api/p", "api/a")):
            continue
        address = path_of(route, world, who)
        response = client.get(address)
        if response.status_code == 200 and "text/html" in response["Content-Type"]:
            header = header_of(response.content.decode())
            if "<nav" in header:
                yield address, header


def test_every_page_of_a_role_has_the_same_menu_and_marks_where_one_is(everybody, world):
    wrong = []
    for who in ROLES:
        first = None
        for address, header in pages(everybody[who], world, who):
            links = links_of(header)
            first = first or links
            if links != first:
                wrong.append(f"{address} for {who}: {links}")
            if header.count('aria-current="page"') != 1:
                wrong.append(f"{address}: {header.count('aria-current=')} are current")
        assert [words for _, words in first[: len(MENU)]] == MENU
        assert ("Audit trail" in [words for _, words in first]) == (who in {"engineer", "admin"})
    assert wrong == []


def test_a_page_that_there_is_not_has_the_same_menu_without_a_mark(everybody, world):
    there = links_of(header_of(everybody["viewer"].get("/plants/").content.decode()))
    missing = everybody["viewer"].get("/plants/999999/")
    assert missing.status_code == 404
    header = header_of(missing.content.decode())
    assert links_of(header) == there
    assert "aria-current" not in header


def test_every_link_of_the_menu_has_a_key_of_its_own_that_is_documented(everybody, world):
    header = header_of(everybody["admin"].get("/plants/").content.decode())
    keys = re.findall(r'data-shortcut="([^"]+)"', header)
    addresses = re.findall(r"<a [^>]*href=", header[header.index("<nav") : header.index("</nav>")])
    assert len(links_of(header)) == len(addresses)
    assert len(set(keys)) == len(keys)
    docs = DOCS.read_text()
    told = dict(re.findall(r"^\| `(g .)` \| ([^|]+?) \|", docs, re.MULTILINE))
    assert dict(links_of(header)) == {
        key: words for key, words in told.items() if key not in {"g s", "g w", "g o"}
    }
    assert set(told) == {key for key in keys if key.startswith("g ")} | {"g s"}


def test_on_a_page_of_no_plant_the_flow_sheet_is_that_of_the_plant_last_looked_at(everybody, world):
    viewer, other = everybody["viewer"], Plant.objects.create(name="Another")

    def sheet(address: str) -> str:
        header = header_of(viewer.get(address).content.decode())
        return re.search(r'<a href="([^"]+)" data-shortcut="g f"', header).group(1)

    session = viewer.session
    session.pop(LAST_PLANT, None)
    session.save()
    assert sheet("/detectors/") == reverse("monitoring:flowsheet", args=[world.plant.pk])
    viewer.get(reverse("monitoring:plant", args=[other.pk]))
    assert sheet("/detectors/") == reverse("monitoring:flowsheet", args=[other.pk])
    other.delete()
    assert sheet("/detectors/") == reverse("monitoring:flowsheet", args=[world.plant.pk])


def test_without_any_plant_the_flow_sheet_leads_to_the_list_of_plants(client, make_user):
    client.force_login(make_user("viewer"))
    header = header_of(client.get("/plants/").content.decode())
    assert f'<a href="{reverse("monitoring:plants")}" data-shortcut="g f"' in header
