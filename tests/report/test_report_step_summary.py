"""The summary of a CI step: what is red first, the rest folded, under the limit, linked on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from reports_hostile import HOSTILE, hostile_run
from reports_story import HANDLE, TUPLE, run_of, story

from upload_matrix.judge.gate import Gate, Undecided
from upload_matrix.report import step_summary
from upload_matrix.report.markdown_escape import link
from upload_matrix.report.step_summary import LIMIT, render

ADDRESS = "https://github.example/o/r/actions/runs/7#artifacts"


def test_the_result_and_the_link_come_first_and_what_is_red_before_the_rest():
    text = render(story(), link=ADDRESS)
    first = text.split("\n\n")
    assert first[0].startswith("## ✗ 1 of 7 cases is not as expected")
    assert first[2] == f"[The whole report and its files](<{ADDRESS}>)"
    assert first[3:5] == [
        "### Not as expected",
        "- **handle: expected accepted, got 400 invalid_value (1 case)**",
    ]
    order = ("### Not as", "### Conclusions", "### ✗ rejected 400", "### Matrix field-report", "<details>")
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_what_failed_as_expected_is_folded():
    known = replace(HANDLE, verdict=replace(HANDLE.verdict, kind=TUPLE[0].verdict.kind, because=None))
    text = render(run_of(known, *TUPLE))
    assert "<details><summary>✗ rejected 400 invalid" in text
    assert text.count("<details>") == text.count("</details>")


def test_without_a_link_there_is_none():
    assert "](<" not in render(story())


@pytest.mark.parametrize("most", [2_000, 3_500, 10_000])
def test_it_stays_under_its_limit(most):
    run = run_of(*(replace(HANDLE, id=f"case {number}", matrix=f"m{number % 40}") for number in range(400)))
    text = render(run, max_bytes=most, link=ADDRESS)
    assert len(text.encode()) <= most
    assert "Left out to stay under" in text


def test_the_default_limit_is_below_what_github_takes():
    assert LIMIT < 1024 * 1024


def test_a_gates_summary_is_linked_and_stays_under_its_limit_with_the_link():
    gate = Gate(
        "openai", ("3.0",), (), tuple(Undecided("3.0", (f"v{n}",), "no wheel " * 9) for n in range(99)), 0
    )
    text = step_summary.gate_summary(gate, max_bytes=2_500, link=ADDRESS)
    assert text.split("\n\n")[1] == f"[The whole report and its files](<{ADDRESS}>)"
    assert len(text.encode()) <= 2_500


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_break_out_of_nothing(word):
    text = step_summary.render(hostile_run(word))
    assert text.count("<details>") == text.count("</details>") > 0
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    for token in tokens:
        for child in token.children or ():
            assert child.type not in {"link_open", "image"}
    blocks = [token.content for token in tokens if token.type == "html_block"]
    for block in blocks:
        assert "<script" not in block
        assert "<img" not in block


@pytest.mark.parametrize(
    "address", ["https://e.example/a)b", "https://e.example/<a>\n\n# x", "https://e.example/\udc80"]
)
def test_an_address_ends_where_it_ends(address):
    (paragraph,) = [each for each in MarkdownIt().parse(link("here", address)) if each.type == "inline"]
    kinds = [child.type for child in paragraph.children]
    assert kinds == ["link_open", "text", "link_close"]
