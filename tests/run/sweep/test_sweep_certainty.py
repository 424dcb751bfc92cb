from __future__ import annotations

import json

import pytest
from sweep_builders import ACCEPTED, BROKEN, NEW, OLD, UNRECORDED, story, sweep

from upload_matrix.judge.bisect import Certainty, Missing, certainty, missing
from upload_matrix.judge.history import history
from upload_matrix.model.sweep import Guard, Strategy
from upload_matrix.report import sweep_json
from upload_matrix.report.badge import sweep_badge
from upload_matrix.report.html import sweep_page
from upload_matrix.report.sweep_report import result, sureness


def said(*indices: int) -> dict[int, dict[str, int]]:
    return {index: {"a": 0} for index in indices}


def test_all_measured():
    judged = certainty(3, said(0, 1, 2))
    assert judged == Certainty(3, 3, (), (), 0, 2, 0, 0, ())
    assert judged.complete


def test_what_was_not_looked_at():
    judged = certainty(12, said(0, 5, 6, 11))
    assert judged.unlooked == ((1, 4), (7, 10))
    assert judged.longest_unlooked == 4
    assert judged.longest_blind == 4
    assert not judged.complete
    # A change of 1 release: 8 of 12 places. Of 2: 3 + 3 of 11. Of 4: 1 + 1 of 9.
    assert judged.chances == ((1, 8 / 12), (2, 6 / 11), (4, 2 / 9))


@pytest.mark.parametrize("duration", [1, 2, 4, 8])
def test_a_chance_is_the_share_of_places_counted_one_by_one(duration):
    seen = {0, 3, 4, 15, 16, 20}
    places = range(21 - duration + 1)
    hidden = sum(not seen & set(range(place, place + duration)) for place in places)
    assert dict(certainty(21, said(*seen)).chances)[duration] == hidden / len(places)


def test_silence_in_the_middle_blinds_and_at_the_ends_limits():
    judged = certainty(8, {0: {}, 3: {}, 4: {}, 7: {}, **said(1, 2, 5, 6)})
    assert judged.silent == ((0, 0), (3, 4), (7, 7))
    assert (judged.first, judged.last) == (1, 6)
    assert judged.unlooked == ()
    assert judged.longest_blind == 2


def test_the_variant_least_looked_at_decides():
    measured = {index: {"a": 0, "b": 0} for index in range(6)}
    for index in (2, 3, 4):
        del measured[index]["b"]
    judged = certainty(6, measured)
    assert judged.unlooked == ()
    assert judged.longest_blind == 3
    assert judged.chances == ((1, 3 / 6), (2, 2 / 5))


def test_nothing_known():
    judged = certainty(2, {0: {}, 1: {}})
    assert judged == Certainty(2, 2, (), ((0, 1),), None, None, 0, 0, ())


GONE = "openai cannot be built: no wheel"
SAME = {"v": (OLD, ACCEPTED), "w": (OLD, ACCEPTED)}
HALF = {"v": (OLD, ACCEPTED), "w": (BROKEN,)}
UNREAD = {"v": (OLD, ACCEPTED), "w": (OLD, UNRECORDED)}
LONE = "Only 1 was measured: there is nothing to compare it with."
WHOLE = "Every release was measured: no change between the first and the last can have been missed."


@pytest.mark.parametrize(
    ("told", "names", "first", "sure"),
    [
        ({"1": SAME, "2": SAME}, (), "openai 1-2: nothing changed in 2 releases", (WHOLE,)),
        ({"1": SAME}, (), "openai 1: 1 release measured, and none to compare it with", (LONE,)),
        (
            {"1": SAME, "2": GONE, "3": GONE},
            (),
            "? openai 1-3: only 1 of 3 releases measured, and none to compare it with "
            "(2 releases could not be measured)",
            ("Nothing is known of 2-3.", LONE),
        ),
        (
            {"1": SAME, "2": SAME, "3": GONE},
            (),
            "? openai 1-3: nothing changed in the 2 of 3 releases measured (1 release could not be measured)",
            (
                "Nothing is known of 3.",
                "Of 1-2 every release was measured: no change within can have been missed.",
            ),
        ),
        (
            {"1": HALF, "2": HALF},
            (),
            "? openai 1-2: nothing changed in 2 releases (2 of 4 cells could not be measured)",
            ("Some releases say nothing about 1 of 2 variants: what changed for these there is not known.",),
        ),
        (
            {"1": UNREAD, "2": UNREAD},
            (),
            "? openai 1-2: nothing changed in 2 releases (2 of 4 cells without an answer that says anything)",
            (
                "2 of 4 cells had no answer that says anything: what they send was measured all the same, and "
                'there only a change in that is seen. In their place: "no recording holds this wire form" '
                "(2 times).",
            ),
        ),
        (
            {"1": SAME, "2": SAME},
            ("1", "2", "3"),
            "? openai 1-3: nothing changed in the 2 of 3 releases measured (1 release not tried)",
            (
                "Nothing is known of 3.",
                "1 release in 1 run was not looked at, the longest run 3 (1 release).",
            ),
        ),
        (
            {"1": GONE, "2": {"v": (BROKEN,), "w": (BROKEN,)}},
            (),
            "? openai 1-2: nothing is known of any of 2 releases",
            ("No release says anything.",),
        ),
    ],
    ids=["whole", "one", "one-of-many", "end", "cells", "unread", "shard", "nothing"],
)
def test_what_was_not_measured_is_said_in_the_first_line_of_every_form(told, names, first, sure):
    found = sweep(told, names=names, variants=("v", "w"))
    assert result(found, history(found)) == first
    assert sureness(found) == sure
    page = sweep_page.page(found)
    assert (page.headline, page.mood.word) == (
        first.removeprefix("? "),
        "open" if missing(found) else "plain",
    )
    assert bool(missing(found)) is first.startswith("? ")
    assert ("missing" in json.loads(sweep_json.dump(found))) is bool(missing(found))
    badge = sweep_badge(found)
    assert ("incomplete" in badge or "nothing known" in badge) is bool(missing(found))


def test_what_is_missing_is_counted_by_kind():
    found = sweep(
        {"1": HALF, "2": GONE, "3": UNREAD, "4": {"v": (BROKEN,), "w": (BROKEN,)}},
        names=("1", "2", "3", "4", "5"),
    )
    lacking = Missing(releases=2, untried=1, cells=4, silent=1, unread=1)
    assert missing(found) == lacking
    assert json.loads(sweep_json.dump(found))["missing"] == {
        "releases": 2, "untried": 1, "cells": 4, "silent": 1, "unread": 1,
    }  # fmt: skip
    assert found.counts.measured == 2
    assert not missing(sweep({"1": SAME, "2": {"v": (NEW, ACCEPTED), "w": (NEW, ACCEPTED)}}))
    assert missing(story()) == Missing(releases=1, untried=0, cells=15, silent=0, unread=0)


def test_what_halving_leaves_out_is_said_and_is_not_missing():
    found = sweep(
        {"1": SAME, "3": SAME}, names=("1", "2", "3"), strategy=Strategy.BISECT, guard=Guard(every=2)
    )
    assert not missing(found)
    assert sweep_page.page(found).mood.word == "plain"
    assert result(found, history(found)) == "openai 1-3: nothing changed in the 2 of 3 releases measured"
