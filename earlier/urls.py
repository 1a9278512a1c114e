"""The earlier system's addresses; mounted only with TEPLIVE_LEGACY_API=1."""

from django.urls import path

from earlier import (
    configuration,
    explaining,
    figures,
    history,
    logs,
    panel,
    panel_status,
    providers,
    retraining,
    stream,
)
from earlier.ingest import ingest

app_name = "earlier"

urlpatterns = [
    path("ingest", ingest, name="ingest"),
    path("status", figures.status, name="status"),
    path("stream", stream.stream, name="stream"),
    path("retrain", retraining.retrain, name="retrain"),
    path("metrics.json", figures.metrics, name="metrics"),
    path("preview/top6", explaining.preview, name="preview"),
    path("explain", explaining.explain, name="explain"),
    path("models/status", providers.status, name="models-status"),
    path("models/toggle", providers.toggle, name="models-toggle"),
    path("config/runtime", configuration.runtime, name="runtime"),
    path("config/alpha", configuration.alpha, name="alpha"),
    path("config/baseline/reload", configuration.baseline, name="baseline"),
    path("analysis/history", history.history, name="history"),
    path("analysis/item/<int:number>", history.item, name="item"),
    # The panel, which also passed calls on to the backend.
    path("api/speed", panel.speed, name="speed"),
    path("api/speed/factor", panel.factor, name="speed-factor"),
    path("api/idv/set", panel.set_idv, name="idv"),
    path("api/xmv/set", panel.set_xmv, name="xmv"),
    path("api/tep/start", panel.start, name="start"),
    path("api/tep/stop", panel.stop, name="stop"),
    path("api/tep/restart", panel.restart, name="restart"),
    path("api/stop/all", panel.stop_all, name="stop-all"),
    path("api/logs/<str:name>", logs.lines, name="logs"),
    path("api/analysis/history/download/<str:kind>", history.download, name="download"),
    path(
        "api/analysis/history/download/bydate/<str:day>",
        history.download_day,
        name="download-day",
    ),
    path("api/models/status", providers.status),
    path("api/models/toggle", providers.toggle),
    path("api/backend/config/runtime", configuration.runtime),
    path("api/backend/config/alpha", configuration.alpha),
    path("api/backend/config/baseline/reload", configuration.baseline),
    path("api/backend/analysis/history", history.history),
    # These two are ours already; here they take callers of this machine and tell more.
    path("api/status", panel_status.EarlierStatus.as_call(), name="panel-status"),
    path("last_analysis", history.EarlierLastAnalysis.as_view(), name="last-analysis"),
]

#: What the addresses outside /api/ begin with.
FIRST_PARTS = sorted({str(p.pattern).partition("/")[0] for p in urlpatterns} - {"api"})
