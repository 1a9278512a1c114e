"""Who explains: one row for each, set up in the admin."""

import os
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from explainer.providers import PROTOCOLS, Connection, Provider, ProviderError

EMBEDDED = "embedded"
#: Without this ending, an administrator could have any secret of the server sent to any address.
KEY_VARIABLE = RegexValidator(
    r"^[A-Z][A-Z0-9_]*_API_KEY$",
    "The name of an environment variable that ends in _API_KEY, such as OPENAI_API_KEY.",
)
#: Failures in a row that open a circuit, and for how long: at first, and at most.
FAILURES_TO_OPEN = 4
OPEN_SECONDS, LONGEST_OPEN_SECONDS = 60.0, 900.0
MILLION = Decimal(1_000_000)


#: The rows of a new installation. The embedded one and, where its key is set, Claude are asked;
#: the others cost money or need a server, so somebody switches them on.
BUILT_IN: tuple[dict[str, Any], ...] = (
    {"name": EMBEDDED, "title": "Embedded explainer", "protocol": "embedded", "enabled": True},
    {"name": "claude", "title": "Claude", "protocol": "anthropic", "enabled": True,
     "key_variable": "ANTHROPIC_API_KEY"},
    {"name": "openai", "title": "OpenAI", "protocol": "openai", "key_variable": "OPENAI_API_KEY"},
    {"name": "gemini", "title": "Gemini", "protocol": "gemini", "key_variable": "GEMINI_API_KEY"},
    {"name": "lmstudio", "title": "LM Studio", "protocol": "openai",
     "base_url": "http://127.0.0.1:1234/v1"},
)  # fmt: skip


def validate_address(value: str) -> None:
    """Refuse what is no http address, or one with a password in it."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValidationError(gettext("An address such as http://127.0.0.1:1234/v1."))
    if parts.username or parts.password:
        raise ValidationError(
            gettext("No user or password in the address: name an environment variable for the key.")
        )


class ProviderConfig(models.Model):
    """How one explainer is asked, what it costs, and how it has been doing lately.

    The key itself is in no row: `key_variable` names the environment variable that holds it.
    """

    class Protocol(models.TextChoices):
        """How it is spoken with."""

        EMBEDDED = EMBEDDED, _("embedded: no network, no key")
        ANTHROPIC = "anthropic", _("Anthropic Messages")
        OPENAI = "openai", _("OpenAI chat completions (OpenAI, LM Studio, Ollama, vLLM, ...)")
        GEMINI = "gemini", _("Google Gemini")

    class AnswerForm(models.TextChoices):
        """How the form of the answer is asked for."""

        SCHEMA = "schema", _("by its schema (the surest)")
        JSON = "json", _("as JSON (servers that know no schema)")
        TEXT = "text", _("in words only (servers that know neither)")

    name = models.SlugField(
        max_length=20, unique=True, help_text=_("Short and lasting, for example claude.")
    )
    title = models.CharField(max_length=60, help_text=_("As pages name it."))
    protocol = models.CharField(max_length=12, choices=Protocol.choices)
    model_name = models.CharField(
        _("model"), max_length=80, blank=True, help_text=_("As the server names it.")
    )
    base_url = models.CharField(
        _("base URL"),
        max_length=200,
        blank=True,
        validators=[validate_address],
        help_text=_(
            "Empty: the vendor's own. A local server: http://127.0.0.1:1234/v1 (LM Studio), "
            "http://127.0.0.1:11434/v1 (Ollama)."
        ),
    )
    key_variable = models.CharField(
        _("environment variable of the key"),
        max_length=60,
        blank=True,
        validators=[KEY_VARIABLE],
        help_text=_("Its name, never the key itself. Empty: the server wants none."),
    )
    enabled = models.BooleanField(default=False, help_text=_("Whether it is asked at all."))
    answer_form = models.CharField(
        _("form of answers"), max_length=8, choices=AnswerForm.choices, default=AnswerForm.SCHEMA
    )
    prompt_style = models.SlugField(
        max_length=20, default="engineer", help_text=_("The active version of this style is sent.")
    )
    with_diagnosis = models.BooleanField(
        _("told the embedded ranking"),
        default=True,
        help_text=_("Whether the evidence it is sent has the ranking of the trained diagnosis."),
    )
    timeout_seconds = models.FloatField(
        default=60.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(240.0)],
        help_text=_("The whole answer must be there by then, 0.1 to 240 s."),
    )
    max_tokens = models.PositiveIntegerField(
        default=4000,
        validators=[MinValueValidator(200), MaxValueValidator(32000)],
        help_text=_("Longest answer, thinking included."),
    )
    price_in = models.DecimalField(
        _("price in"),
        max_digits=9,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("USD per million tokens sent. Empty: not known."),
    )
    price_out = models.DecimalField(
        _("price out"),
        max_digits=9,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("USD per million tokens written. Empty: not known."),
    )
    budget_per_day = models.DecimalField(
        max_digits=9,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("USD a day (UTC); needs both prices. 0: nothing. Empty: no limit."),
    )
    tokens_per_day = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Tokens a day (UTC), sent and written. Empty: no limit.")
    )
    failures = models.PositiveIntegerField(default=0, editable=False)
    open_until = models.DateTimeField(null=True, editable=False)
    last_ok_at = models.DateTimeField(null=True, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    last_error_at = models.DateTimeField(null=True, editable=False)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.CharField(max_length=150, blank=True, editable=False)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("provider")

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuse what could not work."""
        problems: dict[str, str] = {}
        if self.protocol == self.Protocol.EMBEDDED:
            if self.name != EMBEDDED:
                problems["protocol"] = "There is one embedded explainer, and it is there already."
            elif not self.enabled:
                problems["enabled"] = "It cannot be switched off: an alarm is always explained."
        elif self.name == EMBEDDED:
            problems["name"] = "This name is taken by the embedded explainer."
        if self.budget_per_day is not None and None in (self.price_in, self.price_out):
            problems["budget_per_day"] = (
                "Without both prices nobody knows what is spent. Give them, or limit the tokens."
            )
        if problems:
            raise ValidationError(problems)

    # -- asking -------------------------------------------------------------------------------

    @property
    def is_remote(self) -> bool:
        """Whether it calls another machine: slow, fallible, perhaps paid for."""
        return self.protocol != self.Protocol.EMBEDDED

    @property
    def model(self) -> str:
        """The model that is asked."""
        if self.protocol == self.Protocol.EMBEDDED:
            from explainer.embedded import MODEL

            return MODEL
        return self.model_name or (settings.ANTHROPIC_MODEL if self._by_environment else "")

    @property
    def _by_environment(self) -> bool:
        return self.protocol == self.Protocol.ANTHROPIC

    @property
    def missing(self) -> str:
        """What it lacks to be asked, with the remedy; empty if nothing."""
        if not self.is_remote:
            return ""
        if self.key_variable and not self._key():
            return f"Set {self.key_variable} and restart to have it explain as well."
        if self._by_environment and not self.key_variable:
            return "Name the environment variable of its key."
        if not self.model:
            return "Name its model in the admin, under Providers."
        return ""

    def _key(self) -> str:
        if self.key_variable == "ANTHROPIC_API_KEY":
            return str(settings.ANTHROPIC_API_KEY)
        return os.environ.get(self.key_variable, "").strip() if self.key_variable else ""

    def provider(self) -> Provider:
        """Return what speaks with it. Raises ProviderError for a protocol that is gone."""
        kind = PROTOCOLS.get(self.protocol)
        if kind is None:
            raise ProviderError(f"{self.title} has a protocol that is not known here.")
        url = self.base_url or (settings.ANTHROPIC_BASE_URL if self._by_environment else "")
        by_variable = self._by_environment and not self.model_name
        return kind(
            Connection(
                self.name,
                self.title,
                self.protocol,
                self.model,
                base_url=url,
                key=self._key(),
                key_variable=self.key_variable,
                model_variable="ANTHROPIC_MODEL" if by_variable else "",
                answer_form=self.answer_form,
                timeout_seconds=self.timeout_seconds,
                max_tokens=self.max_tokens,
            )
        )

    def cost(self, tokens_in: int | None, tokens_out: int | None) -> Decimal | None:
        """Return what an exchange costs in USD; None where prices or tokens are not known."""
        if self.price_in is None or self.price_out is None or tokens_in is None:
            return None
        cost = self.price_in * tokens_in + self.price_out * (tokens_out or 0)
        return (cost / MILLION).quantize(Decimal("0.000001"))

    # -- the circuit --------------------------------------------------------------------------

    def seconds_open(self, now: datetime) -> float:
        """Return for how long it is not asked yet, because it failed several times in a row."""
        return max(0.0, (self.open_until - now).total_seconds()) if self.open_until else 0.0

    def try_again(self, now: datetime) -> None:
        """Let one attempt through a circuit that was open; others wait until it has ended."""
        if self.open_until is not None:
            self._save(open_until=now + timedelta(seconds=self.timeout_seconds + 5.0))

    def note_success(self) -> None:
        """Close the circuit."""
        self._save(failures=0, open_until=None, last_ok_at=timezone.now())

    def note_failure(self, error: ProviderError) -> None:
        """Note a failure; several outages in a row open the circuit, for longer each time."""
        now = timezone.now()
        values: dict[str, Any] = {"last_error": str(error), "last_error_at": now}
        if error.is_outage:
            self.refresh_from_db(fields=["failures"])
            values["failures"] = self.failures + 1
            if (beyond := self.failures + 1 - FAILURES_TO_OPEN) >= 0:
                pause = min(OPEN_SECONDS * 2.0 ** min(beyond, 10), LONGEST_OPEN_SECONDS)
                values["open_until"] = now + timedelta(seconds=pause)
        elif self.open_until is not None:  # it answers again, if only to refuse
            values |= {"failures": 0, "open_until": None}
        self._save(**values)

    def _save(self, **values: Any) -> None:
        ProviderConfig.objects.filter(pk=self.pk).update(**values)
        for name, value in values.items():
            setattr(self, name, value)

    @property
    def health(self) -> str:
        """How it has been doing, in words."""
        if self.missing:
            return f"not set up: {self.missing}"
        if not self.enabled:
            return "switched off"
        now = timezone.now()
        if wait := self.seconds_open(now):
            return f"paused for {wait:.0f} s after {self.failures} failures in a row"
        if self.last_error_at and (not self.last_ok_at or self.last_error_at > self.last_ok_at):
            return f"failed last: {self.last_error}"
        if self.last_ok_at:
            return f"answered last at {self.last_ok_at:%Y-%m-%d %H:%M:%S} UTC"
        return "ready" if not self.is_remote else "not asked yet"

    @classmethod
    def store_built_in(cls) -> None:
        """Make the rows of a new installation; later only the embedded one, should it be gone."""
        names = set(cls.objects.values_list("name", flat=True))
        for values in BUILT_IN:
            if not names or (values["name"] == EMBEDDED and EMBEDDED not in names):
                cls.objects.get_or_create(name=values["name"], defaults=values)

    @classmethod
    def in_use(cls) -> list["ProviderConfig"]:
        """Return those that are asked, the embedded one first: it takes milliseconds."""
        found = cls.objects.filter(enabled=True)
        return sorted(
            (one for one in found if not one.missing), key=lambda one: (one.is_remote, one.pk)
        )

    @classmethod
    def wanting(cls) -> list["ProviderConfig"]:
        """Return those that are switched on and lack something."""
        return [one for one in cls.objects.filter(enabled=True) if one.missing]
