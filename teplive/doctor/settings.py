"""Whether the settings can be used: Django's and our own system checks."""

from django.core import checks as system_checks

from teplive.doctor.examination import Finding, Level

NAME = "settings"


def look() -> list[Finding]:
    """Run the system checks that need no database; those for a server on the net are not asked."""
    found = [message for message in system_checks.run_checks() if not message.is_silenced()]
    if not found:
        return [Finding(NAME, "ok", "the system checks find nothing")]
    return [
        Finding(NAME, _level(message), f"{message.id}: {message.msg}", message.hint or "")
        for message in found
    ]


def _level(message: system_checks.CheckMessage) -> Level:
    return "fail" if message.level >= system_checks.ERROR else "warn"
