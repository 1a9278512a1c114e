"""A user's phone: an authenticator app that shows codes."""

from unittest import mock

from django.contrib.auth.models import User
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_step


class Phone:
    """Shows the code of a device; `later` so many 30 s steps on."""

    def __init__(self, device: TOTPDevice) -> None:
        self.device = device

    @classmethod
    def of(cls, user: User) -> "Phone":
        """A phone that has been set up."""
        device = second_step.begin(user)
        TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
        return cls(device)

    def code(self, later: int = 0) -> str:
        totp = TOTP(self.device.bin_key)
        return (
            f"{totp.token() if not later else TOTP(self.device.bin_key, drift=later).token():06d}"
        )

    def wrong_code(self) -> str:
        near = {self.code(later) for later in range(-2, 3)}
        return next(f"{n:06d}" for n in range(10) if f"{n:06d}" not in near)


def password(client: Client, name: str, door: str = "/accounts/login/", **more: str):
    """The first step."""
    return client.post(door, {"username": name, "password": f"pass-{name}", **more})


def is_in(client: Client) -> bool:
    """Whether the pages let the browser in."""
    return client.get("/account/").status_code == 200


def without_throttling():
    """Wrong codes cost no time."""
    return mock.patch.object(TOTPDevice, "get_throttle_factor", lambda self: 0)
