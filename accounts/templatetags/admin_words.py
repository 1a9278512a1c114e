"""What the admin's index says of each model."""

from typing import Any

from django import template
from django.contrib import admin

register = template.Library()


@register.filter
def about(listed: dict[str, Any]) -> str:
    """Return the sentence of a listed model's page, if it has one."""
    page = admin.site._registry.get(listed["model"])
    return getattr(page, "about", "")


@register.filter
def takes_presets(listed: dict[str, Any]) -> bool:
    """Whether a listed model's page exports and imports presets."""
    return hasattr(admin.site._registry.get(listed["model"]), "import_page")
