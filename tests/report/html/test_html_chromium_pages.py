"""The pages of comparisons, isolations, diagnoses and gateways in Chromium: light, dark, on a phone, by axe."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from committed_reports import committed
from gateway_builders import RUN
from html_browser import axe_script
from html_stories import ab, diagnosis, told
from reports_hostile import HOSTILE
from reports_story import HANDLE, TUPLE, run_of
from test_html_chromium import PHONE

from upload_matrix.facts.read import all_facts
from upload_matrix.report import facts_pages, html_report
from upload_matrix.report.diagnosis import diagnosis_document
from upload_matrix.report.html import comparison_page, document_page, isolation_page, run_page
from upload_matrix.report.isolation import isolation_document
from upload_matrix.report.registry import find
from upload_matrix.report.rendering import read
from upload_matrix.spending.tables import load_prices


def repeated():
    _, run, calls = ab()
    return "".join(run_page.page(replace(run, prices=load_prices([]).lines), facts=calls).chunks())


def diagnosed(diagnosis, story, offer):
    document = diagnosis_document(diagnosis, isolation_document(story))
    return "".join(isolation_page.diagnosis_page(document, offer=offer).chunks())


FACTS = {**facts_pages.PAGES, "handing": lambda known: facts_pages.handing_page(known, ["webp", "pdf"])}


def read_back(name):
    document = read(committed(name).read_text("utf-8"), name)
    return find(["html"], document.kind)[0].render(document.subject)


def known_as(make):
    known = facts_pages.Known(all_facts(), facts_pages.Age(date(2026, 11, 29)))
    return "".join(document_page.chunks(make(known)))


PAGES = {
    "ab": lambda: comparison_page.render_ab(*ab(), again="upload-matrix ab a b"),
    "ab-emulated": lambda: comparison_page.render_ab(*ab(emulated=True)),
    "isolation": lambda: "".join(isolation_page.page(isolation_document(told())).chunks()),
    "diagnosis": lambda: diagnosed(diagnosis(), told(), offer="upload-matrix bug-report x"),
    "repeated": repeated,
    "comparison": lambda: comparison_page.render(
        run_of(HANDLE), run_of(replace(HANDLE, outcome=TUPLE[0].outcome), *TUPLE)
    ),
    "gateway": lambda: html_report.render(RUN),
    **{name: lambda name=name: read_back(name) for name in ("servers", "gateways", "every-client")},
    **{f"facts-{name}": lambda make=make: known_as(make) for name, make in FACTS.items()},
}
WHERE = {"gateway": "#c=m/masked"}
A4 = {"width": 720, "height": 1050}
"""A sheet of paper without its margins, in pixels."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_light_dark_and_on_a_phone_without_a_complaint_or_a_request(opened, name):
    text = PAGES[name]()
    for options in ({"color_scheme": "light"}, {"color_scheme": "dark"}, PHONE):
        visit = opened(text, WHERE.get(name, ""), **options)
        assert visit.clean()
        assert not visit.overflows()


@pytest.mark.parametrize("name", PAGES)
def test_on_paper_a_page_is_no_wider_than_the_sheet_and_nothing_is_folded(opened, name):
    visit = opened(PAGES[name](), viewport=A4)
    visit.page.emulate_media(media="print")
    visit.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not visit.overflows()
    assert visit.page.locator("main details:not([open], .menu)").count() == 0
    visit.page.evaluate("dispatchEvent(new Event('afterprint'))")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(opened, name, scheme):
    script = axe_script()
    # axe brings styles of its own, which the page's policy would refuse.
    visit = opened(
        PAGES[name](), WHERE.get(name, ""), color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
    )
    visit.page.evaluate(
        "for (const each of document.querySelectorAll('main details:not(.menu)')) each.open = true"
    )
    visit.page.evaluate(script)
    found = visit.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (each["id"], each["impact"], [node["html"][:160] for node in each["nodes"]][:3])
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_the_panel_shows_what_was_sent_against_what_was_forwarded(opened):
    visit = opened(PAGES["gateway"](), "#c=m/masked")
    text = visit.panel().inner_text()
    for words in ("gw", "masked", "a bad upload was repaired", "Forwarded once, the target answered 200",
                  "repaired: octet-stream", "not for what was sent"):  # fmt: skip
        assert words in text, words
    table = visit.page.locator(".sides.plainly")
    assert table.locator("thead th").all_inner_texts()[1:] == ["sent", "forwarded"]
    (differing,) = table.locator("tr.differs").all()
    assert differing.locator("td").all_inner_texts() == ["application/octet-stream", "image/webp"]
    own = opened(PAGES["gateway"](), "#c=m/own").panel().inner_text()
    assert "the target did not say this" in own
    assert "Nothing was forwarded" in own
    assert "It was forwarded as it was sent." in opened(PAGES["gateway"](), "#c=m/plain").panel().inner_text()
    assert visit.clean()


def test_the_fixed_program_is_copied(opened):
    visit = opened(PAGES["diagnosis"]())
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.page.get_by_role("button", name="Copy the program").click()
    visit.until("() => document.getElementById('said').textContent === 'Copied'")
    assert visit.page.evaluate("navigator.clipboard.readText()") == "print(1)  # No."


def test_hostile_words_stay_words_on_every_page(opened):
    word = "".join(each for each in HOSTILE if each.strip())
    for text in (
        comparison_page.render_ab(*ab(word), again=word),
        "".join(isolation_page.page(isolation_document(told(word))).chunks()),
        diagnosed(diagnosis(word), told(word), offer=word),
    ):
        assert opened(text).clean()
