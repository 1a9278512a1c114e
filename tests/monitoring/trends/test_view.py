"""A trend view is a value: read from an address, written into one, and said plainly if wrong."""

from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.trends.scale import Scale
from monitoring.trends.tags import TAGS, tag_named
from monitoring.trends.view import (
    ALIGNMENTS,
    LAYERS,
    MOST_CHARTS,
    MOST_TRACES,
    SPANS,
    Place,
    Trace,
    View,
    read_view,
)

PLACES = st.builds(Place, st.integers(1, 3), st.none() | st.integers(1, 10**6))
TRACES = st.builds(Trace, st.sampled_from(list(TAGS.values())), st.none() | st.just(Place(2, 5)))
CHARTS = st.lists(
    st.lists(TRACES, min_size=1, max_size=4, unique=True).map(tuple),
    min_size=1,
    max_size=MOST_CHARTS,
).map(tuple)

#: Of the second and the third chart: what was set by hand.
SCALES = st.builds(
    lambda low, more: (None, Scale(low, low + more), Scale(-1.0, 1.0)),
    st.floats(-1e6, 1e6),
    st.floats(0.5, 1e6),
)


@st.composite
def views(draw):
    axis = draw(st.sampled_from(list(SPANS)))
    overlay = draw(st.none() | PLACES) if axis == "process" else None
    start, charts = draw(st.integers(0, 10**6)), draw(CHARTS)
    ends = draw(st.none() | st.just((start / 20, start / 20 + 1)))
    return View(
        place=draw(PLACES),
        charts=charts,
        axis=axis,
        span=draw(st.sampled_from(list(SPANS[axis])))
        if ends is None
        else read_view({"axis": [axis]}).span,
        ends=ends,
        overlay=overlay,
        align=draw(st.sampled_from(list(ALIGNMENTS))) if overlay else "start",
        difference=bool(overlay) and draw(st.booleans()),
        hidden=frozenset(draw(st.sets(st.sampled_from(list(LAYERS))))),
        scales=draw(SCALES) if len(charts) > 2 else (),
    )


def test_ends_of_a_very_long_run_are_written_in_full():
    ends = (9999.05, 10_000.05)
    assert "from=9999.05&to=10000.05" in View(place=Place(1), ends=ends).query()


@given(views())
def test_a_view_survives_its_address(view):
    again = read_view(parse_qs(view.query()))
    assert again == view
    assert not again.errors


@given(
    st.dictionaries(st.text(max_size=12), st.lists(st.text(max_size=40), max_size=4), max_size=8)
)
def test_no_address_is_too_strange_to_be_read(query):
    view = read_view(query)
    assert len(view.traces) <= MOST_TRACES
    assert read_view(parse_qs(view.query())).errors == {} or view.place is None


@pytest.mark.parametrize(
    ("query", "name", "words"),
    [
        ({"chart": ["XMEAS(99)"]}, "chart", "there is no tag «XMEAS(99)»"),
        ({"chart": ["XMEAS(7)@x"]}, "chart", "of another plant: XMEAS(7)@2"),
        ({"chart": [",".join(list(TAGS)[:9])]}, "chart", "Chart 1 has 9 traces; the first 8"),
        ({"chart": ["T2"] * 13}, "chart", "At most 12 charts, 48 traces"),
        ({"chart": [",".join(list(TAGS)[:8])] * 7}, "chart", "At most 12 charts, 48 traces"),
        ({"chart": [f"T2@{i}" for i in range(2, 9)]}, "chart", "4 runs are shown at once"),
        ({"add": ["nonsense"]}, "chart", "There is no tag «nonsense» to add."),
        ({"run": ["2"]}, "run", "A run needs its plant"),
        ({"plant": ["one"]}, "plant", "«one» is no whole number"),
        ({"axis": ["time"]}, "axis", "«time» is none of process, wall"),
        ({"span": ["9h"]}, "span", "«9h» is none of 1h, 4h"),
        ({"from": ["1"]}, "to", "From and to belong together"),
        ({"from": ["5"], "to": ["4"]}, "to", "«to» must be later than «from»"),
        ({"from": ["nan"], "to": ["4"]}, "from", "is no hour like 12.5"),
        ({"axis": ["wall"], "from": ["1e999"], "to": ["x"]}, "from", "is no time like 2026-"),
        ({"overlay": ["a"]}, "overlay", "write plant.run, like 1.4"),
        ({"overlay": ["1.2"], "axis": ["wall"]}, "overlay", "choose process time"),
        ({"difference": ["1"]}, "difference", "needs another run"),
        ({"hide": ["everything"]}, "hide", "is none of operator, alarms"),
        ({"wat": ["1"]}, "address", "means nothing here"),
    ],
)
def test_what_cannot_be_is_said_beside_it_and_the_rest_is_shown(query, name, words):
    view = read_view({"chart": ["XMEAS(7)"]} | query)
    assert words in view.errors[name]
    assert name == "chart" or view.charts == ((Trace(TAGS["XMEAS(7)"]),),)


@pytest.mark.parametrize("text", ["XMEAS(7)", "xmeas 7", "XMEAS_07", " xmeas(7) "])
def test_tags_may_be_written_as_people_write_them(text):
    assert tag_named(text) == TAGS["XMEAS(7)"]


def test_there_is_every_tag():
    assert len(TAGS) == 41 + 12 + 5


@pytest.mark.parametrize(
    ("into", "charts"),
    [
        ("each", ["XMEAS(7)", "XMEAS(8)", "T2"]),
        ("one", ["XMEAS(7)", "XMEAS(8),T2"]),
        ("1", ["XMEAS(7),XMEAS(8),T2"]),
    ],
)
def test_tags_from_the_list_go_where_they_are_wanted(into, charts):
    view = read_view({"chart": ["XMEAS(7)"], "add": ["XMEAS(8)", "T2"], "into": [into]})
    assert [",".join(map(str, chart)) for chart in view.charts] == charts


@pytest.mark.parametrize(
    ("typed", "ends"),
    [
        ("2600..2800", (2600, 2800)),
        ("2600 to 2800", (2600, 2800)),
        ("-5; 5.5", (-5, 5.5)),
        ("-1 -0.5", (-1, -0.5)),
        (".1..1e3", (0.1, 1000)),
    ],
)
def test_a_scale_may_be_typed_in_several_ways(typed, ends):
    view = read_view({"chart": ["XMEAS(7)"], "y1": [typed]})
    assert not view.errors
    assert view.scale_of(0).ends == ends


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("abc", "is no scale"),
        ("2600", "is no scale"),
        ("2600-2800", "is no scale"),
        ("8..3", "lowest comes first"),
        ("3..3", "lowest comes first"),
        ("0..1e30", "goes beyond"),
    ],
)
def test_what_is_no_scale_is_said_and_left_out(typed, words):
    view = read_view({"chart": ["", "XMEAS(7)"], "y2": [typed]})
    assert words in view.errors["y1"]  # an empty row is no chart: the page numbers anew
    assert view.scale_of(0) is None
    assert view.scales_refused == {1: typed}


def test_a_chart_that_is_left_out_takes_its_scale_along():
    query = {"chart": ["T2", "SPE", "RATIO"], "y2": ["0..9"], "y3": ["0..3"]}
    view = read_view(query).without(1)
    assert [view.scale_of(n) and view.scale_of(n).ends for n in range(2)] == [None, (0, 3)]
