"""The addresses as they are with TEPLIVE_LEGACY_API=1."""

from django.urls import include, path

from teplive.urls import handler404, handler500
from teplive.urls import urlpatterns as ours

__all__ = ["handler404", "handler500", "urlpatterns"]

urlpatterns = [path("", include("earlier.urls")), *ours]
