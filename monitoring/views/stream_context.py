"""What the panels of the feed and of the events show."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from simulation.ingest import Outcome
from simulation.models import Plant, PlantEvent

EVENTS_SHOWN = 10
#: Outcomes that refuse nothing.
_TAKEN = Outcome.STORED | {Outcome.HELD_BACK}


def feed_context(request: HttpRequest, plant: Plant) -> dict[str, Any]:
    """Return the context of `_feed.html`."""
    counts = plant.ingest_counts
    refused = counts.exclude(outcome__in=_TAKEN).exclude(last_at=None)
    return {
        "plant": plant,
        "counts": list(counts.order_by("pk")),
        "refusal": refused.order_by("-last_at").first(),
        "next_step": plant.step + 1,
        "address": request.build_absolute_uri(
            reverse("monitoring_api:ingest", kwargs={"pk": plant.pk})
        ),
        "server": request.build_absolute_uri("/").rstrip("/"),
    }


def events_context(plant: Plant) -> dict[str, Any]:
    """Return the context of `_events.html`: the newest events of all runs."""
    found = PlantEvent.objects.filter(plant=plant).select_related("run")
    return {"plant": plant, "events": found[:EVENTS_SHOWN]}
