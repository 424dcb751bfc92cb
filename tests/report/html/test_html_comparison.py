from __future__ import annotations

from dataclasses import replace

from reports_hostile import HOSTILE, hostile_run
from reports_story import ACCEPTED, GENERIC, HANDLE, REJECTED, TUPLE, answered, run_of, story, unexpected
from test_html_page import Shape, csp

from upload_matrix.judge.compare import compare
from upload_matrix.report.html import comparison_page


def worse():
    """The story with its tuple rejected, another form on the wire, and a case gone."""
    broken = replace(
        TUPLE[0], outcome=REJECTED, verdict=unexpected(REJECTED), attempts=(answered(GENERIC, 400),)
    )
    return run_of(HANDLE, broken, *story().results[2:-1])


def test_a_regression_is_the_headline_with_both_outcomes_and_what_the_wire_did():
    text = comparison_page.render(story(), worse(), title="old and new")
    csp(text)
    assert (
        "1 regression in 6 cases; undecided: 1 of 7 cases of the old report is not in the new one, " in text
    )
    assert TUPLE[0].id in text
    assert "as-expected → <b>unexpected</b>" in text
    assert "<code>image.content_type</code>" in text
    assert "application/octet-stream" in text
    assert "the outcome changed too" in text
    assert "Removed" in text
    assert "not the vendor&#39;s words" in text


def test_reports_without_a_common_case_are_not_called_unchanged():
    page = comparison_page.page(
        comparison_page.ComparedRuns(run_of(HANDLE), run_of(*TUPLE), compare(run_of(HANDLE), run_of(*TUPLE))),
        title="x",
    )
    assert page.mood.word == "open"
    assert page.headline.startswith("Nothing to compare: the two reports have no case in common")


def test_the_way_back_is_an_improvement():
    text = comparison_page.render(worse(), story())
    assert "Improvements" in text
    assert "Regressions" not in text


def test_nothing_changed_is_said_too():
    text = comparison_page.render(run_of(HANDLE, *TUPLE), run_of(HANDLE, *TUPLE))
    assert f"Nothing changed in {len(TUPLE) + 1} cases</span></h1>" in text
    assert 'id="wire_changes"' not in text


def test_who_answered_is_told_apart_when_the_two_differ():
    from reports_story import FORWARDED

    live = run_of(
        *(replace(case, attempts=(answered(GENERIC, 200, FORWARDED),), outcome=ACCEPTED) for case in TUPLE)
    )
    text = comparison_page.render(run_of(*TUPLE), live)
    assert "Before: Answers: emulated" in text
    assert "After: Answers: live (openai, asked in this run)" in text


def test_no_word_from_elsewhere_changes_the_page():
    def page(word):
        old = hostile_run(word)
        new = replace(
            old, results=(replace(old.results[0], outcome=replace(REJECTED, message=f"m{word}")), *TUPLE)
        )
        return Shape(comparison_page.render(old, new, title=word)).tags

    plain = page("plain")
    for word in HOSTILE:
        if word.strip():
            assert page(word) == plain, word
