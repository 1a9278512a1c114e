"""Whether an alarm definition makes sense: what is wrong, by the field that it is about."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from monitoring.models import AlarmDefinition


def what_is_wrong(one: AlarmDefinition) -> dict[str, str]:
    """Return a sentence for each field that makes no sense; none for a definition that does."""
    wrong: dict[str, str] = {}
    if one.kind and one.kind not in one.KINDS_OF.get(one.Source(one.source), ()):
        wrong["kind"] = _("This kind does not belong to the source %(source)s.") % {
            "source": one.source
        }
    if one.source == one.Source.LIMIT and not one.tag:
        wrong["tag"] = _("Choose the tag that the limit is on.")
    elif one.source != one.Source.LIMIT and one.tag:
        wrong["tag"] = _("Only a limit is on a tag.")
    if one.kind in one.BY_READING and "kind" not in wrong:
        if one.limit is None or not math.isfinite(one.limit):
            wrong["limit"] = _("Give the limit.")
        else:
            try:
                one.as_limit()
            except ValueError as error:
                wrong["limit"] = f"{str(error)[:1].upper()}{str(error)[1:]}."
    wrong |= _wrong_suppression(one)
    return wrong or _wrong_order(one)


def _wrong_suppression(one: AlarmDefinition) -> dict[str, str]:
    by_tag = (one.Suppression.TAG_BELOW, one.Suppression.TAG_ABOVE)
    wrong = {}
    if one.suppress_while in by_tag:
        if not one.suppress_tag:
            wrong["suppress_tag"] = _("Choose the tag.")
        if one.suppress_value is None or not math.isfinite(one.suppress_value):
            wrong["suppress_value"] = _("Give the value.")
    elif one.suppress_while == one.Suppression.ALARM_ACTIVE and (
        one.suppress_alarm_id is None or one.suppress_alarm_id == one.pk
    ):
        wrong["suppress_alarm"] = _("Choose another alarm.")
    return wrong


def _wrong_order(one: AlarmDefinition) -> dict[str, str]:
    """LOLO < LO < HI < HIHI among the definitions of one tag for the same plants."""
    ranks = [one.Kind.LOLO, one.Kind.LO, one.Kind.HI, one.Kind.HIHI]
    if one.kind not in ranks or one.limit is None:
        return {}
    own = ranks.index(one.Kind(one.kind))
    definitions = type(one)._default_manager
    beside = definitions.filter(tag=one.tag, plant=one.plant_id, kind__in=ranks)
    for other in beside.exclude(pk=one.pk):
        rank = ranks.index(one.Kind(other.kind))
        if other.limit is None or rank == own:
            continue
        if (own > rank) != (one.limit > other.limit) or one.limit == other.limit:
            above = _("It has to be above that of %(other)s (%(limit)s).")
            below = _("It has to be below that of %(other)s (%(limit)s).")
            values = {"other": other, "limit": f"{other.limit:g}"}
            return {"limit": (above if own > rank else below) % values}
    return {}
