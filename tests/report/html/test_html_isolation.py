"""The pages of an isolation and of a diagnosis."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from html_stories import TYPE, diagnosis, isolation, told
from reports_hostile import HOSTILE
from test_html_page import Shape, csp

from upload_matrix.judge.isolate.result import PassingBy, Stop
from upload_matrix.model.diagnosis import Answered, Stand
from upload_matrix.report.diagnosis import diagnosis_document
from upload_matrix.report.document import terminal
from upload_matrix.report.html import isolation_page
from upload_matrix.report.html.page import marked
from upload_matrix.report.isolation import HOW, isolation_document, readable
from upload_matrix.wire.difference import Difference, Kind


def page(story):
    return "".join(isolation_page.page(isolation_document(story)).chunks())


def diagnosed(diagnosis, story=None, **offer):
    document = diagnosis_document(diagnosis, None if story is None else isolation_document(story))
    return "".join(isolation_page.diagnosis_page(document, **offer).chunks())


def boxes(text):
    """Per question whether each difference was as failing."""
    rows = re.findall(r"<tr><td class=\"number\">\d+</td>(.*?)</tr>", text, re.DOTALL)
    return [[word == "failing" for word in re.findall(r"unseen\">as (\w+)<", row)] for row in rows]


def test_what_decides_is_the_headline_and_the_chain_shows_how():
    text = page(told())
    csp(text)
    assert "<code>Content-Type</code> of part <code>image</code> decides</span></h1>" in text
    assert "<title>Content-Type of part image decides · fNo.</title>" in text
    assert boxes(text) == [[True, True], [False, False], [False, True], [True, False]]
    assert 'class="bit decides" title="image.content_type"' in text
    assert text.count('class="f-decides"') == 1
    assert "leaves the wire as it is" in text
    assert "Does it still fail?" in text
    assert page(told()) == text


def test_emulated_answers_are_marked_on_every_question_and_live_ones_are_not():
    text = page(told())
    assert 'class="answers emulated"' in text
    assert text.count('class="by-stand-in"') == 4
    live = page(told(emulated=False))
    assert 'class="by-stand-in"' not in live
    assert "Answers: live (tNo.)" in live


def test_with_very_many_differences_the_words_alone_tell_the_questions():
    extra = tuple(Difference(f"fields.f{n}", "a", "b", Kind.FIELD) for n in range(30))
    text = page(told(extra=extra))
    assert boxes(text) == [[]] * 4
    assert "the failing request" in text


@pytest.mark.parametrize("stop", Stop)
def test_every_way_to_end_without_a_cause_has_a_headline(stop):
    found = replace(isolation(), causes=(), stopped=stop)
    story = told()
    assert isolation_page.headline(isolation_document(replace(story, result=found)))
    narrowed = isolation_document(replace(story, result=replace(found, narrowed=(TYPE,))))
    assert isolation_page.headline(narrowed) == "Narrowed to 1 of 2 differences"


@pytest.mark.parametrize("how", PassingBy)
def test_every_way_a_passing_request_is_come_by_has_words_on_the_page_and_in_the_terminal(how):
    document = isolation_document(replace(told(), how=how))
    assert HOW[how] in "".join(isolation_page.page(document).chunks())
    assert HOW[how] in terminal(readable(document), 200)


def test_the_diagnosis_tells_its_suspects_in_order_with_the_fix_to_copy():
    text = diagnosed(diagnosis(), told(), offer="upload-matrix bug-report x")
    csp(text)
    found = diagnosis()
    assert str(marked(found.verdict.rstrip("."))) in text.partition("</h1>")[0]
    lead = text.partition('<p class="lead">')[2].partition("</p>")[0]
    assert lead.startswith("The upload itself is the cause; ")
    # The cause, then the fix as code, then all that was looked at.
    places = [text.index(f'id="{section}"') for section in ("content", "fix", "call", "suspects")]
    assert places == sorted(places)
    stands = re.findall(r'class="suspect s-(\w+) ', text)
    assert stands == ["ruled_out", "open", "cause", "not_applicable"]
    assert "2 calls ($0.03), 1 recorded" in text
    assert 'aria-label="Copy the program"' in text
    assert "print(1)  # No." in text
    assert 'id="questions"' in text
    assert "upload-matrix bug-report x" in text


def test_a_diagnosis_without_isolation_fix_or_remains_has_no_such_sections():
    plain = diagnosis(fix=None, stopped=None, unexplained=())
    text = diagnosed(plain)
    for section in ("fix", "questions", "deltas_told", "remains"):
        assert f'id="{section}"' not in text


def test_the_headline_of_a_diagnosis_claims_no_more_than_was_found():
    found = diagnosis()
    without = tuple(each for each in found.inquiries if each.stand is not Stand.CAUSE)
    said = isolation_page.diagnosis_headline
    assert said(replace(found, inquiries=without)) == "Stopped before a cause was found"
    assert said(replace(found, inquiries=without, stopped=None)) == "No cause was found"
    assert said(replace(found, inquiries=(), answer=Answered(200))) == "The call is accepted now"


def test_no_word_from_elsewhere_changes_either_page():
    def tags(word):
        return Shape(page(told(word))).tags, Shape(diagnosed(diagnosis(word), told(word))).tags

    plain = tags("plain")
    for word in HOSTILE:
        if word.strip():
            assert tags(word) == plain, word
