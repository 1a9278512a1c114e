"""Addresses of the accounts application."""

from django.urls import path

from accounts import preferences_page

urlpatterns = [
    path("preferences/", preferences_page.page, name="preferences"),
    path("preferences/units", preferences_page.units, name="preferences-units"),
    path("preferences/sound", preferences_page.sound, name="preferences-sound"),
]
