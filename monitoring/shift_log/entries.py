"""Writing into the log, withdrawing from it, and handing a shift over."""

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from monitoring.models import EventFrame, LogEntry
from simulation.models import Plant
from simulation.models.actor import actor_of

#: Letters of an entry at most.
MOST_LETTERS = 4000


class LogRefused(Exception):
    """What the log cannot take; the words say why, and what to do instead."""


def write(
    text: str,
    *,
    by: User | AnonymousUser,
    plant: Plant | None = None,
    event: EventFrame | None = None,
    kind: str = LogEntry.Kind.OBSERVATION,
) -> LogEntry:
    """Add an entry, at the step where the plant is now.

    A note about an event is an entry of its plant's log. Raises LogRefused for an empty or endless
    text, and for an event of another plant.
    """
    text = text.strip()
    if not text:
        raise LogRefused(gettext("Nothing was written."))
    if len(text) > MOST_LETTERS:
        raise LogRefused(
            gettext(
                "%(count)s letters are too many: an entry has at most %(most_letters)s. Split it."
            )
            % {"count": len(text), "most_letters": MOST_LETTERS}
        )
    if event is not None:
        if plant is not None and plant.pk != event.plant_id:
            raise LogRefused(gettext("Event %(pk)s belongs to another plant.") % {"pk": event.pk})
        plant = event.plant
    with transaction.atomic():
        entry = LogEntry.objects.create(
            plant=plant,
            run=plant.current_run if plant is not None else None,
            step=plant.step if plant is not None and plant.current_run_id else None,
            event=event,
            kind=kind,
            text=text,
            author=actor_of(by),
            username=by.get_username(),
        )
        audit.record("log-write", entry, by=by, after={"kind": kind, "text": text})
    return entry


def withdraw(entry: LogEntry, why: str, *, by: User | AnonymousUser) -> None:
    """Take an entry back; it stays readable, struck through, with the reason.

    Only its author may, or who may change entries of others. Raises LogRefused.
    """
    why = why.strip()
    if not why:
        raise LogRefused(gettext("Say why it is withdrawn: others have read it."))
    with transaction.atomic():
        found = LogEntry.objects.select_for_update().get(pk=entry.pk)
        if found.author_id != by.pk and not by.has_perm("monitoring.change_logentry"):
            raise LogRefused(
                gettext("It is %(username)s's entry: write one of your own against it.")
                % {"username": found.username}
            )
        if found.is_withdrawn:
            raise LogRefused(
                gettext("%(withdrawn_by)s has withdrawn it already.")
                % {"withdrawn_by": found.withdrawn_by}
            )
        found.withdrawn_at, found.withdrawn_by = timezone.now(), by.get_username()
        found.withdrawn_why = why[:300]
        found.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_why"])
        audit.record("log-withdraw", found, by=by, before={"text": found.text}, comment=why[:300])
    entry.refresh_from_db()


def take_over(entry: LogEntry, *, by: User | AnonymousUser) -> None:
    """Confirm a handover. Raises LogRefused for what is none, one's own, or confirmed already."""
    with transaction.atomic():
        found = LogEntry.objects.select_for_update().get(pk=entry.pk)
        if found.kind != LogEntry.Kind.HANDOVER or found.is_withdrawn:
            raise LogRefused(gettext("Only a handover that holds can be taken over."))
        if found.author_id == by.pk:
            raise LogRefused(
                gettext("Who hands over cannot take over: the next shift confirms it.")
            )
        if found.taken_over_at is not None:
            raise LogRefused(
                gettext("%(taken_over_by)s has taken over already.")
                % {"taken_over_by": found.taken_over_by}
            )
        found.taken_over_at, found.taken_over_by = timezone.now(), by.get_username()
        found.save(update_fields=["taken_over_at", "taken_over_by"])
        audit.record("log-take-over", found, by=by)
    entry.refresh_from_db()
