"""Points in time as text: to the second, and with the offset that the zone has at that time.

The offset stands instead of an abbreviation: IST is India, Israel or Ireland, many zones have no
abbreviation, and the browser, which writes the same texts (static/js/moments.js), knows others than
the server. "UTC+5:30" is the same everywhere, and changes with daylight saving time by itself.
"""

from datetime import UTC, datetime, timedelta, tzinfo

#: What a style shows. The names of months are not translated by `strftime`, hence the table.
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STYLES = ("full", "short", "clock", "date")


def offset_words(offset: timedelta | None) -> str:
    """Return an offset as "UTC", "UTC+1", "UTC−3:30"."""
    minutes = round((offset or timedelta()).total_seconds() / 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "−"
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def moment_text(moment: datetime, zone: tzinfo = UTC, style: str = "full") -> str:
    """Return a moment in a zone as text. Raises ValueError for a style that is none, or no zone.

    full: 2026-11-28 12:36:50 UTC+1; short: 28 Nov 12:36:50 UTC+1; clock: 12:36:50 UTC+1;
    date: 2026-11-28 UTC+1.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    local = moment.astimezone(zone)
    words = {
        "full": f"{local:%Y-%m-%d %H:%M:%S}",
        "short": f"{local.day} {_MONTHS[local.month - 1]} {local:%H:%M:%S}",
        "clock": f"{local:%H:%M:%S}",
        "date": f"{local:%Y-%m-%d}",
    }
    if style not in words:
        raise ValueError(f"{style!r} is no style of a moment: {', '.join(words)}")
    return f"{words[style]} {offset_words(local.utcoffset())}"
