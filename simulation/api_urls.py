"""The addresses of the plants' data."""

from django.urls import path

from simulation import api

app_name = "simulation_api"
urlpatterns = [
    path("api/plants/<int:pk>/readings", api.readings, name="readings"),
]
