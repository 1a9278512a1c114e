"""The second step of the login: a code of the user's phone (TOTP), or a recovery code.

Who has set it up, or is of a role that must, is nobody to this server until a session has passed
it: no page, no API, no websocket and no admin looks at the password alone.
"""

import math
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import transaction
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.roles import ADMIN

RECOVERY_CODES = 10
PHONE, RECOVERY = "phone", "recovery codes"


@dataclass(frozen=True)
class Answer:
    """What became of a code: the device that took it, or how long to wait, or neither."""

    device: Device | None = None
    wait_seconds: int = 0

    @property
    def kind(self) -> str:
        """What the code came from."""
        return RECOVERY if isinstance(self.device, StaticDevice) else PHONE

    @property
    def refusal(self) -> str:
        """Why a code was not taken, and what to do."""
        if self.wait_seconds:
            return f"Too many wrong codes. Wait {self.wait_seconds} s and try again."
        return (
            "This code is wrong, was used already, or is over. Take the one that the app shows "
            "now; the clock of the phone must be right."
        )


def phone_of(user: Any) -> TOTPDevice | None:
    """Return the device that the user has set up."""
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).first()


def is_required(user: Any) -> bool:
    """Tell whether one of the user's roles must have a second step (TEPLIVE_REQUIRE_TOTP_ROLES)."""
    roles = settings.REQUIRE_TOTP_ROLES
    if not roles:
        return False
    return (user.is_superuser and ADMIN in roles) or user.groups.filter(name__in=roles).exists()


def is_needed(user: Any) -> bool:
    """Tell whether the password alone does not let the user in."""
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=True).exists() or is_required(user)


def is_passed(user: Any, session: Any) -> bool:
    """Tell whether a session of the user has done what is asked of it."""
    name = session.get(DEVICE_ID_SESSION_KEY)
    if name:
        device = Device.from_persistent_id(name)
        if device is not None and device.confirmed and device.user_id == user.pk:
            return True
    return not is_needed(user)


def whoever(user: User | AnonymousUser, session: Any) -> User | AnonymousUser:
    """Return the user, or nobody while the session has not passed the second step."""
    return user if user.is_authenticated and is_passed(user, session) else AnonymousUser()


def begin(user: AbstractBaseUser) -> TOTPDevice:
    """Return the device that waits for its first code, made if there is none."""
    waiting = TOTPDevice.objects.filter(user_id=user.pk, confirmed=False).first()
    return waiting or TOTPDevice.objects.create(user_id=user.pk, name=PHONE, confirmed=False)


def confirm(device: TOTPDevice, code: str) -> Answer:
    """Put a device into use if the code is its present one."""
    answer = _ask(TOTPDevice.objects.filter(pk=device.pk), _plain(code))
    if answer.device is not None:
        TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
    return answer


def check(user: AbstractBaseUser, code: str) -> Answer:
    """Ask the user's devices about a code: none is taken twice, each wrong one costs more time."""
    plain = _plain(code)
    if re.fullmatch(r"[0-9]{6}", plain):
        return _ask(TOTPDevice.objects.filter(user_id=user.pk, confirmed=True), plain)
    return _ask(StaticDevice.objects.filter(user_id=user.pk, confirmed=True), _fingerprint(plain))


def renew_recovery_codes(user: AbstractBaseUser) -> list[str]:
    """Make new recovery codes and forget the old. Returns them; only fingerprints are kept."""
    codes = [b32encode(secrets.token_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        device, _ = StaticDevice.objects.get_or_create(user_id=user.pk, name=RECOVERY)
        device.token_set.all().delete()
        for code in codes:
            device.token_set.create(token=_fingerprint(code))
    return ["-".join(re.findall("....", code)) for code in codes]


def recovery_codes_left(user: AbstractBaseUser) -> int:
    """Return how many recovery codes are unused."""
    devices = StaticDevice.objects.filter(user_id=user.pk)
    return sum(device.token_set.count() for device in devices)


def remove(user: AbstractBaseUser) -> bool:
    """Remove phone and recovery codes. Returns whether there were any."""
    with transaction.atomic():
        StaticDevice.objects.filter(user_id=user.pk).delete()
        gone, _ = TOTPDevice.objects.filter(user_id=user.pk).delete()
    return gone > 0


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()


def _fingerprint(code: str) -> str:
    """Return what is stored of a recovery code. It has 80 random bits, so it needs no salt."""
    return b32encode(sha256(code.encode()).digest()[:10]).decode().lower()


def _ask(devices: Any, token: str) -> Answer:
    with transaction.atomic():
        device = devices.select_for_update().first()
        if device is None:
            return Answer()
        allowed, why = device.verify_is_allowed()
        if not allowed:
            seconds = (why["locked_until"] - timezone.now()).total_seconds()
            return Answer(wait_seconds=max(1, math.ceil(seconds)))
        return Answer(device) if device.verify_token(token) else Answer()
