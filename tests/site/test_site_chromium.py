"""A site in Chromium, from disk: nothing asked for, nothing complained about, filtered, dark, on a phone."""

from __future__ import annotations

import pytest
from html_browser import Visit, axe_script
from reports_hostile import hostile_run
from site_reports import put, write_reports

from upload_matrix.site.build import build

PHONE = {"viewport": {"width": 375, "height": 740}, "has_touch": True, "is_mobile": True}
PAGES = ("index.html", "matrix/field-report.html")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    write_reports(folder / "reports")
    build([folder / "reports"], folder / "out", title="Uploads to the image API")
    return folder / "out"


@pytest.fixture
def visited(chromium, site):
    visits = []

    def visit(page, fragment="", **options):
        visits.append(Visit(chromium, site / page, fragment, **options))
        return visits[-1]

    yield visit
    for each in visits:
        each.close()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_opens_without_a_complaint_or_a_request(visited, page, scheme):
    visit = visited(page, color_scheme=scheme)
    assert visit.clean()
    assert not visit.overflows()
    background = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(14, 16, 19)") is (scheme == "dark")


@pytest.mark.parametrize("page", PAGES)
def test_a_phone_shows_a_page_without_scrolling_sideways(visited, page):
    visit = visited(page, **PHONE)
    assert not visit.overflows()
    assert visit.page.locator("h1").bounding_box()["width"] <= 375


def test_a_phone_shows_the_newest_run_of_a_history_first(visited):
    visit = visited("matrix/field-report.html", **PHONE)
    newest = visit.page.locator(".over-time thead a").last.bounding_box()
    assert 0 <= newest["x"] <= 375 - newest["width"]


def test_the_index_is_filtered_by_keyboard_and_the_address_keeps_it(visited):
    visit = visited("index.html")
    page = visit.page
    page.keyboard.press("/")
    page.keyboard.type("second")
    assert page.locator(".matrix:visible h3").all_inner_texts() == ["second"]
    assert page.locator("#sweeps").is_hidden()
    assert visit.hash() == "#q=second"
    again = visited("index.html", "#q=second").page
    assert again.locator(".matrix:visible h3").all_inner_texts() == ["second"]
    page.keyboard.press("Escape")
    assert page.locator(".matrix:visible").count() == 2


def test_from_the_index_to_a_matrix_to_a_run_and_back(visited):
    page = visited("index.html").page
    page.click(".matrix h3 a >> text=field-report")
    assert page.url.endswith("/matrix/field-report.html")
    page.click(".over-time thead a >> nth=2")
    assert page.url.endswith("/run/2026-03-01.html")
    page.go_back()
    page.click("a.brand")
    assert page.url.endswith("/index.html")


def test_the_colours_are_chosen_and_remembered(visited):
    visit = visited("index.html", color_scheme="light")
    visit.page.click("#theme")
    visit.page.click("#theme")
    visit.until("() => document.documentElement.dataset.theme === 'dark'")
    visit.page.reload()
    visit.until("() => document.documentElement.dataset.theme === 'dark'")


def test_words_of_somebody_else_do_not_run(chromium, tmp_path):
    for number, word in enumerate(
        ("<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "{{ 7*7 }}")
    ):
        put(tmp_path / "reports", f"2026-01-0{number + 1}", hostile_run(word))
    built = build([tmp_path / "reports"], tmp_path / "out", title="</title><script>alert(1)</script>")
    for name in built.files:
        if name.startswith(("matrix/", "index")):
            visit = Visit(chromium, tmp_path / "out" / name)
            try:
                assert visit.clean()
                assert visit.page.evaluate("document.scripts.length") == 2
            finally:
                visit.close()


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visited, page, scheme):
    script = axe_script()
    # axe brings styles of its own, which the page's policy would refuse.
    visit = visited(page, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    visit.page.evaluate(script)
    found = visit.page.evaluate("axe.run()")
    serious = [
        (each["id"], [node["html"] for node in each["nodes"]])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []
