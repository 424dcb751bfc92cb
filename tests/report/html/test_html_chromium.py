"""The example page in Chromium: what a reader does with it, by mouse and by keyboard, wide and narrow."""

from __future__ import annotations

from pathlib import Path

import pytest
from html_browser import axe_script
from reports_story import HANDLE, KNOWN, story
from test_html_data import UNSOUGHT

from upload_matrix.report import html_report

ROOT = Path(__file__).resolve().parents[3]
FAILING = "field-report/images.edit/gpt-image-1/openai/handle/webp/builtin"
FIX = 'image=("avatar.webp", data, "image/webp")'
PHONE = {"viewport": {"width": 375, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def example():
    return (ROOT / "reports" / "example.html").read_text("utf-8")


@pytest.fixture(scope="module")
def history():
    return (ROOT / "reports" / "history.html").read_text("utf-8")


@pytest.mark.parametrize("name", ["example", "history"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_opens_from_disk_without_a_complaint_or_a_request(opened, name, scheme, request):
    visit = opened(request.getfixturevalue(name), color_scheme=scheme)
    assert visit.clean()
    assert not visit.overflows()
    background = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(14, 16, 19)") is (scheme == "dark")


def test_the_matrix_shows_what_the_run_says(opened, example):
    page = opened(example).page
    heads = page.locator(".grid thead tr")
    assert [text.strip() for text in heads.nth(0).locator("th.span").all_inner_texts()] == [
        "images.generate",
        "images.edit",
    ]
    assert heads.nth(1).locator("th").all_inner_texts() == ["container", "image", "–", "system", "builtin"]
    row = page.locator(".grid tbody tr", has=page.locator("th[title=handle]")).first
    cells = row.locator("td.cell").all_inner_texts()
    assert "accepted" in cells[1]
    assert "400 invalid_value" in cells[2]
    assert "rejected" in cells[2]
    assert "emulated" in cells[2]
    assert "×4" in cells[2]


def test_filters_narrow_what_is_shown_and_stand_in_the_address(opened, example):
    visit = opened(example)
    page = visit.page
    assert visit.shown() == 84
    page.click(".tally button[data-value=rejected]")
    assert visit.shown() == 40
    page.click("details[data-menu='f.client'] summary")
    page.check("details[data-menu='f.client'] input[data-value=httpx]")
    assert visit.shown() == 10
    page.keyboard.press("Escape")
    page.fill("input[type=search]", "tuple2 WEBP")
    visit.until_shown(1)
    assert visit.hash() == "#q=tuple2+WEBP&o=rejected&f.client=httpx"
    again = opened(example, page.evaluate("location.hash"))
    assert again.shown() == 1
    assert again.page.input_value("input[type=search]") == "tuple2 WEBP"
    page.click("[data-clear]")
    assert visit.shown() == 84
    assert visit.clean()


def test_a_filter_by_finding_and_a_search_in_messages(opened, example):
    visit = opened(example, "#n=default-filename")
    assert 0 < visit.shown() < 84
    assert opened(example, "#q=dall-e-2").shown() == 40
    nothing = opened(example, "#q=no+such+word")
    assert nothing.shown() == 0
    assert "No case fits." in nothing.page.inner_text(".nothing")


def test_axes_can_be_moved_between_rows_columns_and_cells(opened, example):
    visit = opened(example)
    page = visit.page
    page.click("details[data-menu=layout] summary")
    page.check("input[name=place-client][data-value='client columns']")
    page.check("input[name=place-mime_table][data-value='mime_table folded']")
    assert visit.hash() == "#rows=container&rows=image&cols=operation&cols=client"
    heads = page.locator(".grid thead tr").nth(1).locator("th").all_inner_texts()
    assert heads == ["container", "image", *(["openai", "openai-async", "openai-raw-response", "httpx"] * 2)]
    mixed = page.locator(".mark.mixed").first.inner_text()
    assert "1" in mixed
    assert "accepted" in mixed
    assert "rejected" in mixed
    assert opened(example, page.evaluate("location.hash")).page.locator(".mark.mixed").count() > 0


def test_a_case_opens_with_everything_known_of_it(opened, example):
    visit = opened(example, f"#c={FAILING}")
    panel = visit.panel()
    text = panel.inner_text()
    for words in (
        "rejected 400 invalid_value", FAILING, "Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.",
        "not the vendor's words", "octet-stream", FIX, "openai.BadRequestError", "1 of 4 cases in this cell",
        "as expected", "builtin", "emulator:openai-2026-02", "openai 3.54.0", "배경을 흰색으로 바꿔 주세요",
    ):  # fmt: skip
        assert words in text, words
    (differing,) = panel.locator("tr.differs").all()
    assert differing.locator("td").all_inner_texts() == ["application/octet-stream", "image/webp"]
    assert "Content-Type" in differing.locator("th").inner_text()
    panel.get_by_label("only what differs").check()
    assert panel.locator(".sides tbody tr:not([hidden])").count() == 1
    panel.locator("details.attempt", has_text="emulated").locator("summary").click()
    raw = panel.locator("details.attempt", has_text="emulated").inner_text()
    assert 'Content-Disposition: form-data; name="image"; filename="avatar.webp"' in raw
    assert "user-agent: OpenAI/Python 3.54.0" in raw
    assert visit.clean()


def test_the_fix_is_copied(opened, example):
    visit = opened(example, f"#c={FAILING}")
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.panel().get_by_role("button", name="Copy the fix").click()
    visit.until("() => document.getElementById('said').textContent === 'Copied'")
    assert visit.page.evaluate("navigator.clipboard.readText()") == FIX


def test_the_fix_is_copied_where_the_clipboard_is_closed_to_pages(opened, example):
    visit = opened(example, f"#c={FAILING}")
    copied = "document.addEventListener('copy', () => { document.body.dataset.copied = getSelection().toString(); })"
    visit.page.evaluate(f"Object.defineProperty(navigator, 'clipboard', {{value: undefined}}); {copied}")
    visit.panel().get_by_role("button", name="Copy the fix").click()
    visit.page.wait_for_selector("body[data-copied]")
    assert visit.page.get_attribute("body", "data-copied") == FIX


def test_everything_can_be_done_by_keyboard(opened, example):
    visit = opened(example)
    page = visit.page
    press = page.keyboard.press
    press("/")
    assert "Search cases" in visit.focused()
    page.keyboard.type("webp")
    visit.until_shown(40)
    press("Enter")
    assert visit.focused() == "table.grid Cases"

    def active():
        return page.inner_text("#" + page.get_attribute(".grid", "aria-activedescendant"))

    press("Control+Home")
    press("End")
    assert "400 invalid_value" in active()
    press("ArrowLeft")
    assert "accepted" in active()
    press("ArrowRight")
    press("Enter")
    panel = visit.panel()
    assert FAILING in panel.inner_text()
    assert visit.focused().startswith("div.panel-body")
    press("]")
    page.wait_for_selector(".panel .where:has-text('2 of 4')")
    assert "openai-async" in panel.locator(".case-id").inner_text()
    press("[")
    page.wait_for_selector(".panel .where:has-text('1 of 4')")
    press("Escape")
    page.wait_for_selector("aside.panel", state="hidden")
    assert visit.focused() == "table.grid Cases"
    press("/")
    press("Escape")
    assert visit.shown() == 84
    press("Escape")
    assert visit.focused() == "table.grid Cases"
    assert visit.hash() in {"", "#"}
    assert visit.clean()


def test_menus_open_and_close_by_keyboard(opened, example):
    visit = opened(example)
    page = visit.page
    page.focus("details[data-menu='f.image'] summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert visit.shown() == 40
    assert "input" in visit.focused()
    page.keyboard.press("Escape")
    assert page.locator("details.menu[open]").count() == 0
    assert visit.focused().startswith("summary")


def test_the_browsers_back_closes_what_was_opened(opened, example):
    visit = opened(example)
    visit.page.click("td.cell:has-text('400') >> nth=0")
    visit.panel()
    visit.page.go_back()
    visit.page.wait_for_selector("aside.panel", state="hidden")


def test_a_case_says_when_no_nearest_request_was_looked_for(opened, monkeypatch):
    monkeypatch.setattr("upload_matrix.report.html.run_data._MOST_NEAREST", 1)
    page = html_report.render(story())
    assert UNSOUGHT in opened(page, f"#c={KNOWN.id}").panel().inner_text()
    found = opened(page, f"#c={HANDLE.id}").panel().inner_text()
    assert "beside the nearest that passes" in found
    assert UNSOUGHT not in found


def test_cases_are_grouped_by_wire_form(opened, example):
    visit = opened(example, "#v=wires")
    page = visit.page
    assert page.get_attribute(".grid", "aria-rowcount") == "12"
    assert "×12" in page.inner_text(".grid tbody tr:nth-child(3)")
    page.click("td:has-text('67e043d9abbf7b38')")
    panel = visit.panel()
    assert "6 cases" in panel.inner_text()
    panel.get_by_role("button", name="Show only these cases").click()
    visit.until_shown(6)
    assert visit.hash() == "#v=cases&w=67e043d9abbf7b38"


def test_a_client_leads_to_its_cases(opened, example):
    visit = opened(example)
    visit.page.click("#clients a:has-text('httpx')")
    visit.until_shown(21)


def test_links_within_the_page_leave_the_view_alone(opened, example):
    visit = opened(example, "#o=rejected")
    visit.page.click(".bar-nav a:has-text('Clients')")
    assert visit.hash() == "#o=rejected"
    assert visit.shown() == 40
    assert visit.page.evaluate("document.activeElement.id") == "clients"


@pytest.mark.parametrize("name", ["example", "history"])
def test_a_phone_never_scrolls_sideways(opened, name, request):
    visit = opened(request.getfixturevalue(name), **PHONE)
    assert not visit.overflows()
    if name == "example":
        visit.page.tap("td.cell:has-text('400') >> nth=0")
        panel = visit.panel()
        assert panel.bounding_box()["width"] == 375
        assert not visit.overflows()
        assert panel.locator(".panel-body").evaluate("body => body.scrollWidth <= body.clientWidth")
        panel.get_by_label("Close (Escape)").tap()
        visit.page.wait_for_selector("aside.panel", state="hidden")
    assert visit.clean()


def test_the_colours_can_be_chosen_and_are_remembered(opened, example):
    visit = opened(example, color_scheme="light")
    button = visit.page.locator("#theme")
    assert button.get_attribute("aria-label") == "Colours: as the system has them"
    button.click()
    button.click()
    assert button.get_attribute("aria-label") == "Colours: dark"
    assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 16, 19)"
    visit.page.reload()
    visit.until("() => document.documentElement.dataset.theme === 'dark'")


def test_what_is_printed_has_every_row_and_no_tools(opened, example):
    page = opened(example, "#v=cases").page
    assert page.locator(".grid tbody tr[aria-rowindex]").count() < 84
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator(".grid tbody tr[aria-rowindex]").count() == 84
    assert not page.is_visible(".toolbar")
    assert not page.is_visible(".bar")


def test_the_history_tells_every_band_in_words(opened, history):
    visit = opened(history)
    labels = [each.get_attribute("aria-label") for each in visit.page.locator(".history svg[role=img]").all()]
    assert len(labels) == 15
    assert any("1.76.0-3.54.0: ✓ accepted (emulated)" in label for label in labels)
    visit.page.click(".as-table summary")
    visit.page.click(".as-table a >> nth=0")
    assert visit.page.evaluate("document.activeElement.className") == "form"
    assert visit.page.evaluate("document.activeElement.open")
    assert visit.clean()


@pytest.mark.parametrize(
    ("name", "fragment", "scheme"),
    [
        ("example", "", "light"),
        ("example", "", "dark"),
        ("example", f"#c={FAILING}", "light"),
        ("example", f"#c={FAILING}", "dark"),
        ("example", "#v=cases", "light"),
        ("example", "#v=wires", "dark"),
        ("history", "", "light"),
        ("history", "", "dark"),
    ],
)
def test_axe_finds_nothing_serious(opened, name, fragment, scheme, request):
    script = axe_script()
    # axe brings styles of its own, which the page's policy would refuse.
    visit = opened(
        request.getfixturevalue(name), fragment, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
    )
    if "c=" in fragment:
        visit.panel().locator("details.attempt summary").last.click()
    visit.page.evaluate(script)
    found = visit.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [
        (each["id"], each["impact"], [node["html"][:160] for node in each["nodes"]][:3])
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
    assert serious == []
