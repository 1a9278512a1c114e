"""An answer held against the truth and the readings: one line of the experiment's file."""

from typing import Any

from explainer.numbers import loose_numbers
from explainer.verdicts import SUPPORTED
from explainer.verifying import verdicts
from teplive.experiment.cases import Moment
from teplive.experiment.contestants import Reply


def judged(moment: Moment, fault: int, provider: str, reply: Reply) -> dict[str, Any]:
    """Return what an answer to a moment of a fault was worth, as plain values."""
    case = moment.case
    cited = verdicts(reply.text, case.detector, case.step, case.readings_between)
    right = bool(reply.ranked) and reply.ranked[0] == fault
    return {
        "fault": fault,
        "run": case.run,
        "age": moment.age,
        "provider": provider,
        "model": reply.model,
        "step": case.step,
        "ranked": list(reply.ranked),
        "probability": reply.probability,
        "right": right,
        "among_three": fault in reply.ranked[:3],
        "cited": len(cited),
        "supported": sum(one["verdict"] == SUPPORTED for one in cited),
        "loose": len(loose_numbers(reply.text, moment.evidence)),
        "seconds": reply.seconds,
        "tokens_in": reply.tokens_in,
        "tokens_out": reply.tokens_out,
        "cost": None if reply.cost is None else float(reply.cost),
        "failure": reply.failure,
        "text": reply.text,
    }
