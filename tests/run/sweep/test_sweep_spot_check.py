"""What a spot check says: a failure of ours is no difference between two environments."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sweep_builders import ACCEPTED, BROKEN, NEW, OLD, sweep

from upload_matrix.environments.kept import Way
from upload_matrix.run.measure import Measured
from upload_matrix.run.sweep import Progress, SweepPlan, spot_checked

SHARED = {"v": (OLD, ACCEPTED), "w": (OLD, ACCEPTED)}


class Again:
    """Measures by the book: what each release is to show in an environment of its own."""

    def __init__(self, told):
        self.results = sweep(told).results

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def measure(self, releases):
        return (Measured(self.results[name], {}, {}) for name in releases)


@pytest.mark.parametrize(
    ("again", "says"),
    [
        (SHARED, "openai 1.0 behave the same with dependencies resolved today"),
        (
            {"v": (OLD, ACCEPTED), "w": (NEW, ACCEPTED)},
            "with dependencies resolved today openai 1.0 differs in 1 of 2 variants, for instance w: accepted 200",
        ),
        (
            {"v": (OLD, ACCEPTED), "w": (BROKEN,)},
            "1 of 2 variants of openai 1.0 could not be measured again",
        ),
        ({"v": (BROKEN,), "w": (BROKEN,)}, "openai 1.0 could not be measured again"),
    ],
)
def test_a_spot_check_says_what_was_seen(again, says):
    shared = sweep({"1.0": SHARED})
    plan = SweepPlan("openai", shared.releases, (), "this", Way.OVERLAY, None)
    progress = replace(Progress(plan), results=dict(shared.results))
    assert spot_checked(progress, lambda _: Again({"1.0": again}), None, 1) == (f"spot check: {says}",)
