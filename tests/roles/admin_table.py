"""Who may do what in the admin: one row for each registered model.

The letters of a row: look (list, page, history), add, change, delete. E: engineers and admins,
A: admins, a dot: nobody. Then the actions of its list, as they are offered.
"""

MODELS = {
    "accounts.apitoken": ("A...", {"revoke": "A"}),
    "accounts.auditentry": ("E...", {}),
    "auth.group": ("AAAA", {"delete_selected": "A"}),
    "auth.user": ("AAAA", {"delete_selected": "A"}),
    "explainer.askingsettings": ("EAEA", {"delete_selected": "A"}),
    "explainer.assessment": ("E..A", {"delete_selected": "A"}),
    "explainer.budget": ("E.A.", {}),
    "explainer.explanation": ("E..A", {"delete_selected": "A"}),
    "explainer.promptversion": ("EE..", {"use": "E"}),
    "explainer.providerconfig": ("EAEA", {"delete_selected": "A"}),
    "explainer.question": ("E..A", {"delete_selected": "A"}),
    "explainer.spending": ("E...", {}),
    "monitoring.alarm": ("E...", {}),
    "monitoring.alarmdefinition": (
        "EEEE",
        {
            "delete_selected": "E",
            "export_chosen": "E",
            "return_to_service": "E",
            "take_out_of_service": "E",
        },
    ),
    "monitoring.alarmdiagnosis": ("E...", {}),
    "monitoring.alarmjournalentry": ("E...", {}),
    "monitoring.alarmoccurrence": ("E...", {}),
    "monitoring.analysis": ("E...", {}),
    "monitoring.analysispreset": (
        "EEEE",
        {"delete_selected": "E", "duplicate": "E", "export_chosen": "E"},
    ),
    "monitoring.detectorevaluation": ("E...", {}),
    "monitoring.detectormodel": (
        "E..E",
        {"activate": "E", "delete_selected": "E", "unwatch": "E", "watch": "E"},
    ),
    "monitoring.detectorsettings": ("E.E.", {}),
    "monitoring.diagnosismodel": ("E...", {}),
    "monitoring.eventframe": ("E...", {}),
    "monitoring.shelving": ("E...", {}),
    "otp_totp.totpdevice": ("A...", {"remove": "A"}),
    "simulation.faultpreset": (
        "EEEE",
        {"delete_selected": "E", "duplicate": "E", "export_chosen": "E"},
    ),
    "simulation.hand": ("E...", {}),
    "simulation.ingestcount": ("E...", {}),
    "simulation.injection": ("E...", {}),
    "simulation.plant": (
        "EEEE",
        {
            "delete_selected": "E",
            "pause": "E",
            "reset": "E",
            "resume": "E",
            "start": "E",
            "stop": "E",
        },
    ),
    "simulation.plantevent": ("E...", {}),
    "simulation.reading": ("E...", {}),
    "simulation.run": ("E...", {}),
    "simulation.speedpreset": (
        "EEEE",
        {"delete_selected": "E", "duplicate": "E", "export_chosen": "E"},
    ),
}

#: The admin's other addresses: GET and POST, as in `addresses.TABLE`;
#: a dash: ends the own session at most.
OTHERS = {
    "": "EE",
    "login/": "**",
    "logout/": "--",
    "password_change/": "VV",
    "password_change/done/": "E.",
    "autocomplete/": "..",
    "jsi18n/": "E.",
    "r/<path:content_type_id>/<path:object_id>/": "EE",
    r"^(?P<app_label>auth|accounts|otp_totp|explainer|monitoring|simulation)/$": "EE",
    "auth/user/<id>/password/": "AA",
    "explainer/providerconfig/<int:pk>/test/": ".E",
    **{
        f"{model}/{page}/": "EE"
        for page in ("export", "import")
        for model in (
            "monitoring/alarmdefinition",
            "monitoring/analysispreset",
            "simulation/faultpreset",
            "simulation/speedpreset",
        )
    },
}
