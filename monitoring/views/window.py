"""The page of one tag over some steps, by which a citation can be checked by eye."""

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.exports import cell
from monitoring import shown
from monitoring.tag_window import MOST_STEPS, TagWindow, address_of, trend_named
from monitoring.trend_picture import trend_picture
from monitoring.views.dashboard import find_plant
from simulation.models import Plant

#: Rows of the table on the page; the CSV has all.
ROWS_SHOWN = 200
#: More digits than a step or a run can have.
MOST_DIGITS = 9
EXAMPLE = "?run=1&tag=XMV(10)&first=520&last=540"


class NoWindow(Exception):
    """There is nothing to show; the words say why, the remedy what to do."""

    def __init__(self, words: str, remedy: str, status: int) -> None:
        super().__init__(words)
        self.words, self.remedy, self.status = words, remedy, status


@require_safe
def window(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a tag over some steps with what lies around them; its values with `format=csv`."""
    plant = find_plant(pk)
    try:
        found = _found(request, plant)
    except NoWindow as refusal:
        context = {"plant": plant, "refusal": refusal}
        return render(request, "monitoring/window_refused.html", context, status=refusal.status)
    if request.GET.get("format") == "csv":
        return _csv(found)
    steps, values = found.arrays()
    trend, model = found.trend, found.model
    normal = found.normal and (
        shown.number_in_units(found.normal[0], trend.label),
        shown.number_in_units(found.normal[1], trend.label, difference=True),
    )
    picture = trend_picture(
        steps,
        shown.vector_in_units(values, trend.label),
        label=f"{trend.label} {trend.name}",
        unit=shown.unit_in_units(trend.label),
        decimals=shown.decimals_in_units(trend.label),
        normal=normal,
        window=(found.first, found.last),
        span=found.span,
        alarm_step=found.alarm.raised_step if found.alarm else None,
    )
    address = address_of(plant.pk, found.run.number, trend.label, found.first, found.last)
    context = {
        "plant": plant,
        "found": found,
        "trend": trend,
        "model": model,
        "picture": picture,
        "rows": found.cited[:ROWS_SHOWN],
        "decimals": trend.decimals,
        "sd_decimals": trend.decimals + 1,
        "csv_address": f"{address}&format=csv",
    }
    return render(request, "monitoring/window.html", context)


def _found(request: HttpRequest, plant: Plant) -> TagWindow:
    number, first, last = (_number(request, name) for name in ("run", "first", "last"))
    if not 1 <= first <= last:
        raise NoWindow(
            f"Steps {first} to {last} are no window.",
            "Steps count from 1, and the first must not come after the last.",
            400,
        )
    if last - first >= MOST_STEPS:
        raise NoWindow(
            f"Steps {first} to {last} are too many for one page.",
            f"Ask for at most {MOST_STEPS} steps.",
            400,
        )
    trend = trend_named(request.GET.get("tag", ""))
    if trend is None:
        raise NoWindow(
            f"There is no tag «{request.GET.get('tag', '')[:40]}».",
            "Tags are XMEAS(1) to XMEAS(41) and XMV(1) to XMV(12).",
            404,
        )
    run = plant.runs.filter(number=number).first()
    if run is None:
        newest = plant.runs.order_by("-number").values_list("number", flat=True).first()
        raise NoWindow(
            f"{plant.name} has no run {number}.",
            f"Its runs are 1 to {newest}." if newest else "It has never run: start it.",
            404,
        )
    found = TagWindow.of(run, trend, first, last)
    if not found.cited:
        raise NoWindow(
            f"No reading of steps {first} to {last} of run {number} is stored.",
            "Either the run never got there, or old readings have been deleted to save space; "
            "from before an alarm up to the point that raised it they are always kept.",
            404,
        )
    return found


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise NoWindow(
            f"«{name}» must be a whole number, and is «{text[:40]}».",
            f"The address ends like this: {EXAMPLE}",
            400,
        )
    return int(text)


def _csv(found: TagWindow) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = found.trend.label.replace("(", "").replace(")", "")
    response["Content-Disposition"] = (
        f'attachment; filename="run{found.run.number}-{name}-{found.first}-{found.last}.csv"'
    )
    writer = csv.writer(response)
    unit = found.trend.unit
    writer.writerow(["step", "time_h", f"{found.trend.label} {unit}".strip(), "quality", "cited"])
    for one in found.values:
        value = "" if one.value is None else repr(one.value)
        cited = "yes" if one.is_cited else "no"
        writer.writerow([one.step, repr(one.hours), value, cell(one.quality or "good"), cited])
    return response
