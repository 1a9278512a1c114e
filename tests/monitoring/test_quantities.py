"""Values on pages in the units that the user has chosen."""

import json

import pytest
from django.template import Context, Template

from accounts import display
from monitoring.units_table import si_table
from simulation.tep.units import conversion_of
from simulation.tep.variables import LABELS

SI = display.Display(units=display.SI)


def rendered(source: str, **context) -> str:
    return Template("{% load quantities %}" + source).render(Context(context))


def in_si(source: str, **context) -> str:
    with display.showing(lambda: SI):
        return rendered(source, **context)


def test_a_value_carries_what_the_page_needs_to_convert_it():
    html = rendered('{% quantity 2705.04 "XMEAS(7)" %}')
    assert html == (
        '<data class="quantity" value="2705.04" data-unit="kPa gauge" data-decimals="1">'
        "2705.0 kPa gauge</data>"
    )


def test_si_is_rendered_by_the_server_and_keeps_the_own_value_beside_it():
    html = in_si('{% quantity 2705.04 "XMEAS(7)" %}')
    assert 'value="2705.04" data-unit="kPa gauge"' in html
    assert html.endswith(">2806365 Pa</data>")


def test_a_difference_has_no_zero_of_its_own():
    assert ">0.50 °C<" in rendered('{% quantity 0.5 "XMEAS(9)" difference=True %}')
    assert ">0.50 K<" in in_si('{% quantity 0.5 "XMEAS(9)" difference=True %}')
    assert ">393.55 K<" in in_si('{% quantity 120.4 "XMEAS(9)" %}')


def test_what_is_rounded_to_nothing_has_no_sign():
    assert ">0.000 kscmh<" in rendered('{% quantity -0.0001 "XMEAS(1)" 3 %}')
    assert ">-0.001 kscmh<" in rendered('{% quantity -0.0009 "XMEAS(1)" 3 %}')


def test_a_table_has_the_unit_in_its_head():
    source = '{% unit_of "XMEAS(2)" %}|{% quantity 3600 "XMEAS(2)" unit=False %}'
    assert ">kg/h<" in rendered(source) and ">3600<" in rendered(source)
    assert ">kg/s<" in in_si(source) and ">1.0000<" in in_si(source)


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_is_not_known_is_a_dash(value):
    assert rendered('{% quantity v "XMEAS(7)" %}', v=value) == "–"


def test_the_table_of_a_page_converts_as_the_server_does():
    table = json.loads(si_table())
    assert len(table["columns"]) == len(LABELS)
    for label, unit in zip(LABELS, table["columns"], strict=True):
        name, factor, offset = table["units"][unit]
        conversion = conversion_of(label)
        assert name.replace("m³", "m3") == conversion.si
        assert factor * 3.7 + offset == conversion.to_si(3.7)
