from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from reports_hostile import HOSTILE
from sweep_builders import ACCEPTED, NEW, OLD, REJECTED, story, sweep
from test_html_page import Shape, csp

from upload_matrix.judge.history import history
from upload_matrix.model.sweep import Release
from upload_matrix.report import sweep_json
from upload_matrix.report.html import sweep_page
from upload_matrix.report.html.sweep_page import chart
from upload_matrix.report.wording import telling_names

REPORTS = Path(__file__).resolve().parents[3] / "reports"


def drawn(sweep):
    return chart(sweep, history(sweep))


def test_the_bands_lie_where_their_releases_are():
    sweep = story()
    places = {release.name: index for index, release in enumerate(sweep.releases)}
    share = 100 / len(sweep.releases)
    lines = drawn(sweep).lines
    assert {name for line in lines for name in line.variants} == set(sweep.variants)
    for line in lines:
        for band in line.bands:
            assert band.start == round(places[band.first] * share, 3)
            assert band.width == round((places[band.last] - places[band.first] + 1) * share, 3)
        ends = [(band.start, band.start + band.width) for band in line.bands]
        assert all(right <= left + 0.01 for (_, right), (left, _) in pairwise(ends))


def test_a_band_ends_where_the_behaviour_changes():
    sweep = story()
    for line in drawn(sweep).lines:
        for before, after in pairwise(line.bands):
            assert (before.outcome, before.wires) != (after.outcome, after.wires)


def test_every_release_has_a_tick_that_says_how_much_is_known_of_it():
    sweep = story()
    states = {tick.says: tick.state for tick in drawn(sweep).releases}
    assert list(states) == [release.name for release in sweep.releases]
    assert {name for name, state in states.items() if state == "silent"} == {
        sweep.releases[index].name for index, said in sweep.statements.items() if not said
    }
    fewer = replace(sweep, results={name: sweep.results[name] for name in list(sweep.results)[1:]})
    assert [tick.state for tick in drawn(fewer).releases].count("unlooked") == 1 + states_unlooked(sweep)


def states_unlooked(sweep) -> int:
    return sum(release.name not in sweep.results for release in sweep.releases)


def test_years_and_versions_label_the_axis_and_do_not_crowd():
    sweep = story()
    dated = tuple(
        Release(release.name, dt.date(2020 + index, 1, 1)) for index, release in enumerate(sweep.releases)
    )
    labelled = drawn(replace(sweep, releases=dated))
    assert [tick.says for tick in labelled.years] == [str(2020 + index) for index in range(len(dated))]
    assert labelled.versions[0].says == sweep.releases[0].name
    places = [tick.at for tick in labelled.versions]
    assert all(after - before >= 5 for before, after in pairwise(places))


def test_a_sweep_of_nothing_is_open_not_calm():
    assert sweep_page.page(sweep({})).mood.word == "open"


def test_names_are_cut_to_the_words_that_tell_variants_apart():
    names = telling_names(("m/edit/openai/handle/webp", "m/edit/openai/bytes/webp", "m/generate/openai"))
    assert list(names.values()) == ["handle", "bytes", "generate / openai"]
    assert list(telling_names(("alone",)).values()) == ["alone"]


def test_the_page_tells_the_changes_and_who_answered():
    text = sweep_page.render(story())
    csp(text)
    assert "2 changes in the 5 of 6 releases measured <small>1 of them not sure" in text
    assert "not the vendor&#39;s words" in text
    assert text.count('class="change"') == len(history(story()).changes)
    for digest in story().wires:
        assert f'id="form-{digest}"' in text
    assert sweep_page.render(story()) == text


def hostile(word):
    """The story in which every word of a client, a server or an index is ``word``."""
    told = story(notes=(word,))
    results = {
        name: replace(
            result,
            unavailable=None if result.unavailable is None else word,
            cells={
                variant: replace(cell, outcome=replace(cell.outcome, message=f"m{word}", detail=f"d{word}"))
                for variant, cell in result.cells.items()
            },
        )
        for name, result in told.results.items()
    }
    releases = tuple(replace(release, yanked=f"y{word}") for release in told.releases)
    return replace(told, distribution=word, results=results, releases=releases)


def test_no_word_from_elsewhere_changes_the_page():
    plain = Shape(sweep_page.render(hostile("plain"))).tags
    for word in HOSTILE:
        if word.strip():
            assert Shape(sweep_page.render(hostile(word))).tags == plain, word


def test_what_changed_where_comes_first_and_other_words_of_an_error_last():
    history = sweep_json.load((REPORTS / "history.json").read_text("utf-8"), "history")
    page = sweep_page.page(history)
    assert [section.title for section in page.sections[:2]] == ["What changed", "Version history"]
    assert page.lead == "`1.75.0` → `1.76.0`: 2 variants: not sent → accepted."
    text = sweep_page.render(history)
    shown = re.findall(r'<li(?: class="(wording)")?>\s*<a class="where" href="#change-([0-9.]+)">', text)
    assert shown == [("", "1.76.0"), ("", "1.1.0"), ("wording", "1.1.2"), ("wording", "1.1.1")]
    assert re.findall(r'<article class="change( wording)?" id="change-([0-9.]+)"', text) == [
        (f" {word}" if word else "", name) for word, name in shown
    ]
    lines = drawn(history).lines
    assert [line.name for line in lines[:2]] == ["list-of-one / webp", "list-of-two / webp"]
    assert "<p>3 variants: not sent, <code>TypeError</code> → <code>RuntimeError</code></p>" in text
    edges = [band.wording for band in lines[0].bands]
    assert edges == [False, False, True, True, False]


def test_lines_without_a_change_are_folded():
    calm = {"a": (NEW, ACCEPTED)}
    told = sweep({"1.0": calm | {"b": (NEW, ACCEPTED)}, "2.0": calm | {"b": (OLD, REJECTED)}})
    assert [(line.variants, line.changed) for line in drawn(told).lines] == [(("b",), True), (("a",), False)]
    text = sweep_page.render(told)
    assert "<summary>1 variant without a change</summary>" in text
    assert "without a change" not in sweep_page.render(sweep({"1.0": calm, "2.0": calm}))
