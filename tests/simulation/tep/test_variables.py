import numpy as np
import pytest

from simulation.tep import (
    IDV,
    LABELS,
    LEGACY_NAMES,
    TRIP_LIMITS,
    XMEAS,
    XMV,
    idv_index,
    index_of,
    initial_state,
    label_of,
    xmeas_index,
    xmv_index,
)


def test_the_tables_are_complete_and_numbered_from_one():
    for table, count in ((XMEAS, 41), (XMV, 12), (IDV, 20)):
        assert [item.number for item in table] == list(range(1, count + 1))
    assert len({item.name for item in (*XMEAS, *XMV)}) == 53


def test_labels_are_the_columns_of_a_row():
    assert len(LABELS) == 53
    assert LABELS[0] == "XMEAS(1)"
    assert LABELS[40:42] == ("XMEAS(41)", "XMV(1)")
    assert LABELS[52] == "XMV(12)"
    assert [index_of(label) for label in LABELS] == list(range(53))
    assert [label_of(column) for column in range(53)] == list(LABELS)
    assert IDV[3].label == "IDV(4)"


def test_labels_are_read_whatever_their_case_and_spaces():
    assert index_of(" xmeas( 7 ) ") == 6
    assert index_of("Xmv(10)") == 50


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("XMEAS(42)", "XMEAS runs from XMEAS(1) to XMEAS(41)"),
        ("XMEAS(0)", "XMEAS runs from XMEAS(1) to XMEAS(41)"),
        ("XMV(13)", "XMV runs from XMV(1) to XMV(12)"),
        ("IDV(4)", "is a disturbance and has no column"),
        ("XMEAS_7", "is not a label"),
        ("", "is not a label"),
        (7, "is not a label"),
    ],
)
def test_a_wrong_label_is_refused_with_its_reason(label, message):
    with pytest.raises(ValueError) as refusal:
        index_of(label)
    assert message in str(refusal.value)


@pytest.mark.parametrize("column", [-1, 53, 1.0, True, "3", None])
def test_a_wrong_column_is_refused(column):
    with pytest.raises(ValueError, match="column"):
        label_of(column)


@pytest.mark.parametrize(("place", "last"), [(xmeas_index, 41), (xmv_index, 12), (idv_index, 20)])
def test_numbers_become_places_and_others_are_refused(place, last):
    assert place(1) == 0
    assert place(np.int64(last)) == last - 1
    for wrong in (0, last + 1, -1):
        with pytest.raises(ValueError, match=f"runs from .* to .*{last}"):
            place(wrong)
    for wrong in (1.0, True, "1", None):
        with pytest.raises(ValueError, match="whole number"):
            place(wrong)


def test_the_legacy_names_are_those_of_the_22_continuous_measurements():
    assert len(LEGACY_NAMES) == 22
    assert LEGACY_NAMES[0] == "A Feed"
    assert LEGACY_NAMES[10] == "Product Sep Temp"
    assert LEGACY_NAMES[21] == "Separator Coolant Temp"
    assert XMEAS[22].legacy_name == "Component A to Reactor"
    assert XMEAS[35].legacy_name == "Component H in Purge"
    assert XMEAS[40].legacy_name == "Component H in Product"


def test_analysers_sample_every_tenth_or_quarter_of_an_hour():
    hours = [x.sample_hours for x in XMEAS]
    assert hours == [0.0] * 22 + [0.1] * 14 + [0.25] * 5


def test_nominal_values_are_the_base_case_and_lie_in_their_ranges():
    state = initial_state()
    for x, found in zip(XMEAS, state.xmeas, strict=True):
        assert found == pytest.approx(x.nominal, rel=1e-3), x.label
    for variable in (*XMEAS, *XMV):
        if variable.operating_range is not None:
            low, high = variable.operating_range
            assert low < variable.nominal < high, variable.label
    assert [v.nominal for v in XMV] == list(state.xmv)


def test_unknown_disturbances_keep_their_secret_from_the_operator():
    assert [d.number for d in IDV if d.kind == "unknown"] == [16, 17, 18, 19, 20]
    assert all(d.true_kind != "unknown" for d in IDV)


def test_the_tables_agree_with_the_reference_tables(shared):
    import json

    table = json.loads((shared / "tep" / "constants.json").read_text())
    assert [x.noise_std for x in XMEAS] == table["noise_std"]
    assert [x.nominal for x in XMEAS] == [x["nominal"] for x in table["xmeas"]]
    assert [v.nominal for v in XMV] == [v["closed_loop_start"] for v in table["xmv"]]
    limits = {limit.quantity: (limit.low, limit.high) for limit in TRIP_LIMITS}
    assert limits["reactor liquid"] == tuple(table["shutdown"]["reactor_liquid_m3"])
    assert limits["separator liquid"] == tuple(table["shutdown"]["separator_liquid_m3"])
    assert limits["stripper liquid"] == tuple(table["shutdown"]["stripper_liquid_m3"])
