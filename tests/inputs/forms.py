"""Every form of the product: where it is sent, and what a good one holds; or why it has no page."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Sent:
    """A form that a page shows.

    `good` is data that the form takes, from which one field at a time is spoilt. `unseen` are
    fields that nobody types: buttons, hidden ones. `secret` ones are never sent back. With `part`
    htmx gets what the form chose alone, without the form.
    """

    address: str
    good: dict[str, str] = field(default_factory=dict)
    method: str = "post"
    status: int = 422
    unseen: frozenset[str] = frozenset()
    secret: frozenset[str] = frozenset()
    part: bool = False


def sent(address: str, *, unseen: str = "", secret: str = "", **more: Any) -> Sent:
    """Return a row of the table."""
    return Sent(address, unseen=frozenset(unseen.split()), secret=frozenset(secret.split()), **more)


@dataclass(frozen=True)
class Elsewhere:
    """A form that no page shows, because of this."""

    why: str


API = Elsewhere("the API's: it answers 400 with each field's sentence, as its own tests say")
EARLIER = Elsewhere("the earlier system's calls answer as tests/earlier/ says")
BASE = Elsewhere("what others are made of")
CODE = Elsewhere("six digits, in the steps of tests/accounts/test_second_step.py")
BUTTONS = Elsewhere("buttons alone: nothing is typed; an unknown one is told above them")

P = "/plants/{plant}"

FORMS: dict[str, list[Sent] | Elsewhere] = {
    "accounts.forms.CodeForm": CODE,
    "accounts.forms.FirstCodeForm": CODE,
    "accounts.forms.PasswordForm": Elsewhere("a password alone, which is never sent back"),
    "accounts.forms.TokenForm": [sent("/account/tokens/")],
    "accounts.login.AdminLoginForm": Elsewhere("the login form at the admin's door"),
    "accounts.login.LoginForm": [
        sent(
            "/accounts/login/",
            status=200,
            secret="password",
            good={"username": "eve", "password": "x"},
        )
    ],
    "accounts.preferences_form.PreferencesForm": [
        sent("/preferences/", good={"theme": "dark", "zone": "UTC", "units": "si"})
    ],
    "accounts.preferences_form.UnitsForm": BUTTONS,
    "accounts.presets.forms.ImportForm": [
        sent("/admin/simulation/faultpreset/import/", unseen="upload", good={"pasted": ""})
    ],
    "accounts.views.account.OwnPasswordForm": [
        sent("/account/password/", secret="old_password new_password1 new_password2")
    ],
    "earlier.configuration.ShiftForm": EARLIER,
    "earlier.forms.FitForm": EARLIER,
    "earlier.forms.IdvForm": EARLIER,
    "earlier.forms.LimitForm": EARLIER,
    "earlier.forms.SpeedFactorForm": EARLIER,
    "earlier.forms.SpeedModeForm": EARLIER,
    "earlier.forms.ToggleForm": EARLIER,
    "earlier.forms.XmvForm": EARLIER,
    "explainer.history.HistoryFilter": [sent("/explanations/", method="get", status=200)],
    "explainer.explanation_page.AssessmentForm": [
        sent("/explanations/{explanation}/assess/", good={"verdict": "right", "note": "as it was"})
    ],
    "monitoring.admin.alarms.ServiceActionForm": Elsewhere("the admin's line of actions"),
    "monitoring.admin.settings.SettingsForm": Elsewhere("the detector's settings in the admin"),
    "monitoring.alarm_forms.AcknowledgeForm": API,
    "monitoring.alarm_forms.AlarmFilterForm": API,
    "monitoring.alarm_forms.CommentForm": API,
    "monitoring.alarm_forms.DefinitionForm": API,
    "monitoring.alarm_forms.JournalForm": API,
    "monitoring.alarm_forms.KpiForm": API,
    "monitoring.alarm_forms.OutOfServiceForm": API,
    "monitoring.alarm_forms.ShelveForm": API,
    "monitoring.alarm_page_forms.AcknowledgeForm": [
        sent("/alarms/acknowledge/", good={"seen": "{seen}", "comment": "seen"})
    ],
    "monitoring.alarm_page_forms.AlarmFilterForm": [
        sent("/alarms/", method="get", status=200, part=True)
    ],
    "monitoring.alarm_page_forms.AlarmForm": BASE,
    "monitoring.alarm_page_forms.JournalFilterForm": [sent("/alarms/journal/", method="get")],
    "monitoring.alarm_page_forms.OutOfServiceForm": [
        sent("/alarms/definitions/{definition}/out/", good={"why": "a broken wire"})
    ],
    "monitoring.alarm_page_forms.ShelveForm": [
        sent(
            "/alarms/occurrence/{occurrence}/shelve/",
            good={"how_long": "until", "until": "", "reason": "work at the valve"},
        )
    ],
    "monitoring.audit_api.TrailForm": API,
    "monitoring.audit_forms.AuditForm": [sent("/audit/", method="get")],
    "monitoring.forms.DetectorPresetForm": BUTTONS,
    "monitoring.forms.DetectorSettingsForm": [
        sent(
            P + "/detector/",
            good={
                "window": "8",
                "consecutive": "3",
                "among": "0",
                "decimation": "1",
                "alpha": "0.01",
                "min_explanation_seconds": "0",
            },
        )
    ],
    "monitoring.ingest_api.FedPlantForm": API,
    "monitoring.shift_log.forms.EntryForm": [
        sent(P + "/log/write/", good={"kind": "action", "text": "the valve was greased"}),
        sent("/log/write/", good={"kind": "action", "text": "the valve was greased"}),
        sent("/events/{event}/note/", good={"kind": "action", "text": "the valve was greased"}),
    ],
    "monitoring.shift_log.forms.WithdrawForm": [sent("/log/{entry}/withdraw/")],
    "monitoring.views.alarm_definitions.DefinitionFilterForm": [
        sent("/alarms/definitions/", method="get", status=200)
    ],
    "monitoring.views.alarm_kpis.KpiForm": [sent("/alarms/kpis/", method="get")],
    "monitoring.views.detectors.TryForm": [
        sent(
            P + "/detectors/",
            method="get",
            good={"model": "{detector}", "alpha": "0.01", "consecutive": "3", "among": "0"},
        )
    ],
    "monitoring.views.links.LinkForm": [
        sent(P + "/links/make/", good={"name": "the hall", "hours": "8"})
    ],
    "monitoring.views.trends_data.DataForm": API,
    "monitoring.views.trends_saved.RenameForm": [
        sent("/trends/saved/{saved}/rename/", good={"name": "mine", "query": "span=1h"})
    ],
    "monitoring.views.trends_saved.SaveForm": [
        sent(
            "/trends/saved/",
            unseen="query",
            good={"name": "mine", "query": "plant={plant}&chart=XMEAS(1)"},
        )
    ],
    "simulation.admin.plants.PlantForm": [
        sent(
            "/admin/simulation/plant/add/",
            status=200,
            good={
                "name": "Unit 9",
                "source": "simulator",
                "variables": "33",
                "interval_seconds": "2",
                "catch_up": "pause",
            },
        )
    ],
    "simulation.admin.presets.FaultPresetForm": [
        sent(
            "/admin/simulation/faultpreset/add/",
            status=200,
            good={"name": "Two", "slug": "two", "idvs": "1, 2", "start_after_hours": "0"},
        )
    ],
    "simulation.api.PageForm": API,
    "simulation.forms.ClearForm": BUTTONS,
    "simulation.hand_forms.HandForm": BASE,
    "simulation.span_form.SpanForm": BASE,
    "simulation.forms.InjectionForm": [
        sent(P + "/inject/", unseen="preset idv", good={"idvs": "1", "magnitude": "0.5"}),
        sent(P + "/inject/", unseen="idv idvs preset", good={"preset": "idv-1"}),
    ],
    "simulation.forms.ResetForm": [sent(P + "/reset/", good={"seed": "7"})],
    "simulation.hand_forms.SetpointForm": [
        sent(P + "/hands/setpoint/1/take/", good={"value": "0.2"}),
        sent(P + "/faceplate/1/setpoint/1/hold/", good={"value": "0.2"}),
    ],
    "simulation.forms.SpeedForm": [
        sent(P + "/speed/", unseen="preset factor", good={"interval_seconds": "2"}),
        sent(P + "/speed/", unseen="preset interval_seconds", good={"factor": "2"}),
    ],
    "simulation.hand_forms.ValveForm": [
        sent(P + "/hands/valve/3/take/", good={"position": "50"}),
        sent(P + "/faceplate/43/valve/3/hold/", good={"position": "50"}),
    ],
    "simulation.whatif_forms.BranchForm": [sent(P + "/whatif/branch/", good={"hours": "2"})],
}
#: Forms whose fields a view reads by itself: address, method, good data, and what spoils a field.
BY_HAND: list[tuple[Sent, dict[str, tuple[str, ...]]]] = [
    (
        sent("/trends/", method="get", status=400, good={"plant": "{plant}", "chart": "XMEAS(1)"}),
        {
            "run": ("abc", "-1", "nan", "a\x00b"),
            "from": ("abc", "inf", "nan"),
            "to": ("abc", "inf", "nan"),
            "overlay": ("abc", "999999.999999"),
            "y1": ("abc", "5", "8..3", "1..1e30", "a\x00b"),
        },
    ),
    (
        sent("/alarms/{alarm}/questions/", good={"provider": "embedded", "question": "Why?"}),
        {"question": ("", "x" * 2001, "a\x00b")},
    ),
]
