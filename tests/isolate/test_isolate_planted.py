"""Planted causes in emulator profiles are found exactly, with and without noise, within the bound."""

import pytest
from isolate_requests import read_back
from isolate_world import Planted, World, named, planted

from upload_matrix.judge.isolate.asking import SearchOptions
from upload_matrix.judge.isolate.result import Stop, Trial
from upload_matrix.judge.isolate.search import isolate

CASES = planted()
AUTO = SearchOptions(trial=Trial(repeat=True))


def by_id(case: Planted) -> str:
    return case.id


def test_there_are_enough_of_every_kind():
    kinds = {case.kind for case in CASES}
    assert len(CASES) >= 60
    assert {
        "single",
        "value",
        "pair",
        "several",
        "disjoint",
        "order",
        "framing",
        "header",
        "dependent",
    } <= kinds


@pytest.mark.parametrize("case", CASES, ids=by_id)
def test_found_exactly(case):
    world = World(case)
    result = isolate(world.splicer, world.ask)
    assert result.stopped is Stop.FOUND
    assert named(result) == case.expected()
    assert result.sufficient
    assert result.necessary
    assert all(cause.minimal for cause in result.causes)
    assert result.searched <= result.bound
    assert result.calls == len(world.questions) == len({question.key for question in world.questions})
    assert result.emulated
    for question in world.questions:
        crafted = world.splicer.craft(question.kept).request
        if crafted not in world.splicer.ends:
            assert read_back(crafted) == crafted.wire


@pytest.mark.parametrize("noise", [0.05, 0.10])
@pytest.mark.parametrize("case", CASES[::4], ids=by_id)
def test_found_exactly_in_noise(case, noise):
    world = World(case, noise=noise)
    result = isolate(world.splicer, world.ask, options=AUTO)
    assert (result.stopped, named(result)) == (Stop.FOUND, case.expected())
    assert result.searched <= result.bound


def test_the_field_report_takes_four_calls_and_reads_like_this():
    world = World(next(case for case in CASES if case.id == "field-report"))
    result = isolate(world.splicer, world.ask)
    assert result.calls == 4
    assert result.sentence == (
        "`Content-Type` of part `image`: `application/octet-stream` is rejected, `image/webp` accepted; "
        "filename does not matter (emulated)."
    )
