"""Composition: settings, urls, asgi, Celery with the plants' clock, and the runner."""

from teplive.celery import app as celery_app

__version__ = "0.1.0"

__all__ = ["__version__", "celery_app"]
