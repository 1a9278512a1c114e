"""The explainer's addresses: pages, and the earlier system's `last_analysis`."""

from django.urls import path

from explainer import api, conversation_page, history_page, preview_page, report_page, views

app_name = "explainer"
urlpatterns = [
    path("plants/<int:pk>/explanations/", views.explanations, name="explanations"),
    path("plants/<int:pk>/evidence/", preview_page.page, name="preview"),
    path("plants/<int:pk>/explain/", views.explain, name="explain"),
    path("explanations/", history_page.page, name="history"),
    path("explanations.jsonl", history_page.json_lines, name="history-jsonl"),
    path("explanations.md", history_page.markdown, name="history-markdown"),
    path("explanations/<int:pk>/assess/", history_page.assess, name="assess"),
    path("explanations/<int:pk>/", views.explanation, name="explanation"),
    path("explanations/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("alarms/<int:pk>/explanations/", views.comparison, name="comparison"),
    path("alarms/<int:pk>/questions/", conversation_page.page, name="conversation"),
    path("alarms/<int:pk>/report.pdf", report_page.report, name="report"),
    path("last_analysis", api.LastAnalysis.as_view(), name="last-analysis"),
]
