"""Points in time in a user's zone."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from accounts import display
from accounts.moments import STYLES, moment_text, offset_words

ZONES = sorted(display.zone_names())
MOMENTS = st.datetimes(
    datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)
)  # no zone has seconds in its offset then


@given(MOMENTS, st.sampled_from(ZONES))
def test_the_text_alone_tells_the_moment(moment, name):
    text = moment_text(moment, ZoneInfo(name))
    found = re.fullmatch(r"(.{10}) (.{8}) UTC(?:([+−])(\d+)(?::(\d\d))?)?", text)
    assert found, text
    local = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=UTC)
    offset = timedelta(hours=int(found[4] or 0), minutes=int(found[5] or 0))
    back = local - offset if found[3] == "+" else local + offset
    assert back == moment.replace(microsecond=0)


@pytest.mark.parametrize(
    ("day", "words"),
    [(datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), "2026-03-29 01:59:59 UTC+1"),
     (datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC), "2026-03-29 03:00:00 UTC+2")],
)  # fmt: skip
def test_daylight_saving_time_changes_the_offset(day, words):
    assert moment_text(day, ZoneInfo("Europe/Berlin")) == words


def test_the_hour_that_comes_twice_is_told_apart():
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    texts = [
        moment_text(at, ZoneInfo("Europe/Berlin")) for at in (first, first + timedelta(hours=1))
    ]
    assert texts == ["2026-10-25 02:30:00 UTC+2", "2026-10-25 02:30:00 UTC+1"]


def test_offsets_in_words():
    assert offset_words(None) == offset_words(timedelta()) == "UTC"
    assert offset_words(timedelta(hours=5, minutes=30)) == "UTC+5:30"
    assert offset_words(-timedelta(hours=3, minutes=30)) == "UTC−3:30"


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        moment_text(datetime(2026, 1, 1))


@pytest.mark.parametrize("style", STYLES)
def test_the_tag_shows_the_users_zone_and_utc_on_hover(style):
    at = datetime(2026, 11, 28, 20, 0, 5, tzinfo=UTC)
    template = Template("{% load moments %}{% moment at style %}")
    with display.showing(lambda: display.Display(*display.zone_of("Asia/Kolkata"))):
        html = template.render(Context({"at": at, "style": style}))
    assert 'datetime="2026-11-28T20:00:05Z"' in html
    assert 'title="2026-11-28 20:00:05 UTC"' in html
    assert html.endswith(f">{moment_text(at, ZoneInfo('Asia/Kolkata'), style)}</time>")
    assert "UTC+5:30" in html


def test_what_no_request_led_to_is_in_utc():
    html = Template("{% load moments %}{% moment at %}").render(
        Context({"at": datetime(2026, 11, 28, tzinfo=UTC)})
    )
    assert html.endswith(">2026-11-28 00:00:00 UTC</time>")


def test_no_moment_is_a_dash():
    assert Template("{% load moments %}{% moment None %}").render(Context()) == "–"
