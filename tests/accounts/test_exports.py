"""Texts in files that other programs open."""

import re

import markdown
from hypothesis import given
from hypothesis import strategies as st

from accounts.exports import cell, plain, tame
from tests.inputs.payloads import FORMULA, PAYLOADS, Inert

TEXTS = st.text(alphabet=st.sampled_from("ab 1<>&\"'`*_[]()!:/\\#|~{}=+-@\t\n"), max_size=40)
HOSTILE = st.one_of(TEXTS, st.lists(st.sampled_from(PAYLOADS), max_size=3).map(" ".join))


@given(HOSTILE)
def test_a_plain_text_makes_no_element(text):
    html = markdown.markdown(f"said: {plain(text)}")
    assert set(re.findall(r"</?(\w+)", html)) <= {"p"}


@given(HOSTILE)
def test_a_models_markdown_has_no_html_link_or_image(text):
    html = markdown.markdown(f"said: {tame(text)}")
    assert not {"a", "img", "script", "svg", "style", "b", "i"} & set(re.findall(r"<(\w+)", html))
    assert not list(Inert(html).complaints())


def test_lists_and_tables_of_a_model_stay():
    assert "<li>" in markdown.markdown(tame("1. **a** leak\n2. a valve"))


@given(HOSTILE)
def test_no_cell_is_computed_and_none_loses_its_text(text):
    assert not cell(text).startswith(FORMULA)
    assert cell(text).removeprefix("'").endswith(text.removeprefix("'"))
