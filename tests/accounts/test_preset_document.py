"""The file of presets: what is written is read back, and what is no such file is told so."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.presets.document import MAX_ROWS, DocumentError, parse, write

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    NAMES,
    st.lists(st.integers(1, 20), max_size=4),
)
ROWS = st.lists(st.dictionaries(NAMES, VALUES, max_size=6), min_size=1, max_size=5)


@given(st.dictionaries(NAMES, ROWS, min_size=1, max_size=3))
def test_what_was_written_is_read_back_in_order(presets):
    rows = parse(write(presets))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    found = {}
    for row in rows:
        found.setdefault(row.kind, []).append(dict(row.values))
    assert found == presets


@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_any_text_is_rows_or_a_sentence(text):
    try:
        assert parse(text)
    except DocumentError as error:
        assert str(error)


def document(**changes) -> str:
    return json.dumps({"format": "teplive-presets", "version": 1, "presets": {}} | changes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Not JSON"),
        ("[]", "no file of presets"),
        ('{"format": "other"}', "no file of presets"),
        (document(version=2), "has version 2; this program reads 1"),
        (document(version=True), "has version True"),
        (document(more=1), "unknown keys: more"),
        (document(presets=[]), "must be an object"),
        (document(presets={}), "holds no presets"),
        (document(presets={"speed": {}}), "must be a list"),
        (document(presets={"speed": [7]}), "is no object"),
        (document(presets={"speed": [{}] * (MAX_ROWS + 1)}), "at most 200"),
        (
            document(presets={"speed": [{"slug": "NaN"}]}).replace('"NaN"', "NaN"),
            "NaN is no number",
        ),
        (document().replace("1", "1e400"), "too large"),
        (document().replace("1", "1" * 5000), "too long"),
        ('{"format": 1, "format": 2}', "given twice"),
        ("[" * 100_000, "nested too deeply"),
        (b"\xff\xfe", "not UTF-8"),
        (" " * 300_000, "larger than 256 kB"),
    ],
)
def test_what_is_no_file_of_presets_is_refused_with_the_reason(text, words):
    with pytest.raises(DocumentError, match=words):
        parse(text)


def test_a_byte_order_mark_does_no_harm():
    rows = parse(b"\xef\xbb\xbf" + document(presets={"speed": [{"slug": "a"}]}).encode())
    assert rows[0].values == {"slug": "a"}
