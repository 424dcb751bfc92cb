"""Badges: what they say, that a stand-in is marked, and that words from elsewhere stay words."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from reports_hostile import HOSTILE
from reports_story import HANDLE, KNOWN, RECORDED, TUPLE, run_of, story

from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import Run, Verdict, VerdictKind
from upload_matrix.report.badge import BAD, EMULATED, GOOD, IDLE, OPEN, PLAIN, Segment, run_badge, svg

SVG = "{http://www.w3.org/2000/svg}"


def words(text: str) -> list[str]:
    return [each.text for each in ElementTree.fromstring(text).iter(f"{SVG}text")]


def live(result):
    return replace(result, attempts=tuple(replace(attempt, source=RECORDED) for attempt in result.attempts))


SILENT = replace(
    HANDLE, outcome=Outcome(OutcomeKind.UNRECORDED), verdict=Verdict(VerdictKind.UNRESOLVED, "accepted")
)


@pytest.mark.parametrize(
    ("results", "said"),
    [
        (TUPLE, ["2 as expected", "emulated"]),
        ((*TUPLE, HANDLE), ["1 of 3 not as expected", "emulated"]),
        ((*TUPLE, KNOWN), ["2 as expected, 1 known", "emulated"]),
        ((*TUPLE, SILENT), ["1 of 3 unresolved", "emulated"]),
        ((live(TUPLE[0]),), ["1 as expected"]),
        ((live(TUPLE[0]), TUPLE[1]), ["2 as expected", "partly emulated"]),
    ],
)
def test_a_badge_says_how_a_run_went_and_marks_a_stand_in(results, said):
    assert words(run_badge(run_of(*results))) == ["uploads", *said]


def test_no_case_is_no_success():
    text = run_badge(Run((), (), {}, ()), label="nightly")
    assert words(text) == ["nightly", "no case ran"]
    assert GOOD not in text


def test_a_screen_reader_is_told_all_of_it():
    root = ElementTree.fromstring(run_badge(story()))
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.find(f"{SVG}title").text
    assert root.get("aria-label").startswith("uploads: 1 of 7 not as expected")


@pytest.mark.parametrize("ground", [GOOD, BAD, OPEN, IDLE, PLAIN, EMULATED, "#33383f"])
def test_white_words_can_be_read_on_every_ground(ground):
    # WCAG 2.2, contrast (minimum): 4.5 to 1.
    channels = [int(ground[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5


@pytest.mark.parametrize("word", HOSTILE)
def test_words_from_elsewhere_stay_words(word):
    root = ElementTree.fromstring(svg(word, [Segment(word, GOOD)]))
    assert {each.tag.removeprefix(SVG) for each in root.iter()} == {
        "svg", "title", "clipPath", "rect", "g", "text",
    }  # fmt: skip
    assert int(root.get("width")) <= 2 * (2 * 7 + 62 * 14)
