"""The pages there are: where each is, and who may see it.

`{plant}`, `{alarm}` and so on are filled in by what the prepared world holds.
"""

from dataclasses import dataclass

ROLES = ("viewer", "operator", "engineer", "admin")
EVERYBODY = frozenset(ROLES)
STAFF = frozenset({"engineer", "admin"})
ADMIN = frozenset({"admin"})


@dataclass(frozen=True)
class Screen:
    """One page."""

    name: str
    path: str
    roles: frozenset[str] = EVERYBODY

    @property
    def of_a_plant(self) -> bool:
        """Whether every plant has one: it is then looked at in each state of a plant."""
        return "{plant}" in self.path and "{alarm}" not in self.path


SCREENS = [
    Screen("plants", "/plants/"),
    Screen("dashboard", "/plants/{plant}/"),
    Screen("flow-sheet", "/plants/{plant}/flowsheet/"),
    Screen("faceplate", "/plants/{plant}/faceplate/8/"),
    Screen("faceplate-valve", "/plants/{plant}/faceplate/50/"),
    Screen("diagnosis", "/plants/{plant}/diagnosis/"),
    Screen("window", "/plants/{plant}/window/?run={run}&tag=XMEAS(1)&first=10&last=30"),
    Screen("plant-detectors", "/plants/{plant}/detectors/"),
    Screen("alarms", "/plants/{plant}/alarms/"),
    Screen("alarms-shelved", "/plants/{plant}/alarms/?tab=shelved"),
    Screen("alarms-away", "/plants/{plant}/alarms/?tab=away"),
    Screen("claims", "/plants/{plant}/claims/"),
    Screen("all-alarms", "/alarms/"),
    Screen("occurrence", "/alarms/occurrence/{occurrence}/"),
    Screen("journal", "/alarms/journal/"),
    Screen("figures", "/alarms/kpis/"),
    Screen("definitions", "/alarms/definitions/"),
    Screen("alarm", "/alarms/{alarm}/"),
    Screen("explanations", "/alarms/{alarm}/explanations/"),
    Screen("conversation", "/alarms/{alarm}/questions/"),
    Screen("explanation", "/explanations/{explanation}/"),
    Screen("plant-explanations", "/plants/{plant}/explanations/"),
    Screen("evidence", "/plants/{plant}/evidence/"),
    Screen("history", "/explanations/"),
    Screen("trends", "/trends/"),
    Screen("plant-trends", "/plants/{plant}/trends/"),
    Screen("events", "/events/?plant={plant}"),
    Screen("event", "/events/{event}/"),
    Screen("log", "/log/"),
    Screen("plant-log", "/plants/{plant}/log/"),
    Screen("detectors", "/detectors/"),
    Screen("compare", "/plants/{plant}/compare/{other}/"),
    Screen("leaderboard", "/leaderboard/"),
    Screen("fidelity", "/fidelity/"),
    Screen("api", "/api/docs"),
    Screen("demonstration", "/demo/"),
    Screen("preferences", "/preferences/"),
    Screen("account", "/account/"),
    Screen("second-step", "/account/second-step/"),
    Screen("audit", "/audit/", STAFF),
    Screen("plant-audit", "/plants/{plant}/audit/", EVERYBODY - {"viewer"}),
    Screen("links", "/plants/{plant}/links/", STAFF),
    Screen("public", "/public/{link}/"),
    Screen("admin", "/admin/", STAFF),
    Screen("admin-plants", "/admin/simulation/plant/", STAFF),
    Screen("admin-plant", "/admin/simulation/plant/{plant}/change/", STAFF),
    Screen("admin-limits", "/admin/monitoring/alarmdefinition/", STAFF),
    Screen("admin-providers", "/admin/explainer/providerconfig/", STAFF),
    Screen("admin-fault-presets", "/admin/simulation/faultpreset/", STAFF),
    Screen("admin-users", "/admin/auth/user/", ADMIN),
]

#: Addresses that are no page of their own: a part of one, a file, or an answer to a machine.
NO_PAGES = {
    *("favicon", "words", "metrics", "leaderboard-csv", "fidelity-result", "fidelity-check"),
    *("monitoring:stages", "monitoring:feed", "monitoring:events", "monitoring:controls"),
    *("monitoring:whatif", "monitoring:diagnosis", "monitoring:compare-csv", "explainer:report"),
    *("explainer:history-jsonl", "explainer:history-markdown", "explainer:last-analysis"),
    "monitoring:trends-delete",  # a question before it is done
    *("monitoring:audit-export", "monitoring:plant-audit-export"),
    *("monitoring:trends-export", "monitoring:trends-data", "demo-strip"),
    *("monitoring:public-now", "monitoring:public-data", "monitoring:standing"),
    *("monitoring:alarm-bar", "monitoring:alarm-bar-of-all"),
}
#: The first address is another one's page; these two have tests of their own in a browser.
ELSEWHERE = {"monitoring:home", "login", "login-code", "login-set-up"}
