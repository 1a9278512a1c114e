"""What `manage.py runsimulation` cannot use it refuses in words, and nothing is stored."""

import itertools

import pytest
from django.core.management import CommandError, call_command

from simulation.models import Plant, Reading

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "arguments",
    list(
        itertools.chain(
            (["--idv", wrong] for wrong in ("21@5", "4", "4@0", "4@9-3", "x@1")),
            (["--interval", wrong] for wrong in ("0", "601", "nan", "soon")),
            (["--steps", wrong] for wrong in ("0", "-1", "many")),
        )
    ),
    ids=" ".join,
)
def test_a_bad_argument_is_named(arguments):
    before = Plant.objects.count()
    with pytest.raises(CommandError, match=arguments[0]):
        call_command("runsimulation", "--fast", *arguments)
    assert not Reading.objects.exists() and Plant.objects.count() == before
