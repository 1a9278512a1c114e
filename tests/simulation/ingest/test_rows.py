"""A row from outside is read as it is meant, or refused with every problem named."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.ingest.rows import PRECEDENCE, RowRefused, column_named, parse_row
from simulation.tep.variables import LABELS, LEGACY_NAMES, XMEAS, XMV
from tests.simulation.ingest.feeds import labelled, named, simulated_rows

NAMES = [*LABELS, *(v.legacy_name for v in (*XMEAS, *XMV)), *(f"XMEAS_{n}" for n in range(1, 42))]


def problems_of(row, variables=22, **options) -> dict[str, list[str]]:
    with pytest.raises(RowRefused) as refused:
        parse_row(row, variables, **options)
    return refused.value.by_field


def test_the_earlier_systems_22_names_fill_the_first_22_columns():
    values = simulated_rows(1)[0]
    parsed = parse_row(named(values), 22)
    assert np.array_equal(parsed[:22], values[:22])
    assert np.isnan(parsed[22:]).all()


def test_all_names_of_all_variables_are_different():
    assert len({column_named(v.legacy_name) for v in (*XMEAS, *XMV)}) == len(LABELS)


@pytest.mark.parametrize("variables", [22, 33, 52])
def test_labels_keep_their_values_to_the_bit(variables):
    values = simulated_rows(1)[0]
    row = labelled(values, variables)
    parsed = parse_row(row, variables)
    for label, value in row.items():
        assert parsed[LABELS.index(label)] == value
    assert np.isfinite(parsed).sum() == variables


def test_a_known_variable_beyond_the_required_ones_is_kept():
    parsed = parse_row(
        named(simulated_rows(1)[0]) | {"XMV(10)": 41.5, "Component A in Purge": 33}, 22
    )
    assert (parsed[LABELS.index("XMV(10)")], parsed[LABELS.index("XMEAS(29)")]) == (41.5, 33.0)


@pytest.mark.parametrize(
    "name",
    ["XMEAS(7)", "XMEAS_7", "xmeas_07", "XMEAS 7", "Reactor Pressure", " reactor  pressure "],
)
def test_a_name_may_be_written_in_several_ways(name):
    assert column_named(name) == 6


@pytest.mark.parametrize(
    "name", ["", "XMEAS(0)", "XMEAS(42)", "XMV_13", "IDV_1", "Reactor", "x" * 1000]
)
def test_other_names_are_nobodys(name):
    assert column_named(name) is None


def test_every_missing_variable_is_named():
    row = named(simulated_rows(1)[0])
    del row["Reactor Level"], row["A Feed"]
    assert problems_of(row) == {
        "XMEAS(1)": ["XMEAS(1) (A Feed) is missing."],
        "XMEAS(8)": ["XMEAS(8) (Reactor Level) is missing."],
    }


def test_null_is_missing_where_required_and_no_value_elsewhere():
    row = named(simulated_rows(1)[0])
    assert math.isnan(parse_row(row | {"XMV(1)": None}, 22)[LABELS.index("XMV(1)")])
    assert list(problems_of(row | {"A Feed": None})) == ["XMEAS(1)"]


def test_a_misspelt_name_is_answered_with_the_nearest_and_counted_as_unknown():
    row = named(simulated_rows(1)[0])
    row["Reactor Presure"] = row.pop("Reactor Pressure")
    with pytest.raises(RowRefused) as refused:
        parse_row(row, 22)
    assert "Did you mean Reactor Pressure?" in refused.value.by_field["Reactor Presure"][0]
    assert refused.value.kind == "unknown"


def test_a_disturbance_is_told_to_be_no_measurement():
    found = problems_of(named(simulated_rows(1)[0]) | {"IDV_4": 1, "XMEAS_99": 1})
    assert "disturbance" in found["IDV_4"][0]
    assert "from 1 to 41" in found["XMEAS_99"][0]


def test_many_unknown_names_are_counted_instead_of_listed():
    found = problems_of(named(simulated_rows(1)[0]) | {f"sensor {n}": n for n in range(1000)})
    assert len(found) == 21
    assert found["(more)"] == ["And 980 more unknown names."]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 10**400])
def test_a_value_that_is_not_finite_is_refused(value):
    row = named(simulated_rows(1)[0]) | {"A Feed": value}
    assert list(problems_of(row)) == ["A Feed"]
    with pytest.raises(RowRefused) as refused:
        parse_row(row, 22)
    assert refused.value.kind == "not finite"


@pytest.mark.parametrize("value", [True, False, "0.25", "", "abc", [0.25], {"v": 0.25}])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(RowRefused) as refused:
        parse_row(named(simulated_rows(1)[0]) | {"A Feed": value}, 22)
    assert refused.value.kind == "not numeric"


@pytest.mark.parametrize(
    ("text", "number"), [("0.25", 0.25), (" 1e-3 ", 1e-3), ("-.5", -0.5), ("+7", 7)]
)
def test_text_is_a_number_where_the_source_knows_text_alone(text, number):
    row = named(simulated_rows(1)[0]) | {"A Feed": text}
    assert parse_row(row, 22, text_ok=True)[0] == number


@pytest.mark.parametrize("text", ["0,25", "1_000", "0x10", "", "1 2", "١"])
def test_text_that_writes_no_number_is_refused_everywhere(text):
    row = named(simulated_rows(1)[0]) | {"A Feed": text}
    assert list(problems_of(row, text_ok=True)) == ["A Feed"]


@pytest.mark.parametrize("text", ["nan", "-inf", "Infinity", "1e999"])
def test_text_that_is_not_finite_is_refused_as_that(text):
    with pytest.raises(RowRefused) as refused:
        parse_row(named(simulated_rows(1)[0]) | {"A Feed": text}, 22, text_ok=True)
    assert refused.value.kind == "not finite"


def test_a_variable_given_under_two_names_is_refused():
    found = problems_of(named(simulated_rows(1)[0]) | {"XMEAS(7)": 2700.0})
    assert found == {
        "XMEAS(7)": ["XMEAS(7) is given twice, as 'Reactor Pressure' and as 'XMEAS(7)'."]
    }


anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just([]),
    st.integers(10**308, 10**320),
)  # fmt: skip


@given(
    row=st.dictionaries(
        st.one_of(st.sampled_from(NAMES), st.text(max_size=12)), anything, max_size=60
    ),
    variables=st.sampled_from([22, 33, 52]),
    text_ok=st.booleans(),
)
def test_whatever_comes_is_read_exactly_or_refused_with_reasons(row, variables, text_ok):
    try:
        values = parse_row(row, variables, text_ok=text_ok)
    except RowRefused as refused:
        assert refused.problems
        assert refused.kind in PRECEDENCE
        assert all(p.field.isascii() and p.message.isascii() for p in refused.problems)
        return
    assert np.isfinite(values).sum() == sum(value is not None for value in row.values())
    assert np.isfinite(values[:22]).all()


@given(
    values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=22, max_size=22),
    order=st.permutations(range(22)),
)
def test_the_order_of_the_names_does_not_matter(values, order):
    row = {LEGACY_NAMES[i]: values[i] for i in order}
    assert parse_row(row, 22)[:22].tolist() == values
