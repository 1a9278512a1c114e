"""The pages' addresses."""

from django.urls import path, re_path, register_converter

from monitoring.views import (
    alarm_acts,
    alarm_definitions,
    alarm_journal,
    alarm_kpis,
    alarm_list,
    alarms,
    audit,
    compare,
    controls,
    detectors,
    diagnosis,
    faceplate,
    flowsheet,
    hands,
    links,
    log,
    occurrence,
    plants,
    public,
    stream,
    trends,
    trends_data,
    trends_export,
    trends_saved,
    whatif,
    window,
)


class ActionConverter:
    """The actions that need nothing but a click (a reset may carry a seed)."""

    regex = "start|pause|resume|stop|reset"

    def to_python(self, value: str) -> str:
        """Return the action."""
        return value

    def to_url(self, value: str) -> str:
        """Return the action."""
        return value


class TableConverter(ActionConverter):
    """The kinds of file that a table can be."""

    regex = "csv|parquet"


register_converter(ActionConverter, "action")
register_converter(TableConverter, "table")

app_name = "monitoring"
urlpatterns = [
    path("", plants.home, name="home"),
    path("plants/", plants.plants, name="plants"),
    path("trends/", trends.trends, name="trends"),
    path("plants/<int:pk>/trends/", trends.of_plant, name="trends"),
    path("trends/export.<table:kind>", trends_export.export, name="trends-export"),
    path("trends/saved/", trends_saved.save, name="trends-save"),
    path("trends/saved/<int:pk>/rename/", trends_saved.rename, name="trends-rename"),
    path("trends/saved/<int:pk>/delete/", trends_saved.delete, name="trends-delete"),
    path("trends/data", trends_data.data, name="trends-data"),
    path("plants/<int:pk>/", plants.plant, name="plant"),
    path("plants/<int:pk>/flowsheet/", flowsheet.flowsheet, name="flowsheet"),
    path("plants/<int:pk>/faceplate/<int:column>/", faceplate.faceplate, name="faceplate"),
    path(
        "plants/<int:pk>/faceplate/<int:column>/<slug:kind>/<int:number>/hold/",
        faceplate.hold,
        name="plate-hold",
    ),
    path(
        "plants/<int:pk>/faceplate/<int:column>/<slug:kind>/<int:number>/back/",
        faceplate.give_back,
        name="plate-back",
    ),
    path(
        "plants/<int:pk>/faceplate/<int:column>/planned/<int:row>/cancel/",
        faceplate.cancel,
        name="plate-cancel",
    ),
    path("plants/<int:pk>/truth/", flowsheet.truth, name="truth"),
    path("plants/<int:pk>/diagnosis/", diagnosis.plant_diagnosis, name="plant-diagnosis"),
    path("plants/<int:pk>/window/", window.window, name="window"),
    path("plants/<int:pk>/stages/", plants.stages, name="stages"),
    path("plants/<int:pk>/feed/", stream.feed, name="feed"),
    path("plants/<int:pk>/events/", stream.events, name="events"),
    path("plants/<int:pk>/controls/", controls.controls, name="controls"),
    path("plants/<int:pk>/alarms/", alarm_list.alarms, name="alarms"),
    path("plants/<int:pk>/alarms/bar/", alarm_list.bar, name="alarm-bar"),
    path("plants/<int:pk>/alarms/standing/", alarm_list.standing, name="standing"),
    path("plants/<int:pk>/claims/", alarms.claims, name="claims"),
    path("alarms/", alarm_list.all_alarms, name="all-alarms"),
    path("alarms/bar/", alarm_list.bar_of_all, name="alarm-bar-of-all"),
    path("alarms/acknowledge/", alarm_acts.acknowledge_alarms, name="acknowledge"),
    path("alarms/journal/", alarm_journal.journal, name="alarm-journal"),
    path("alarms/kpis/", alarm_kpis.figures, name="alarm-kpis"),
    path("alarms/definitions/", alarm_definitions.definitions, name="alarm-definitions"),
    path("alarms/definitions/<int:pk>/out/", alarm_definitions.take_out, name="take-out"),
    path("alarms/definitions/<int:pk>/back/", alarm_definitions.put_back, name="put-back"),
    path("alarms/occurrence/<int:pk>/", occurrence.occurrence, name="occurrence"),
    path("alarms/occurrence/<int:pk>/reset/", alarm_acts.reset, name="reset-latch"),
    path("alarms/occurrence/<int:pk>/shelve/", alarm_acts.shelve, name="shelve"),
    path("alarms/shelving/<int:pk>/unshelve/", alarm_acts.unshelve, name="unshelve"),
    path("alarms/<int:pk>/", alarms.alarm, name="alarm"),
    path("alarms/<int:pk>/diagnosis/", alarms.diagnosis, name="diagnosis"),
    path("log/", log.site_log, name="site-log"),
    path("log/write/", log.write_site, name="write-site"),
    path("log/<int:pk>/withdraw/", log.withdraw, name="withdraw-entry"),
    path("log/<int:pk>/take-over/", log.take_over, name="take-over"),
    path("plants/<int:pk>/log/", log.plant_log, name="plant-log"),
    path("plants/<int:pk>/log/write/", log.write_plant, name="write-plant"),
    path("events/<int:pk>/note/", log.note, name="note"),
    path("detectors/", detectors.detectors, name="detectors"),
    path("plants/<int:pk>/detectors/", detectors.plant_detectors, name="plant-detectors"),
    path("plants/<int:pk>/links/", links.links, name="links"),
    path("plants/<int:pk>/links/make/", links.make, name="make-link"),
    path("links/<int:pk>/revoke/", links.revoke, name="revoke-link"),
    path("public/<str:token>/", public.page, name="public"),
    path("public/<str:token>/now/", public.now, name="public-now"),
    path("public/<str:token>/data/", public.data, name="public-data"),
    path("audit/", audit.trail, name="audit"),
    re_path(r"^audit/export\.(?P<form>csv|jsonl)$", audit.export, name="audit-export"),
    path("audit/<int:pk>/undo/", audit.undo, name="undo"),
    path("plants/<int:pk>/audit/", audit.trail, name="plant-audit"),
    re_path(
        r"^plants/(?P<pk>[0-9]+)/audit/export\.(?P<form>csv|jsonl)$",
        audit.export,
        name="plant-audit-export",
    ),
    path("plants/<int:pk>/emergency-reset/", controls.emergency_reset, name="emergency-reset"),
    path("plants/<int:pk>/speed/", controls.speed, name="speed"),
    path("plants/<int:pk>/inject/", controls.inject, name="inject"),
    path("plants/<int:pk>/clear/", controls.clear, name="clear"),
    path("plants/<int:pk>/hands/<slug:kind>/<int:number>/take/", hands.take, name="take"),
    path("plants/<int:pk>/hands/<slug:kind>/<int:number>/back/", hands.give_back, name="give-back"),
    path("plants/<int:pk>/planned/<slug:kind>/<int:row>/cancel/", hands.cancel, name="cancel"),
    path("plants/<int:pk>/whatif/", whatif.panel, name="whatif"),
    path("plants/<int:pk>/whatif/branch/", whatif.branch, name="branch"),
    path("plants/<int:pk>/whatif/twin/", whatif.twin, name="twin"),
    path("plants/<int:pk>/whatif/forecast/", whatif.forecast, name="forecast"),
    path("plants/<int:pk>/whatif/<int:other>/delete/", whatif.delete, name="delete-branch"),
    path("plants/<int:pk>/compare/<int:other>/", compare.compare, name="compare"),
    path("plants/<int:pk>/compare/<int:other>.csv", compare.export, name="compare-csv"),
    path("plants/<int:pk>/detector/", controls.detector, name="detector"),
    path("plants/<int:pk>/detector/preset/", controls.detector_preset, name="detector-preset"),
    path("plants/<int:pk>/<action:action>/", controls.operate, name="operate"),
]
