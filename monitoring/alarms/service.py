"""An engineer takes an alarm out of service, for every plant that it holds for, and back."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from monitoring.alarms.board import By, open_board
from monitoring.alarms.definitions import holding_for
from monitoring.alarms.life import LifeError
from monitoring.alarms.moment import Moment
from monitoring.models import AlarmDefinition, AlarmJournalEntry

MAX_REASON = 300
_FIELDS = [
    *("in_service", "out_of_service_why", "out_of_service_by"),
    *("out_of_service_since", "out_of_service_until"),
]


def take_out(
    definition: AlarmDefinition, *, why: str, by: By, until: datetime | None = None
) -> AlarmDefinition:
    """Take a definition out of service; nothing judges it until it is back.

    Raises ValidationError for a reason or an end that will not do, LifeError for one that is out
    already.
    """
    if not why.strip():
        raise ValidationError(gettext("Say why it is taken out of service."), code="required")
    if until is not None and until <= timezone.now():
        raise ValidationError(gettext("The end has to lie ahead."), code="past")
    with transaction.atomic():
        one = _locked(definition)
        if not one.in_service:
            raise LifeError(
                gettext("%(one)s is out of service already.") % {"one": one},
                gettext("Nothing needs to be done."),
            )
        before = _facts(one)
        one.in_service, one.out_of_service_why = False, why[:MAX_REASON]
        one.out_of_service_by_id = by.pk if isinstance(by, AbstractBaseUser) else None
        one.out_of_service_since, one.out_of_service_until = timezone.now(), until
        one.save(update_fields=_FIELDS)
        for plant in holding_for(one):
            with open_board(plant.pk) as board:
                if board is not None:
                    board.out_of_service(one, Moment.of(board.plant, one.out_of_service_why))
        _write_down(one, AlarmJournalEntry.Kind.OUT_OF_SERVICE, by, one.out_of_service_why)
        audit.record(
            "alarm-out-of-service",
            one,
            by=by,
            before=before,
            after=_facts(one),
            comment=one.out_of_service_why,
        )
    return one


def put_back(definition: AlarmDefinition, *, by: By, comment: str = "") -> AlarmDefinition:
    """Return a definition to service; its condition is judged anew, from the next reading on.

    Raises LifeError for one that is in service, or that cannot work.
    """
    with transaction.atomic():
        one = _locked(definition)
        if one.in_service:
            raise LifeError(
                gettext("%(one)s is in service.") % {"one": one},
                gettext("Nothing needs to be done."),
            )
        if one.cannot_work:
            raise LifeError(f"{one}: {one.cannot_work}", gettext("Change its limit first."))
        before = _facts(one)
        one.in_service, one.out_of_service_why = True, ""
        one.out_of_service_by = one.out_of_service_since = one.out_of_service_until = None
        one.save(update_fields=_FIELDS)
        for plant in holding_for(one):
            with open_board(plant.pk) as board:
                if board is not None:
                    board.return_to_service(one, Moment.of(board.plant))
        _write_down(one, AlarmJournalEntry.Kind.IN_SERVICE, by, comment)
        audit.record(
            "alarm-in-service", one, by=by, before=before, after=_facts(one), comment=comment
        )
    return one


def return_what_is_due() -> None:
    """Return to service what was taken out for a time that is over."""
    due = AlarmDefinition.objects.filter(
        in_service=False, out_of_service_until__lte=timezone.now(), cannot_work=""
    )
    for definition in due:
        put_back(definition, by=None, comment="The time was over.")


def _locked(definition: AlarmDefinition) -> AlarmDefinition:
    return AlarmDefinition.objects.select_for_update().get(pk=definition.pk)


def _facts(one: AlarmDefinition) -> dict[str, Any]:
    until = one.out_of_service_until
    return {
        "in_service": one.in_service,
        "why": one.out_of_service_why,
        "until": until.isoformat() if until else None,
    }


def _write_down(one: AlarmDefinition, kind: str, by: By, comment: str) -> None:
    """Note it once for all the plants, whether or not something stands there."""
    user = by if isinstance(by, AbstractBaseUser) else None
    AlarmJournalEntry.objects.create(
        plant=one.plant,
        at=timezone.now(),
        kind=kind,
        definition=one,
        code=one.code,
        name=one.name,
        tag=one.tag,
        source=one.source,
        priority=one.priority,
        by_id=user.pk if user else None,
        username=user.get_username() if user else "",
        comment=comment,
    )


def change(definition: AlarmDefinition, values: dict[str, Any], *, by: By) -> AlarmDefinition:
    """Change fields of a definition, used from the next reading on. Raises ValidationError."""
    with transaction.atomic():
        one = _locked(definition)
        before = {name: getattr(one, name) for name in values}
        for name, value in values.items():
            setattr(one, name, value)
        one.full_clean()
        one.save()
        audit.record("alarmdefinition-change", one, by=by, before=before, after=values)
    return one
