"""What language models are asked: styles, each with numbered versions that never change."""

from string import Template

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

#: What a template may name, and what is put there.
PLACES = {
    "evidence": "the whole evidence as JSON, marked as data",
    "features": "the leading tags, a line each",
    "causes": "the published list of disturbances",
    "hard": "the disturbances that hardly show",
    "form": "how citations are written",
}


def validate_template(value: str) -> None:
    """Refuse a template that names what nobody fills in."""
    template = Template(value)
    unknown = set(template.get_identifiers()) - set(PLACES)
    if unknown or not template.is_valid():
        raise ValidationError(
            gettext("Known places are %(names)s; write $$ for a dollar.")
            % {"names": ", ".join(f"${name}" for name in PLACES)}
        )


class PromptVersion(models.Model):
    """One wording. What was sent once can be read for ever, so a change is a new version."""

    style = models.SlugField(max_length=20)
    number = models.PositiveIntegerField(editable=False)
    system = models.TextField(validators=[validate_template])
    user = models.TextField(validators=[validate_template])
    note = models.CharField(max_length=200, blank=True, help_text=_("What is different, and why."))
    is_active = models.BooleanField(default=False, help_text=_("Whether its style uses it."))
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150, blank=True, editable=False)

    class Meta:
        ordering = ["style", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["style", "number"], name="prompt_unique_by_number"),
            models.UniqueConstraint(
                fields=["style"],
                condition=models.Q(is_active=True),
                name="prompt_one_active_by_style",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.style}-{self.number}"

    @classmethod
    def active(cls, style: str) -> "PromptVersion | None":
        """Return the version that a style uses."""
        return cls.objects.filter(style=style, is_active=True).first()

    def activate(self) -> None:
        """Let the style use this version."""
        with transaction.atomic():
            PromptVersion.objects.filter(style=self.style, is_active=True).exclude(
                pk=self.pk
            ).update(is_active=False)
            PromptVersion.objects.filter(pk=self.pk).update(is_active=True)
        self.is_active = True
