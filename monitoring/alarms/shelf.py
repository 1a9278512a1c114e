"""The shelf: alarms that an operator has put away, with a reason and an end."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from monitoring.alarms.board import Board, By, open_board
from monitoring.alarms.definitions import definitions_of
from monitoring.alarms.life import LifeError
from monitoring.alarms.moment import Moment
from monitoring.models import AlarmDefinition, AlarmJournalEntry, Shelving
from simulation.models import Plant

MAX_REASON = 300
Kind = AlarmJournalEntry.Kind


def check_until(until: datetime, now: datetime | None = None) -> None:
    """Refuse an end that has passed or is too far away (ValidationError)."""
    now = now or timezone.now()
    most = settings.SHELVE_HOURS
    if until <= now:
        raise ValidationError(gettext("The end has to lie ahead."), code="past")
    if until > now + timedelta(hours=most, seconds=5):
        raise ValidationError(
            gettext("An alarm can be shelved for %(most)s h at most.") % {"most": f"{most:g}"},
            code="too_long",
        )


def shelve(
    plant: Plant, definition: AlarmDefinition, *, until: datetime, reason: str, by: By
) -> Shelving:
    """Put an alarm of a plant away until a moment.

    Raises ValidationError for an end or a reason that will not do, LifeError for an alarm that is
    away already.
    """
    check_until(until)
    if not reason.strip():
        raise ValidationError(gettext("Say why it is shelved."), code="required")
    if definition.pk not in {one.pk for one in definitions_of(plant)}:
        raise LifeError(
            gettext("%(definition)s is no alarm of %(plant)s.")
            % {"definition": definition, "plant": plant},
            gettext("Choose one of this plant."),
        )
    if not definition.in_service:
        raise LifeError(
            gettext("%(definition)s is out of service.") % {"definition": definition},
            gettext("It need not be shelved."),
        )
    with open_board(plant.pk) as board:
        if board is None:
            raise LifeError(
                gettext("%(plant)s is gone.") % {"plant": plant}, gettext("Choose another plant.")
            )
        moment = Moment.of(board.plant, f"Until {until:%Y-%m-%d %H:%M} UTC.")
        board.shelve(definition, moment, by, reason[:MAX_REASON])
        made = Shelving.objects.create(
            plant=plant,
            definition=definition,
            by_id=by.pk if isinstance(by, AbstractBaseUser) else None,
            reason=reason[:MAX_REASON],
            shelved_at=moment.at,
            until=until,
        )
        audit.record(
            "alarm-shelve",
            plant,
            by=by,
            after={"alarm": definition.code, "until": until.isoformat()},
            comment=made.reason,
        )
    return made


def unshelve(shelving: Shelving, *, by: By) -> Shelving:
    """Take an alarm off the shelf. Raises LifeError for one that is not there."""
    with open_board(shelving.plant_id) as board:
        shelving.refresh_from_db()
        if board is None or shelving.ended_at is not None:
            raise LifeError(
                gettext("The alarm is not shelved any more."), gettext("Nothing needs to be done.")
            )
        moment = Moment.of(board.plant)
        _take_off(board, shelving, moment, Kind.UNSHELVED, by)
        audit.record(
            "alarm-unshelve",
            board.plant,
            by=by,
            before={"alarm": shelving.definition.code, "until": shelving.until.isoformat()},
        )
    return shelving


def take_off_what_is_due(board: Board, moment: Moment) -> None:
    """Take off the shelf what has been there for its time."""
    due = Shelving.objects.filter(plant=board.plant, ended_at__isnull=True, until__lte=moment.at)
    for shelving in due.select_related("definition"):
        _take_off(board, shelving, moment, Kind.SHELVING_EXPIRED, None)


def _take_off(board: Board, shelving: Shelving, moment: Moment, kind: str, by: By) -> None:
    shelving.ended_at = moment.at
    shelving.ended_by_id = by.pk if isinstance(by, AbstractBaseUser) else None
    shelving.save(update_fields=["ended_at", "ended_by"])
    board.unshelve(shelving.definition, moment, kind, by)
