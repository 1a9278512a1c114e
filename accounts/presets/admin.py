"""The admin's kind of page for presets: export, import with a dry run, copies."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.admin import AuditedAdmin
from accounts.presets.document import DocumentError
from accounts.presets.exporting import export
from accounts.presets.forms import ImportForm
from accounts.presets.importing import Outcome, Stale, carry_out, preview
from accounts.presets.kinds import PresetKind, all_kinds, kind_of


class PresetAdmin(AuditedAdmin):
    """Presets of one kind. Its model is registered with `accounts.presets.register`."""

    change_list_template = "admin/presets/change_list.html"
    actions: Any = ("export_chosen", "duplicate")
    #: Fields that no two presets share: a copy gets others.
    UNIQUE = ("slug", "name")

    @property
    def kind(self) -> PresetKind:
        """The kind of presets that the model holds."""
        return kind_of(self.model)

    def get_urls(self) -> list[Any]:
        """Add the addresses of export and import."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("export/", view(self.export_all), name=f"{name}_export"),
            path("import/", view(self.import_page), name=f"{name}_import"),
            *super().get_urls(),
        ]

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whoever may add and change presets of this kind."""
        return request.user.has_perms(self.kind.permissions)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say whether the account may import."""
        mine = {"may_import": self.has_import_permission(request)}
        return super().changelist_view(request, {**mine, **(extra_context or {})})

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Show a preset in use as protected, and say by whom it is used."""
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        held = self.kind.holders(objs)
        return found, counts, set() if held or protected else lacking, held or protected

    def what_goes(self, obj: Any) -> Any:
        """Keep all values: an import can bring them back."""
        return self.kind.values_of(obj)

    # -- export -------------------------------------------------------------------------------

    def export_all(self, request: HttpRequest) -> HttpResponse:
        """Give every preset of this kind as a file."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied(f"Your account may not look at {self.kind.title}.")
        return self._as_file(self.get_queryset(request))

    @admin.action(description=_("Export the selected presets (JSON)"), permissions=["view"])
    def export_chosen(self, request: HttpRequest, queryset: "QuerySet[Any]") -> HttpResponse:
        """Give the chosen presets as a file."""
        return self._as_file(queryset)

    def _as_file(self, presets: "QuerySet[Any]") -> HttpResponse:
        text = export({self.kind: presets})
        name = f"teplive-{self.kind.name}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(text, content_type="application/json", headers=headers)

    # -- copies -------------------------------------------------------------------------------

    @admin.action(description=_("Duplicate the selected presets"), permissions=["add"])
    def duplicate(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """Make a copy of each, with a name of its own."""
        made = []
        with transaction.atomic():
            for preset in queryset:
                copy = self.kind.model(**{name: getattr(preset, name) for name in self.kind.fields})
                for name in self.UNIQUE:
                    setattr(copy, name, self._free(name, getattr(preset, name)))
                try:
                    copy.full_clean()
                except ValidationError as error:
                    words = f"{preset} cannot be copied: {' '.join(error.messages)}"
                    self.message_user(request, words, messages.ERROR)
                    continue
                copy.save()
                audit.record(
                    f"{self.opts.model_name}-add",
                    copy,
                    by=request.user,
                    after=self.kind.values_of(copy),
                    comment=f"copy of {preset}",
                )
                self.log_addition(request, copy, f"Copied from {preset}.")
                made.append(str(copy))
        if made:
            self.message_user(
                request, gettext("Made: %(names)s.") % {"names": ", ".join(made)}, messages.SUCCESS
            )

    def _free(self, name: str, value: str) -> str:
        """Return a value near `value` that no preset has."""
        column = self.model._meta.get_field(name)
        longest = getattr(column, "max_length", None) or 50
        between = "-" if isinstance(column, models.SlugField) else " "
        for number in range(2, 1000):
            end = f"{between}copy" if number == 2 else f"{between}copy{between}{number - 1}"
            wanted = value[: longest - len(end)] + end
            if not self.model._default_manager.filter(**{name: wanted}).exists():
                return wanted
        raise ValueError(f"there are too many copies of {value}")

    # -- import -------------------------------------------------------------------------------

    def import_page(self, request: HttpRequest) -> HttpResponse:
        """Ask for a file, show what it would do, and do it when that is confirmed."""
        if not self.has_import_permission(request):
            raise PermissionDenied(f"Your account may not add and change {self.kind.title}.")
        if request.method != "POST":
            return self._form(request, ImportForm())
        if "shown" in request.POST:
            return self._confirmed(request)
        form = ImportForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._form(request, form)
        document = form.document
        try:
            outcome = preview(document, self._may(request))
        except DocumentError as error:
            form.add_error("upload" if form.cleaned_data["upload"] else "pasted", str(error))
            return self._form(request, form)
        return self._preview(request, outcome, document, form.source)

    def _confirmed(self, request: HttpRequest) -> HttpResponse:
        document, source = request.POST.get("document", ""), request.POST.get("source", "")[:120]
        try:
            outcome = carry_out(
                document,
                by=request.user,
                source=source or "a file",
                shown=request.POST["shown"],
                may=self._may(request),
            )
        except DocumentError as error:
            form = ImportForm({"pasted": document})
            form.add_error("pasted", str(error))
            return self._form(request, form)
        except Stale as stale:
            self.message_user(request, str(stale), messages.WARNING)
            return self._preview(request, stale.outcome, document, source)
        if not outcome.is_good:
            return self._preview(request, outcome, document, source)
        for sentence in outcome.said:
            self.message_user(request, sentence)
        self.message_user(
            request,
            gettext("Imported: %(sentence)s.") % {"sentence": outcome.sentence},
            messages.SUCCESS,
        )
        return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"))

    def _may(self, request: HttpRequest) -> Any:
        return lambda kind: request.user.has_perms(kind.permissions)

    def _form(self, request: HttpRequest, form: ImportForm) -> HttpResponse:
        context = {"form": form, "kinds": [kind.title for kind in all_kinds()]}
        status = 422 if form.errors else 200
        return self._page(request, "import", f"Import {self.kind.title}", context, status)

    def _preview(
        self, request: HttpRequest, outcome: Outcome, document: str, source: str
    ) -> HttpResponse:
        context = {"outcome": outcome, "document": document, "source": source}
        status = 200 if outcome.is_good else 422
        return self._page(request, "preview", "What the import would do", context, status)

    def _page(
        self, request: HttpRequest, name: str, title: str, context: dict[str, Any], status: int
    ) -> HttpResponse:
        whole = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            **context,
        }
        return TemplateResponse(request, f"admin/presets/{name}.html", whole, status=status)
