"""What a text names becomes a link: tags, alarms, events, explanations. All else is escaped."""

import re
from collections.abc import Iterator

from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from monitoring.tag_window import address_of
from simulation.models import Run
from simulation.tep.variables import LABELS

#: A tag's link shows so many steps on either side of where the plant was.
AROUND = 20
#: More digits than a number of a row has.
NAMED = re.compile(
    r"(?P<tag>XMEAS\(\d{1,2}\)|XMV\(\d{1,2}\))"
    r"|(?P<kind>alarm|event|explanation)\s+(?P<number>\d{1,9})\b",
    re.IGNORECASE,
)
_PAGES = {"alarm": "monitoring:alarm", "event": "event", "explanation": "explainer:explanation"}


def linked(text: str, run: Run | None, step: int | None) -> SafeString:
    """Return the text as HTML.

    A tag leads to its window around `step` of `run`, where there is one; "alarm 12", "event 3" and
    "explanation 5" to their pages. Line breaks stay (CSS keeps them).
    """
    return mark_safe("".join(_parts(text, run, step)))  # noqa: S308 - each part is escaped


def _parts(text: str, run: Run | None, step: int | None) -> Iterator[str]:
    last = 0
    for found in NAMED.finditer(text):
        yield conditional_escape(text[last : found.start()])
        address = _address(found, run, step)
        name = found.group()
        yield (
            format_html('<a href="{}">{}</a>', address, name)
            if address
            else conditional_escape(name)
        )
        last = found.end()
    yield conditional_escape(text[last:])


def _address(found: re.Match[str], run: Run | None, step: int | None) -> str:
    if found["kind"]:
        return reverse(_PAGES[found["kind"].lower()], args=[int(found["number"])])
    label = found["tag"].upper()
    if run is None or not step or label not in LABELS:
        return ""
    return address_of(run.plant_id, run.number, label, max(1, step - AROUND), step)
