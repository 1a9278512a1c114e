"""The report of an alarm, to be kept or handed on."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from explainer.report import report_of
from monitoring.models import Alarm


@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the PDF of an alarm as it stands now."""
    alarm = get_object_or_404(
        Alarm.objects.select_related("run__plant", "analysis__detector_model"), pk=pk
    )
    response = HttpResponse(report_of(alarm, timezone.now()), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="alarm-{alarm.pk}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
