"""Composition: settings, urls, asgi, Celery with the plants' clock, and the runner."""

from teplive.celery import app as celery_app

__all__ = ["celery_app"]
