"""What the commands that judge detectors share: options, and models that may have to be made."""

import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser

from monitoring.detectors import DETECTORS
from monitoring.detectors.limits import checked_alpha
from monitoring.detectors.persistence import PersistenceRule
from monitoring.management.database import make_ready
from monitoring.models import DetectorModel, DiagnosisModel
from monitoring.scoring import Rule


def add_options(parser: CommandParser) -> None:
    """Declare which detector is judged, and under which rule."""
    rule = Rule()
    parser.add_argument(
        "--detector",
        choices=list(DETECTORS),
        help="kind; default: the active one's. Its version in use is taken, or the newest",
    )
    parser.add_argument("--version-number", type=int, help="a certain version of that kind")
    parser.add_argument(
        "--alpha",
        type=float,
        default=rule.alpha,
        help="false alarm rate of the limits (%(default)s)",
    )
    parser.add_argument(
        "--consecutive", type=int, default=rule.consecutive, help="k of the rule (%(default)s)"
    )
    parser.add_argument(
        "--among", type=int, default=rule.among, help="n of the rule; 0: in a row (%(default)s)"
    )
    parser.add_argument(
        "--no-diagnosis", action="store_true", help="do not name causes, and train nothing for it"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON document, not a table")


def rule_of(options: dict[str, Any]) -> Rule:
    """Return the rule asked for. CommandError for one that cannot be."""
    try:
        checked_alpha(options["alpha"])
        PersistenceRule(options["consecutive"], options["among"])
    except ValueError as error:
        raise CommandError(str(error)) from error
    return Rule(options["alpha"], options["consecutive"], options["among"])


def model_of(options: dict[str, Any]) -> DetectorModel:
    """Return the model asked for; a kind that has none is fitted first, and said so."""
    make_ready()
    kind, version = options["detector"], options["version_number"]
    if kind is None:
        active = DetectorModel.active()
        kind = active.kind if active else "robust"
    if version is not None:
        found = DetectorModel.objects.filter(kind=kind, version=version).first()
        if found is None:
            stored = DetectorModel.objects.filter(kind=kind).values_list("version", flat=True)
            known = ", ".join(str(number) for number in sorted(stored)) or "none"
            raise CommandError(f"There is no version {version} of {kind}. Stored: {known}.")
        return found
    model = DetectorModel.newest(kind)
    if model is None:
        print(f"No {kind} detector is stored; fitting one first ...", file=sys.stderr)
        call_command(
            "fitdetector",
            detector=kind,
            variables=33,
            no_activate=True,
            stdout=sys.stderr,
        )
        model = DetectorModel.newest(kind)
    if model is None:
        raise CommandError(f"No {kind} detector could be fitted.")
    return model


def diagnosis_of(options: dict[str, Any], model: DetectorModel) -> DiagnosisModel | None:
    """Return the diagnosis that belongs to a model, trained first if there is none."""
    if options["no_diagnosis"]:
        return None
    kind = model.kind if model.kind in ("robust", "sharp") else "robust"
    found = (
        DiagnosisModel.objects.filter(kind=kind).defer("parameters").order_by("-version").first()
    )
    if found is None:
        bank = DetectorModel.newest(kind)
        if bank is None:
            print(f"No {kind} detector is stored; fitting one first ...", file=sys.stderr)
            call_command(
                "fitdetector", detector=kind, variables=33, no_activate=True, stdout=sys.stderr
            )
        print("No diagnosis is stored; training one first ...", file=sys.stderr)
        call_command("fitdiagnosis", if_missing=True, quick=True, stdout=sys.stderr)
        found = DiagnosisModel.in_use(kind)
    return found
