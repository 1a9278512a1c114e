"""Websocket addresses."""

from django.urls import path

from monitoring.consumers import PlantConsumer, PublicConsumer

websocket_urlpatterns = [
    path("ws/plants/<int:pk>/", PlantConsumer.as_asgi()),
    path("ws/public/<str:token>/", PublicConsumer.as_asgi()),
]
