"""The leaderboard as a page and as CSV."""

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.exports import cell
from accounts.hidden_truth import shows_truth as truth_is_shown
from teplive.leaderboard.scores import MOST_ALARMS, Share, leaderboard

COLUMNS = (
    *("explainer", "alarms", "top1", "top1_low", "top1_high", "top3", "top3_low", "top3_high"),
    *(
        "brier",
        "citations",
        "citations_supported",
        "median_seconds_to_right",
        "tokens_per_right",
        "usd_per_right",
    ),
)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show what each explainer was worth on alarms whose truth is known.

    A session that hides what was injected is told so instead, unless `?truth=yes` asks for it.
    """
    shows_truth = truth_is_shown(request)
    context = {
        "scores": leaderboard() if shows_truth else [],
        "most": MOST_ALARMS,
        "shows_truth": shows_truth,
    }
    return render(request, "teplive/leaderboard.html", context)


@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Give the same as CSV; shares are fractions, times seconds."""
    if not truth_is_shown(request):
        return redirect("leaderboard")
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="leaderboard.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for one in leaderboard():
        writer.writerow(
            [
                cell(one.name),
                one.alarms,
                *_cells(one.top1),
                *_cells(one.top3),
                _number(one.mean_brier),
                one.cited,
                one.supported,
                _number(one.median_seconds),
                _number(one.tokens_per_right),
                _number(None if one.cost_per_right is None else float(one.cost_per_right)),
            ]
        )
    return response


def _cells(share: Share) -> list[str]:
    low, high = share.interval or (None, None)
    return [_number(share.value), _number(low), _number(high)]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
