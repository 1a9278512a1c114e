"""The plants' readings as JSON, and how an API call names plant, run and page."""

from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.description import PLANT, described, query_of
from accounts.errors import NoSuchThing
from simulation import schemas
from simulation.form_fields import WholeNumberField, in_words
from simulation.models import Plant, Reading, Run
from simulation.tep.variables import LABELS

DEFAULT_LIMIT = 1000
MAX_LIMIT = 10_000
MAX_NUMBER = 2**31 - 1

Row = TypeVar("Row", bound=Model)


class PageForm(forms.Form):
    """Which part of a run is asked for."""

    after = WholeNumberField(
        required=False,
        help_text=_("Only what comes after this step; 0 if not given."),
        min_value=0,
        max_value=MAX_NUMBER,
        error_messages=in_words(
            format_lazy(
                _("after must be a whole number from 0 to {max_number}."), max_number=MAX_NUMBER
            )
        ),
    )
    limit = WholeNumberField(
        required=False,
        help_text=format_lazy(
            _("How many at most; {default_limit} if not given."), default_limit=DEFAULT_LIMIT
        ),
        min_value=1,
        max_value=MAX_LIMIT,
        error_messages=in_words(
            format_lazy(
                _("limit must be a whole number from 1 to {max_limit}."), max_limit=MAX_LIMIT
            )
        ),
    )
    run = WholeNumberField(
        required=False,
        help_text=_("The run's number; the present run if not given."),
        min_value=1,
        max_value=MAX_NUMBER,
        error_messages=in_words(
            format_lazy(
                _("run must be a whole number from 1 to {max_number}."), max_number=MAX_NUMBER
            )
        ),
    )


def page_of(request: Request) -> dict[str, int | None]:
    """Return `after`, `limit` and `run` of the query. Raises ValidationError."""
    form = PageForm(request.query_params)
    if not form.is_valid():
        raise ValidationError(form.errors.as_data())
    page = form.cleaned_data
    page["after"] = page["after"] or 0
    page["limit"] = page["limit"] or DEFAULT_LIMIT
    return page


def plant_named(pk: int) -> Plant:
    """Return a plant. Raises NoSuchThing."""
    plant = Plant.objects.select_related("current_run", "speed_preset").filter(pk=pk).first()
    if plant is None:
        raise NoSuchThing(f"There is no plant {pk}.", "GET /api/status lists the plants.")
    return plant


def run_named(plant: Plant, number: int | None) -> Run | None:
    """Return a run of the plant by its number, the present one without a number.

    None for a plant that never had a run. Raises NoSuchThing.
    """
    if number is None:
        return plant.current_run
    run = plant.runs.filter(number=number).first()
    if run is None:
        last = plant.runs.order_by("-number").values_list("number", flat=True).first()
        hint = f"Its runs are 1 to {last}." if last else "It has not been started yet."
        raise NoSuchThing(f"Plant {plant.pk} has no run {number}.", hint)
    return run


def rows_of(found: "QuerySet[Row]", page: dict[str, Any]) -> tuple[list[Row], bool]:
    """Return the rows after step `after`, at most `limit`, and whether there are more."""
    limit = page["limit"]
    rows = list(found.filter(step__gt=page["after"]).order_by("step")[: limit + 1])
    return rows[:limit], len(rows) > limit


@described(
    "Reading",
    schemas.READINGS,
    parameters=[PLANT, *query_of(PageForm)],
    example=schemas.READINGS_EXAMPLE,
)
@api_view(["GET"])
def readings(request: Request, pk: int) -> Response:
    """Give the readings of a run in order, from after a step on."""
    page = page_of(request)
    plant = plant_named(pk)
    run = run_named(plant, page["run"])
    rows, more = rows_of(Reading.objects.filter(run=run), page)
    return Response(
        {
            "plant": plant.pk,
            "run": run.number if run else None,
            "labels": list(LABELS),
            "units": schemas.UNITS,
            "readings": [reading.as_json() for reading in rows],
            "more": more,
        }
    )
