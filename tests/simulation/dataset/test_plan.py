"""An experiment is planned completely before anything is simulated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation import tep
from simulation.dataset.plan import Plan, faults_of


def plan(**options) -> Plan:
    return Plan(**{"faults": (0, 4), "runs": 3, "hours": 12.0} | options)


@given(
    faults=st.lists(st.integers(0, 20), min_size=1, unique=True),
    runs=st.integers(1, 200),
    runs_per_file=st.integers(1, 60),
)
def test_the_files_hold_every_run_once_and_in_order(faults, runs, runs_per_file):
    made = plan(faults=tuple(faults), runs=runs, runs_per_file=runs_per_file)
    found = [(file.fault, file.first + n) for file in made.files() for n in range(file.count)]
    assert found == [(fault, number) for fault in faults for number in range(1, runs + 1)]
    assert len({file.name for file in made.files()}) == len(list(made.files()))


@given(st.integers(0, 20), st.integers(1, 500), st.integers(1, 2**40))
def test_a_runs_seed_depends_on_experiment_fault_and_number_alone(fault, number, seed):
    small, large = plan(seed=seed), plan(seed=seed, runs=10_000, hours=1.0, onset_hours=0.5)
    run = small.run(fault, number)
    assert run == large.run(fault, number)
    assert tep.check_seed(run.seed) == run.seed
    assert run.seed != small.run(fault, number + 1).seed
    assert run.seed != plan(seed=seed + 1).run(fault, number).seed


def test_a_plan_survives_its_json():
    made = plan(magnitude=0.5, digits=5, format="csv", rng="reference")
    assert Plan.of_json(made.as_json()) == made


@pytest.mark.parametrize(
    ("text", "faults"),
    [("0-3", (0, 1, 2, 3)), ("1,4,6", (1, 4, 6)), (" 0 , 13 - 15 ", (0, 13, 14, 15))],
)
def test_faults_are_named_by_numbers_and_spans(text, faults):
    assert faults_of(text) == faults


@pytest.mark.parametrize("text", ["", "x", "1,,2", "5-3", "-1", "1;2", "1.5"])
def test_what_names_no_faults_is_refused(text):
    with pytest.raises(ValueError, match=r"names no faults|goes backwards"):
        faults_of(text)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"faults": (21,)}, r"no IDV\(21\)"),
        ({"faults": (4, 4)}, "each once"),
        ({"faults": ()}, "name the faults"),
        ({"runs": 0}, "runs is a whole number"),
        ({"hours": 0.0}, "hours lie over 0"),
        ({"hours": 1e9}, "hours lie over 0"),
        ({"hours": float("nan")}, "hours lie over 0"),
        ({"hours": 0.01, "onset_hours": 0.0}, "hold no sample"),
        ({"onset_hours": 12.0}, "no effect"),
        ({"onset_hours": -1.0}, "no effect"),
        ({"magnitude": 2.0}, "magnitude"),
        ({"magnitude": 0.0}, "no fault"),
        ({"seed": 0}, "seed is a whole number"),
        ({"rng": "dice"}, "rng is"),
        ({"format": "xls"}, "the format is"),
        ({"digits": 0}, "digits is a whole number"),
        ({"runs_per_file": 0}, "runs-per-file"),
        ({"after_trip": "invent"}, "after-trip"),
    ],
)
def test_an_experiment_that_cannot_be_is_refused_in_words(options, words):
    with pytest.raises(ValueError, match=words):
        plan(**options)
