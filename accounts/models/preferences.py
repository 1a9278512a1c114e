"""What a user has chosen to see and hear."""

from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts import display


def check_zone(name: str) -> None:
    """Raise ValidationError for a name that is no time zone."""
    if name not in display.zone_names():
        raise ValidationError(
            _("%(name)s is not a time zone. Choose one from the list."), params={"name": name}
        )


class Preferences(models.Model):
    """One row per user who has chosen something; who has none gets the defaults."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("as the device")
        LIGHT = "light", _("light")
        DARK = "dark", _("dark")

    class Units(models.TextChoices):
        ORIGINAL = display.ORIGINAL, _("the process's own (kscmh, kPa gauge, °C)")
        SI = display.SI, _("SI (mol/s, Pa absolute, K)")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences"
    )
    theme = models.CharField(
        _("Colours"), max_length=8, choices=Theme.choices, default=Theme.SYSTEM
    )
    zone = models.CharField(
        _("Time zone"),
        max_length=64,
        blank=True,
        validators=[check_zone],
        help_text=_("All times of the pages are in it; pointing at one shows UTC."),
    )
    units = models.CharField(
        _("Units"),
        max_length=8,
        choices=Units.choices,
        default=Units.ORIGINAL,
        help_text=_("What is typed and what is exported stays in the process's own units."),
    )
    alarm_sound = models.BooleanField(
        _("Sound at a new alarm"),
        default=True,
        help_text=_("A browser plays it only after you have clicked or typed on the page."),
    )
    shortcuts = models.BooleanField(
        _("Keyboard shortcuts"),
        default=True,
        help_text=_("Single keys that lead to pages; ? on any page lists them."),
    )

    class Meta:
        verbose_name_plural = _("preferences")

    def __str__(self) -> str:
        return f"preferences of {self.user.get_username()}"

    @classmethod
    def of(cls, user: AbstractBaseUser | AnonymousUser) -> "Preferences":
        """Return what a user has chosen; unsaved defaults for who has chosen nothing."""
        if not isinstance(user, AbstractBaseUser) or user.pk is None:
            return cls()
        return cls.objects.filter(user_id=user.pk).first() or cls(user_id=user.pk)

    def display(self, browser_zone: str = "") -> display.Display:
        """Return zone and units; the browser's zone where the user has chosen none."""
        zone, name = display.zone_of(self.zone or browser_zone)
        return display.Display(zone, name, self.units)

    def as_json(self) -> dict[str, Any]:
        """Return the choices as the audit trail keeps them."""
        names = ("theme", "zone", "units", "alarm_sound", "shortcuts")
        return {name: getattr(self, name) for name in names}
