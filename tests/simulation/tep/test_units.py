"""The process's own units and SI."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.tep import constants as k
from simulation.tep.units import CONVERSIONS, conversion_of
from simulation.tep.variables import LABELS, VARIABLES

READINGS = st.floats(-1e6, 1e6, allow_subnormal=False)
GAS_CONSTANT = 8.314462618  # J/(mol K), CODATA 2018


@given(st.sampled_from(list(CONVERSIONS.values())), READINGS, st.booleans())
def test_there_and_back_is_the_same_value(conversion, value, difference):
    there = conversion.to_si(value, difference=difference)
    back = conversion.from_si(there, difference=difference)
    scale = max(abs(value), abs(conversion.offset / conversion.factor))
    assert math.isclose(back, value, rel_tol=1e-12, abs_tol=1e-12 * scale)


@given(st.sampled_from(list(CONVERSIONS.values())), READINGS, READINGS)
def test_a_difference_is_the_difference_of_the_values(conversion, one, other):
    of_values = conversion.to_si(one) - conversion.to_si(other)
    assert math.isclose(
        conversion.to_si(one - other, difference=True),
        of_values,
        rel_tol=1e-9,
        abs_tol=1e-9 * max(1.0, abs(conversion.offset), abs(conversion.to_si(one))),
    )


@given(st.sampled_from(list(CONVERSIONS.values())), READINGS, READINGS)
def test_what_is_larger_stays_larger(conversion, one, other):
    if one < other:
        assert conversion.to_si(one) <= conversion.to_si(other)


@given(st.sampled_from(list(CONVERSIONS.values())), st.integers(0, 5))
def test_the_last_decimal_in_si_is_as_fine_as_the_own_one(conversion, decimals):
    step = 10.0 ** -conversion.decimals(decimals)
    assert step <= conversion.factor * 10.0**-decimals * (1 + 1e-12) or (
        conversion.decimals(decimals) == 0
    )


def test_every_variable_has_a_conversion():
    assert {conversion_of(label).original for label in LABELS} == {v.unit for v in VARIABLES}


def test_a_standard_cubic_metre_is_that_of_an_ideal_gas_at_0_degrees_and_one_atmosphere():
    ideal = 1000.0 * 101_325.0 / (GAS_CONSTANT * 273.15) / 3600.0
    assert CONVERSIONS["kscmh"].factor == pytest.approx(ideal, rel=2e-4)


def test_pressure_is_absolute_as_the_model_has_it():
    mmhg = 3000.0
    gauge = (mmhg - k.ATM_MMHG) / k.ATM_MMHG * k.ATM_KPA
    pascal = mmhg / k.ATM_MMHG * 1000.0 * k.ATM_KPA
    assert CONVERSIONS["kPa gauge"].to_si(gauge) == pytest.approx(pascal, rel=1e-12)


@pytest.mark.parametrize(
    ("label", "value", "si"),
    [
        ("XMEAS(9)", 120.4, 393.55),
        ("XMEAS(2)", 3600.0, 1.0),
        ("XMEAS(14)", 36.0, 0.01),
        ("XMEAS(20)", 341.43, 341_430.0),
        ("XMEAS(23)", 32.188, 0.32188),
        ("XMEAS(8)", 75.0, 75.0),
        ("XMEAS(7)", 2705.0, 2_806_325.0),
    ],
)
def test_values_by_hand(label, value, si):
    assert conversion_of(label).to_si(value) == pytest.approx(si, rel=1e-12)
