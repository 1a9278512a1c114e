"""What came to a plant from outside, and what happened to it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from monitoring.views.dashboard import find_plant
from monitoring.views.stream_context import events_context, feed_context


@require_safe
def feed(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the feed panel alone."""
    return render(request, "monitoring/_feed.html", feed_context(request, find_plant(pk)))


@require_safe
def events(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the list of events alone."""
    return render(request, "monitoring/_events.html", events_context(find_plant(pk)))
