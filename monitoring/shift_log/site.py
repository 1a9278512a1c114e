"""The site's roster, as the settings give it."""

from zoneinfo import ZoneInfo

from django.conf import settings

from monitoring.shift_log.shifts import Roster, read_starts


def roster() -> Roster:
    """Return the shifts of this site."""
    return Roster(read_starts(settings.SHIFT_STARTS), ZoneInfo(settings.SITE_ZONE))
