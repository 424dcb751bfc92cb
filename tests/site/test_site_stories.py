"""A matrix over time: snapshots, what changed, and cases with the same story as one row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reports_story import HANDLE, REJECTED, TUPLE, run_of

from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.report.html.page import BAD, GOOD, OPEN, PLAIN
from upload_matrix.site.pages import pieces
from upload_matrix.site.reading import IndexEntry, Slugs, worst
from upload_matrix.site.stories import MOST_RUNS, MatrixStory, about, by_matrix, grouped, timeline

GONE = Outcome(OutcomeKind.REJECTED, 404, code="model_not_found", message="gone")
OTHER = replace(HANDLE, id="field-report/other", axes={**HANDLE.axes, "container": "bytesio"})


def told(*runs) -> MatrixStory:
    story = MatrixStory("field-report", "field-report")
    for number, run in enumerate(runs):
        entry = IndexEntry(
            f"r{number}", "run", None, "", GOOD, "", False, f"run/r{number}.html", f"data/r{number}.json"
        )
        story.add(entry, run)
    return story


def test_cases_that_changed_alike_are_told_once_with_what_they_sent_and_heard():
    rejected, gone = (
        run_of(HANDLE, OTHER, *TUPLE),
        run_of(replace(HANDLE, outcome=GONE), replace(OTHER, outcome=GONE), *TUPLE),
    )
    (step,) = told(rejected, gone).steps
    assert not step.silent
    (like,) = grouped(step.comparison.changed)
    assert like.words == "rejected 400 invalid_value → rejected 404 model_not_found"
    assert like.cases == (HANDLE.id, OTHER.id)
    assert like.says == (REJECTED.message, "gone")
    assert (like.verdict, like.deltas) == (None, ())


def test_another_request_with_the_same_answer_is_a_change_part_by_part():
    moved = replace(HANDLE, attempts=(replace(HANDLE.attempts[0], wire=TUPLE[0].attempts[0].wire),))
    story = told(run_of(HANDLE, TUPLE[0]), run_of(moved, TUPLE[0]))
    (like,) = grouped(story.steps[0].comparison.changed)
    assert like.words == "another request, the same answer"
    assert like.deltas == (("image.content_type", "application/octet-stream", "image/webp"),)


def test_a_run_like_the_one_before_is_no_change():
    assert told(run_of(HANDLE), run_of(HANDLE)).steps[0].silent


def test_rows_with_changes_come_first_and_a_case_that_is_missing_is_none():
    first, second = run_of(*TUPLE, HANDLE), run_of(*TUPLE, replace(HANDLE, outcome=GONE), OTHER)
    found = timeline(told(first, second))
    assert [(line.cases, line.changed) for line in found.lines] == [
        ((HANDLE.id,), True),
        ((OTHER.id,), True),
        (tuple(each.id for each in TUPLE), False),
    ]
    assert found.lines[1].cells[0] is None
    assert found.lines[0].cells[1].words == "✗ 404 model_not_found"
    assert found.changed == 2


def test_only_the_newest_runs_are_shown():
    found = timeline(told(*[run_of(HANDLE)] * (MOST_RUNS + 3)))
    assert (len(found.snapshots), found.left_out, found.changed) == (MOST_RUNS, 3, 0)
    assert found.snapshots[-1].entry.name == f"r{MOST_RUNS + 2}"


AXES = {
    f"{container}/{image}": {"container": container, "image": image, "mask": "none"}
    for container in ("handle", "bytesio", "tuple")
    for image in ("webp", "png")
}


@pytest.mark.parametrize(
    ("group", "said"),
    [
        (["handle/webp"], (("container", "handle"), ("image", "webp"))),
        (["handle/webp", "handle/png"], (("container", "handle"),)),
        (["handle/webp", "tuple/webp"], (("container", "handle, tuple"), ("image", "webp"))),
        (["handle/webp", "bytesio/png"], ()),
        (list(AXES), ()),
    ],
)
def test_a_group_is_told_by_axes_only_where_these_mean_exactly_its_cases(group, said):
    assert about(group, AXES) == said


def test_an_axis_that_follows_from_another_is_left_out():
    axes = {
        "a": {"operation": "generate", "container": "n/a"},
        "b": {"operation": "edit", "container": "handle"},
    }
    assert about(["a"], axes) == (("operation", "generate"),)


def test_a_run_is_taken_apart_by_matrix_with_the_forms_that_each_names():
    run = run_of(TUPLE[0], replace(HANDLE, matrix="second", id="second/h"))
    parts = dict(by_matrix(run))
    assert list(parts) == ["field-report", "second"]
    assert list(parts["second"].wires) == [HANDLE.attempts[0].wire]


def test_file_names_are_plain_and_given_once_whatever_the_letters_case():
    slugs = Slugs()
    assert [slugs.give(words) for words in ("a/b", "A\\B", "../x", "사진", "", "a" * 300)] == [
        "a-b", "a-b-2", "x", "unnamed", "unnamed-2", "a" * 80,
    ]  # fmt: skip


def test_the_worst_is_told():
    assert worst([GOOD, OPEN, BAD]) is BAD
    assert worst([GOOD, OPEN]) is OPEN
    assert worst([GOOD]) is GOOD
    assert worst([]) is PLAIN


def test_a_bar_has_what_is_not_as_expected_first_and_apart():
    calm = replace(HANDLE, id="calm", verdict=TUPLE[0].verdict)
    (snapshot,) = told(run_of(*TUPLE, HANDLE, calm)).snapshots
    assert snapshot.outcomes == (
        (OutcomeKind.REJECTED, True, 1),
        (OutcomeKind.ACCEPTED, False, 2),
        (OutcomeKind.REJECTED, False, 1),
    )
    assert [(piece.red, piece.start, piece.length) for piece in pieces(snapshot)] == [
        (True, 0.0, 25.0),
        (False, 25.0, 50.0),
        (False, 75.0, 25.0),
    ]
