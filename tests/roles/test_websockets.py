"""Every websocket for everybody: who is let in, from which page, and to which plant."""

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from monitoring.consumers import NO_SUCH_PLANT, NOT_LOGGED_IN
from monitoring.models import PublicLink
from monitoring.routing import websocket_urlpatterns
from simulation.models import Plant
from teplive.asgi import application
from tests.accounts.phones import Phone
from tests.roles.people import EVERYBODY, ROLES, make_user, may

pytestmark = pytest.mark.django_db(transaction=True)
#: As in `addresses.TABLE`.
SOCKETS = {"ws/plants/<int:pk>/": "V", "ws/public/<str:token>/": "*"}
HOST = "testserver"


def make_all() -> tuple[Plant, Plant, PublicLink, str, dict[str, dict[str, str]]]:
    """Two plants, a link to the first, and the headers of everybody's browser."""
    plant, other = (Plant.objects.create(name=name) for name in ("TEP 1", "TEP 2"))
    link, token = PublicLink.issue(plant, timedelta(hours=1), name="hall")
    headers = {"stranger": {}, "link": {"cookie": f"token={token}", "authorization": token}}
    for who in (*ROLES, "unverified"):
        browser = Client()
        browser.force_login(make_user(who))
        key = browser.cookies[settings.SESSION_COOKIE_NAME].value
        headers[who] = {"cookie": f"{settings.SESSION_COOKIE_NAME}={key}"}
    Phone.of(User.objects.get(username="some-unverified"))
    return plant, other, link, token, headers


async def outcome(path: str, headers: dict[str, str], origin: str = f"http://{HOST}"):
    """`in` with the first message, the code of a refusal, or `denied` before the handshake."""
    sent = {"host": HOST, "origin": origin, **headers}
    socket = WebsocketCommunicator(
        application, path, [(name.encode(), value.encode()) for name, value in sent.items()]
    )
    connected, _ = await socket.connect(timeout=10)
    if not connected:
        return "denied"
    message = await socket.receive_output(timeout=10)
    if message["type"] == "websocket.close":
        return message["code"]
    await socket.disconnect()
    return "in"


def test_the_table_names_every_websocket():
    there = {str(one.pattern) for one in websocket_urlpatterns}
    assert there == set(SOCKETS), "add a row to SOCKETS in tests/roles/test_websockets.py"


async def test_everybody_is_let_in_where_the_table_says_so_and_nowhere_else(clean_broker):
    plant, other, link, token, headers = await database_sync_to_async(make_all)()
    wrong = []
    for route, letter in SOCKETS.items():
        path = "/" + route.replace("<int:pk>", str(plant.pk)).replace("<str:token>", token)
        for who in EVERYBODY:
            found = await outcome(path, headers[who])
            if found != ("in" if may(who, letter) else NOT_LOGGED_IN):
                wrong.append(f"{route} for {who}: {found}")
            if await outcome(path, headers[who], "https://elsewhere.example") != "denied":
                wrong.append(f"{route} for {who} from a page of another site")
            if await outcome(path, headers[who], "") != "denied":
                wrong.append(f"{route} for {who} without an origin")
    # A link's token opens its own address and no plant, its own or another.
    for one in (plant, other):
        for path in (f"/ws/plants/{one.pk}/?token={token}", f"/ws/plants/{one.pk}/?run=1&after=0"):
            found = await outcome(path, headers["link"])
            if found != NOT_LOGGED_IN:
                wrong.append(f"{path} with a link's token: {found}")
    if (found := await outcome("/ws/public/" + "x" * 43 + "/", headers["admin"])) != NOT_LOGGED_IN:
        wrong.append(f"a token that is none, for an admin: {found}")
    if (found := await outcome("/ws/plants/999999/", headers["viewer"])) != NO_SUCH_PLANT:
        wrong.append(f"a plant that is none: {found}")
    await database_sync_to_async(PublicLink.objects.filter(pk=link.pk).update)(
        expires_at=link.made_at
    )
    if (found := await outcome(f"/ws/public/{token}/", headers["admin"])) != NOT_LOGGED_IN:
        wrong.append(f"a link that has ended: {found}")
    assert not wrong, "\n".join(wrong)


async def test_a_links_socket_sends_its_own_plant_whatever_is_asked_for(clean_broker):
    plant, other, _, token, _ = await database_sync_to_async(make_all)()
    await database_sync_to_async(plant.reset)(1)
    path = f"/ws/public/{token}/?plant={other.pk}&pk={other.pk}"
    headers = [(b"host", HOST.encode()), (b"origin", f"http://{HOST}".encode())]
    socket = WebsocketCommunicator(application, path, headers)
    assert (await socket.connect(timeout=10))[0]
    while (message := await socket.receive_json_from(timeout=10))["type"] != "frame":
        pass
    assert message["run"] == 1, "the other plant has no run"
    await socket.disconnect()
