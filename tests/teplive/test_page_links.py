"""The way between the pages of a list."""

import pytest
from django.core.paginator import Paginator
from django.template.loader import render_to_string
from django.test import RequestFactory


def links(number: int, query: str, rows: int = 120) -> str:
    page = Paginator(range(rows), 50).get_page(number)
    request = RequestFactory().get(f"/explanations/?{query}")
    return render_to_string("_pages.html", {"page": page}, request)


def test_they_keep_what_else_the_address_says():
    html = links(2, "truth=no&page=2&text=a%26b")
    assert 'rel="prev" href="?truth=no&amp;page=1&amp;text=a%26b"' in html
    assert 'rel="next" href="?truth=no&amp;page=3&amp;text=a%26b"' in html
    assert "Page 2 of 3" in html


@pytest.mark.parametrize(("number", "without"), [(1, 'rel="prev"'), (3, 'rel="next"')])
def test_the_ends_have_one_way(number, without):
    html = links(number, "")
    assert html.count("<a ") == 1
    assert without not in html


def test_a_list_of_one_page_has_none():
    assert links(1, "", rows=50).strip() == ""
