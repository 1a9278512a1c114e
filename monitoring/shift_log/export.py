"""A shift as a file: CSV of what was written, JSON and Markdown of everything."""

import csv
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpResponse, JsonResponse

from accounts.exports import cell, plain
from monitoring.models import EventFrame, LogEntry
from simulation.models import PlantEvent

_COLUMNS = (
    *("id", "at", "plant", "run", "step", "sim_time_h", "event", "kind", "username", "text"),
    *("withdrawn_at", "withdrawn_by", "withdrawn_why", "taken_over_at", "taken_over_by"),
)


def _safe(value: object) -> object:
    return cell(value) if isinstance(value, str) else value


def _csv(context: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    writer = csv.writer(response)
    writer.writerow(_COLUMNS)
    for entry in context["entries"]:
        told = entry.as_json()
        writer.writerow(["" if told[name] is None else _safe(told[name]) for name in _COLUMNS])
    return response


def _json(context: dict[str, Any]) -> HttpResponse:
    plant, shift = context["plant"], context["shift"]
    return JsonResponse(
        {
            "plant": None if plant is None else {"id": plant.pk, "name": plant.name},
            "start": shift.start.isoformat(),
            "end": shift.end.isoformat(),
            "zone": context["site_zone"],
            "is_over": not context["is_present"],
            "readings": [one.as_json() for one in context["stretches"]],
            "alarms": context["alarms"],
            "events": [_event(one) for one in context["events"].rows],
            "happenings": [
                {**one.as_json(), "plant": one.plant_id} for one in context["happenings"].rows
            ],
            "acts": [one.as_json() for one in context["acts"].rows],
            "left_out": {name: context[name].left_out for name in ("events", "happenings", "acts")},
            "entries": [one.as_json() for one in context["entries"]],
        }
    )


def _event(one: EventFrame) -> dict[str, Any]:
    return {
        "id": one.pk,
        "plant": one.plant_id,
        "run": one.run.number,
        "opened_at": one.opened_at.isoformat(),
        "closed_at": one.closed_at.isoformat() if one.closed_at else None,
        "first_out": str(one.first_out.definition) if one.first_out else None,
    }


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _markdown(context: dict[str, Any]) -> HttpResponse:
    plant, shift = context["plant"], context["shift"]
    lines = [
        f"# Shift log of {plain(plant.name) if plant is not None else 'all plants'}",
        "",
        f"{_time(shift.start)} to {_time(shift.end)}: {shift.hours:g} h by {context['site_zone']}.",
        "",
        "## Written",
        "",
    ]
    lines += [_written(one) for one in context["entries"]] or ["Nothing was written."]
    for title, name, say in _SECTIONS:
        found = context[name]
        lines += ["", f"## {title}", "", *[say(one) for one in found.rows]]
        if not found.rows:
            lines.append("None.")
        if found.left_out:
            lines.append(f"- and {found.left_out} more")
    lines += ["", "## Alarms that asked to be acknowledged", ""]
    lines += [f"- {priority}: {count}" for priority, count in context["alarms"].items()] or [
        "None."
    ]
    if context["stretches"]:
        lines += ["", "## Samples", ""]
        lines += [
            f"- run {one.run.number}, steps {one.first_step} to {one.last_step}: "
            f"{one.readings} stored, {one.missing} missing"
            for one in context["stretches"]
        ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/markdown; charset=utf-8")


def _quoted(text: str) -> str:
    """Return what somebody wrote as code inside the list's entry: Markdown shows it as it is."""
    return "\n".join(f"        {line}" for line in text.splitlines())


def _written(one: LogEntry) -> str:
    where = f", {plain(str(one.plant))}" if one.plant else ""
    hours = "" if one.hours is None else f", {one.hours:.2f} h"
    who, why = plain(one.withdrawn_by), plain(one.withdrawn_why)
    gone = f" (withdrawn by {who}: {why})" if one.is_withdrawn else ""
    return (
        f"- {_time(one.at)}{where}{hours}, {plain(one.username)}, "
        f"{one.get_kind_display()}{gone}:\n\n"
        f"{_quoted(one.text)}\n"
    )


def _told_event(one: EventFrame) -> str:
    end = f"closed {_time(one.closed_at)}" if one.closed_at else "open"
    first = plain(str(one.first_out.definition)) if one.first_out else "not known"
    where = plain(str(one.plant))
    return f"- event {one.pk}, {where}, opened {_time(one.opened_at)}, {end}; first: {first}"


def _told_happening(one: PlantEvent) -> str:
    return (
        f"- {_time(one.at)}, {plain(str(one.plant))}, {one.get_kind_display()}: {plain(one.text)}"
    )


def _told_act(one: Any) -> str:
    who = plain(one.username) or one.get_channel_display()
    sides = plain(" → ".join(filter(None, (one.words_before, one.words_after))))
    return f"- {_time(one.at)}, {plain(one.subject)}, {who}: {one.what}: {sides}".rstrip(": ")


_SECTIONS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("Events", "events", _told_event),
    ("What happened", "happenings", _told_happening),
    ("What was done", "acts", _told_act),
)
FORMATS: dict[str, Callable[[dict[str, Any]], HttpResponse]] = {
    "csv": _csv,
    "json": _json,
    "md": _markdown,
}


def answer(kind: str, context: dict[str, Any]) -> HttpResponse:
    """Return a shift in one of `FORMATS`, to be saved."""
    response = FORMATS[kind](context)
    plant = context["plant"]
    whose = "site" if plant is None else f"plant{plant.pk}"
    name = f"log-{whose}-{context['shift'].start:%Y%m%dT%H%MZ}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
