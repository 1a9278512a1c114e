"""All checks in the order in which one failure causes the next, and what came out."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from teplive.doctor import broker, database, detector, processes, settings, space, stages, web
from teplive.doctor.examination import Check, Finding


def all_checks(web_url: str | None = None, *, with_web: bool = True) -> list[Check]:
    """Return the checks, causes before what they cause."""
    needs_database = frozenset({database.NAME})
    checks = [
        Check(settings.NAME, settings.look),
        Check(database.NAME, database.look),
        Check(broker.NAME, broker.look),
        Check("beat", processes.look_at_beat, needs_database),
        Check("workers", processes.look_at_workers, frozenset({broker.NAME})),
        Check(detector.NAME, detector.look, needs_database),
        Check(stages.NAME, stages.look, needs_database),
        Check(space.NAME, space.look),
    ]
    if with_web:
        checks.insert(5, Check(web.NAME, partial(web.look, web_url)))
    return checks


@dataclass(frozen=True)
class Report:
    """What the checks found."""

    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, findings: Iterable[Finding]) -> "Report":
        """Return a report on some findings."""
        return cls(tuple(findings))

    @property
    def culprit(self) -> Finding | None:
        """The first failure: what comes later may only be its effect."""
        return next((finding for finding in self.findings if finding.level == "fail"), None)

    @property
    def is_well(self) -> bool:
        """Whether nothing has failed; a warning is no failure."""
        return self.culprit is None

    def as_json(self) -> dict[str, Any]:
        """Return the report for a program."""
        culprit = self.culprit
        return {
            "status": "ok" if culprit is None else "fail",
            "culprit": culprit.as_json() if culprit else None,
            "checks": [finding.as_json() for finding in self.findings],
        }

    def as_text(self) -> str:
        """Return the report as a table, with the culprit and its remedy below."""
        wide = max((len(finding.name) for finding in self.findings), default=0)
        lines = [f"{f.level:<5} {f.name:<{wide}}  {f.said}" for f in self.findings]
        culprit = self.culprit
        if culprit is None:
            warned = sum(finding.level == "warn" for finding in self.findings)
            lines += ["", f"All is well{f', with {warned} warnings' if warned else ''}."]
            remedies = {f"{f.name}: {f.remedy}" for f in self.findings if f.remedy}
            return "\n".join([*lines, *sorted(remedies)])
        lines += ["", f"Culprit: {culprit.name}: {culprit.said}"]
        return "\n".join([*lines, f"Remedy:  {culprit.remedy}"] if culprit.remedy else lines)
