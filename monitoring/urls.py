"""The pages' addresses."""

from django.urls import path, register_converter

from monitoring.views import (
    alarms,
    compare,
    controls,
    detectors,
    flowsheet,
    hands,
    plants,
    stream,
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


register_converter(ActionConverter, "action")

app_name = "monitoring"
urlpatterns = [
    path("", plants.home, name="home"),
    path("plants/<int:pk>/", plants.plant, name="plant"),
    path("plants/<int:pk>/flowsheet/", flowsheet.flowsheet, name="flowsheet"),
    path("plants/<int:pk>/faceplate/<int:column>/", flowsheet.faceplate, name="faceplate"),
    path("plants/<int:pk>/window/", window.window, name="window"),
    path("plants/<int:pk>/stages/", plants.stages, name="stages"),
    path("plants/<int:pk>/feed/", stream.feed, name="feed"),
    path("plants/<int:pk>/events/", stream.events, name="events"),
    path("plants/<int:pk>/controls/", controls.controls, name="controls"),
    path("plants/<int:pk>/alarms/", alarms.alarms, name="alarms"),
    path("alarms/<int:pk>/", alarms.alarm, name="alarm"),
    path("alarms/<int:pk>/diagnosis/", alarms.diagnosis, name="diagnosis"),
    path("detectors/", detectors.detectors, name="detectors"),
    path("plants/<int:pk>/detectors/", detectors.plant_detectors, name="plant-detectors"),
    path("plants/<int:pk>/speed/", controls.speed, name="speed"),
    path("plants/<int:pk>/inject/", controls.inject, name="inject"),
    path("plants/<int:pk>/clear/", controls.clear, name="clear"),
    path("plants/<int:pk>/hands/<slug:kind>/<int:number>/take/", hands.take, name="take"),
    path("plants/<int:pk>/hands/<slug:kind>/<int:number>/back/", hands.give_back, name="give-back"),
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
