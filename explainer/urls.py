"""The explainer's addresses: pages, and the earlier system's `last_analysis`."""

from django.urls import path

from explainer import api, report_page, views

app_name = "explainer"
urlpatterns = [
    path("plants/<int:pk>/explanations/", views.explanations, name="explanations"),
    path("plants/<int:pk>/explain/", views.explain, name="explain"),
    path("explanations/<int:pk>/", views.explanation, name="explanation"),
    path("explanations/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("alarms/<int:pk>/explanations/", views.comparison, name="comparison"),
    path("alarms/<int:pk>/report.pdf", report_page.report, name="report"),
    path("last_analysis", api.LastAnalysis.as_view(), name="last-analysis"),
]
