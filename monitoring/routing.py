"""Websocket addresses."""

from django.urls import path

from monitoring.consumers import PlantConsumer

websocket_urlpatterns = [path("ws/plants/<int:pk>/", PlantConsumer.as_asgi())]
