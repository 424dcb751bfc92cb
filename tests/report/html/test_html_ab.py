"""The page of an A/B comparison, and the sections that a run of repeated live calls has more."""

from __future__ import annotations

from dataclasses import replace

from html_stories import ab
from reports_hostile import HOSTILE
from test_html_page import Shape, csp

from upload_matrix.report.html import comparison_page, run_page
from upload_matrix.spending.tables import load_prices


def page(*given, **more):
    comparison, run, calls = ab(*given, **more)
    return comparison_page.render_ab(comparison, run, calls, again="upload-matrix ab m/handle m/tuple")


def test_the_verdict_is_the_headline_and_the_numbers_stand_behind_it():
    text = page()
    csp(text)
    assert "handle accepted 0/6, tuple 6/6</span></h1>" in text
    lead = "Told apart (p = 0.0022). A is handle: rejected 400 cNot so. 6/6; B is tuple: accepted 6/6."
    assert f'<p class="lead">{lead}</p>' in text
    assert "<dt>by Fisher&#39;s exact test</dt><dd>p = 0.0022</dd>" in text
    assert "<code>image.content_type</code>" in text
    assert "1 difference on the wire, from A to B" in text
    assert "upload-matrix ab m/handle m/tuple</code>" in text
    for section in ("conclusions", "sent", "votes", "latency", "cost", "again"):
        assert f'id="{section}"' in text, section


def test_without_calls_of_this_run_there_are_no_times_and_the_bytes_are_the_same():
    comparison, run, _ = ab()
    text = comparison_page.render_ab(comparison, run)
    assert 'id="latency"' not in text
    assert 'id="again"' not in text
    assert comparison_page.render_ab(comparison, run) == text


def test_emulated_answers_are_marked_at_the_head_and_at_every_share():
    text = page(emulated=True)
    assert 'class="answers emulated"' in text
    assert text.count('class="dot emulated"') == 3
    assert "handle accepted 0/6, tuple 6/6</span></h1>" in text
    assert 'id="cost"' not in text
    assert "emulated" not in page().split("<body")[1].split("<main")[1].split("<footer")[0]


def test_no_word_from_elsewhere_changes_the_page():
    plain = Shape(page("plain")).tags
    for word in HOSTILE:
        if word.strip():
            assert Shape(page(word)).tags == plain, word


def test_a_run_of_repeated_calls_has_shares_and_costs_and_times_only_when_given():
    _, run, calls = ab()
    run = replace(run, prices=load_prices([]).lines)
    text = "".join(run_page.page(run).chunks())
    assert "Repeated 6 times: 3 variants, 3 always the same" in text
    assert 'aria-label="rejected 400 cNot so. 6/6; accepted in 0 % to 40 % of calls (95 %)"' in text
    assert "$0.07767" in text
    assert "as of 2026-11-22" in text
    assert 'id="latency"' not in text
    timed = "".join(run_page.page(run, facts=calls).chunks())
    assert timed.count('class="point"') == 12
    assert "median 8.25 s (8.00 s to 8.50 s), 6 calls" in timed
