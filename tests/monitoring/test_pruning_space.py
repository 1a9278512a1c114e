"""Pruning on SQLite gives its space back to the disk."""

import pytest
from django.db import connection

from monitoring.models import DetectorModel
from monitoring.pruning import Limits, prune
from tests.monitoring.stored import fill


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL reuses the space after its own autovacuum"
)
@pytest.mark.django_db(transaction=True)
def test_on_sqlite_the_space_goes_back_to_the_disk(plant, fitted_parameters):
    model = DetectorModel.objects.create(version=1, is_active=True, **fitted_parameters)
    fill(plant, model, 4000, days_old=9)  # of which 1000 always stay
    with connection.cursor() as cursor:
        before = cursor.execute("PRAGMA page_count").fetchone()[0]
        prune(plant, Limits(days=7))
        after = cursor.execute("PRAGMA page_count").fetchone()[0]
    assert after < before * 0.6
