"""An alarm as a page tells it: its condition with value, limit and unit, its times, its links."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from monitoring.charts import Trend
from monitoring.models import AlarmDefinition, AlarmOccurrence
from monitoring.shown import figure_text, places, unit_in_units
from monitoring.tag_window import address_of, trend_named

#: Steps before the activation that the trend of an alarm shows.
STEPS_BEFORE = 20


def how_long(span: timedelta) -> str:
    """Return a span in words, with two units at most."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if minutes < 10 and rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def amount(
    value: float | None,
    trend: Trend | None,
    decimals: int | None = None,
    *,
    difference: bool = False,
) -> str:
    """Return a value in the units of the page, with its tag's decimals if none are named."""
    if value is None:
        return ""
    if trend is None:
        return f"{value:.4g}"
    figure = figure_text(value, trend.label, decimals, difference=difference)
    return f"{figure} {unit_in_units(trend.label)}".strip()


def condition_words(definition: AlarmDefinition, value: float | None, limit: float | None) -> str:
    """Return what was judged: kind, value, limit, unit."""
    if limit is None and value is None:
        return definition.get_kind_display()
    trend = trend_named(definition.tag) if definition.tag else None
    difference = definition.is_of_differences
    words = definition.get_kind_display()
    if value is not None:
        words = f"{words}: {amount(value, trend, difference=difference)}"
    if limit is not None:
        words = f"{words}, limit {amount(limit, trend, places(limit), difference=difference)}"
    return words


@dataclass
class Shown:
    """An occurrence on a page."""

    occurrence: AlarmOccurrence
    chattering: int = 0
    claim: int | None = None

    @property
    def key(self) -> int:
        """Its number."""
        return self.occurrence.pk

    @property
    def event(self) -> int | None:
        """The event that it belongs to."""
        return self.occurrence.event_id

    @property
    def begun(self) -> tuple[Any, ...]:
        """The first-out first, then by when it began."""
        one = self.occurrence
        return (not one.is_first_out, one.activated_at.timestamp(), one.pk)

    @property
    def asks(self) -> bool:
        """Whether it asks to be acknowledged."""
        return self.occurrence.asks

    @property
    def priority(self) -> str:
        """Its priority."""
        return self.occurrence.priority

    @property
    def at(self) -> float:
        """When it last became active."""
        return self.occurrence.last_activated_at.timestamp()

    @property
    def seen(self) -> str:
        """What a form carries, so that only what was seen is acknowledged."""
        return f"{self.occurrence.pk}:{self.occurrence.activations}"

    @property
    def condition(self) -> str:
        """The condition with value, limit and unit."""
        one = self.occurrence
        return condition_words(one.definition, one.value, one.limit)

    @property
    def lasted(self) -> str:
        """How long its condition has held, or did hold."""
        one = self.occurrence
        return how_long((one.returned_at or timezone.now()) - one.last_activated_at)

    @property
    def acknowledged_after(self) -> str:
        """How long it took until it was acknowledged; empty where it was not."""
        one = self.occurrence
        if one.acknowledged_at is None or one.announced_at is None:
            return ""
        return how_long(one.acknowledged_at - one.announced_at)

    @property
    def window_address(self) -> str:
        """The page with the trend of its tag around its activation; empty without a tag."""
        one = self.occurrence
        if not one.definition.tag or one.run is None:
            return ""
        last = max(1, one.last_activated_step)
        first = max(1, last - STEPS_BEFORE)
        return address_of(one.plant_id, one.run.number, one.definition.tag, first, last)

    @property
    def faceplate_address(self) -> str:
        """The flow sheet with the faceplate of its tag open; empty without a tag."""
        one = self.occurrence
        trend = trend_named(one.definition.tag) if one.definition.tag else None
        return (
            ""
            if trend is None
            else reverse("monitoring:faceplate", args=[one.plant_id, trend.column])
        )

    def left(self, until: datetime) -> str:
        """Return the time left until a moment."""
        return how_long(until - timezone.now())
