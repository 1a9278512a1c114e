"""The addresses of the control room's API."""

from django.urls import path, re_path

from monitoring import (
    alarm_api,
    alarm_definition_api,
    api,
    audit_api,
    hands_api,
    ingest_api,
    whatif_api,
)

app_name = "monitoring_api"
urlpatterns = [
    path("healthz", api.healthz, name="healthz"),
    path("api/status", api.plants, name="status"),
    path("api/plants", ingest_api.add_plant, name="add-plant"),
    path("api/plants/<int:pk>/ingest", ingest_api.ingest, name="ingest"),
    path("api/plants/<int:pk>/events", ingest_api.events, name="events"),
    path("api/plants/<int:pk>/analyses", api.analyses, name="analyses"),
    path("api/plants/<int:pk>/alarms", api.alarms, name="alarms"),
    path("api/alarms", alarm_api.alarm_occurrences, name="alarm-occurrences"),
    path("api/alarms/acknowledge", alarm_api.acknowledge_several, name="acknowledge-alarms"),
    path("api/alarms/<int:number>", alarm_api.alarm, name="alarm-occurrence"),
    path("api/alarms/<int:number>/acknowledge", alarm_api.acknowledge, name="acknowledge-alarm"),
    path("api/alarms/<int:number>/reset", alarm_api.reset_alarm, name="reset-alarm"),
    path("api/plants/<int:pk>/shelf", alarm_api.plant_shelf, name="alarm-shelf"),
    path("api/plants/<int:pk>/shelf/<slug:code>", alarm_api.shelved, name="shelved-alarm"),
    path("api/alarm-journal", alarm_api.journal, name="alarm-journal"),
    path("api/alarm-kpis", alarm_api.kpis, name="alarm-kpis"),
    path("api/alarm-definitions", alarm_definition_api.definitions, name="alarm-definitions"),
    path(
        "api/alarm-definitions/<slug:code>",
        alarm_definition_api.definition,
        name="alarm-definition",
    ),
    path(
        "api/alarm-definitions/<slug:code>/out-of-service",
        alarm_definition_api.out_of_service,
        name="alarm-out-of-service",
    ),
    path(
        "api/alarm-definitions/<slug:code>/in-service",
        alarm_definition_api.in_service,
        name="alarm-in-service",
    ),
    path("api/plants/<int:pk>/injections", api.injections, name="injections"),
    path("api/plants/<int:pk>/injections/<int:idv>", api.injection, name="injection"),
    path("api/plants/<int:pk>/branches", whatif_api.branches, name="branches"),
    path("api/plants/<int:pk>/branches/<int:branch>", whatif_api.branch, name="branch"),
    path("api/plants/<int:pk>/twin", whatif_api.twin, name="twin"),
    path("api/plants/<int:pk>/forecast", whatif_api.forecast, name="forecast"),
    path("api/plants/<int:pk>/hands", hands_api.hands, name="hands"),
    path("api/plants/<int:pk>/valves/<int:number>", hands_api.valve, name="valve"),
    path("api/plants/<int:pk>/setpoints/<int:number>", hands_api.setpoint, name="setpoint"),
    path("api/plants/<int:pk>/reset", api.reset, name="reset"),
    path("api/plants/<int:pk>/emergency-reset", api.emergency_reset, name="emergency-reset"),
    path("api/audit", audit_api.trail, name="audit"),
    path("api/audit/<int:pk>/undo", audit_api.undo, name="undo"),
    path("api/plants/<int:pk>/speed", api.speed, name="speed"),
    path("api/plants/<int:pk>/detector", api.detector, name="detector"),
    re_path(
        r"^api/plants/(?P<pk>[0-9]+)/(?P<action>start|pause|resume|stop)$",
        api.operate,
        name="operate",
    ),
]
