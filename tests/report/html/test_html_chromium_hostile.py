"""Words from elsewhere in Chromium: none runs, none asks for anything, each is shown as it is written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from html_browser import PATIENCE
from reports_hostile import HOSTILE, NO_LINKS, hostile_run
from reports_story import run_of

from upload_matrix.report import html_report
from upload_matrix.report.visible import visible

MORE = (
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "'-alert(1)-'",
    "</script><script>alert(1)</script>",
    "</style><style>*{display:none}</style>",
    "]]><script>alert(1)</script>",
    "{{ 7 * 7 }} {% raw %}",
)
WORDS = tuple(word for word in (*HOSTILE, *MORE) if word.strip())


@pytest.fixture(scope="module")
def everything():
    """One run of which every word is hostile; ids are told apart by a number."""
    runs = [hostile_run(word) for word in WORDS]
    return replace(
        runs[0],
        results=tuple(
            replace(result, id=f"{number} {result.id}")
            for number, run in enumerate(runs)
            for result in run.results
        ),
        wires={digest: wire for run in runs for digest, wire in run.wires.items()},
        environments=tuple(environment for run in runs for environment in run.environments),
        matrices=tuple(name for run in runs for name in run.matrices),
        notes=tuple(note for run in runs for note in run.notes),
    )


OPEN_ALL = """async ([ids, limit]) => {
    const grid = document.querySelector('.grid');
    const press = (key) => grid.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey: true }));
    const frame = () => new Promise(requestAnimationFrame);
    const shown = (part) => [...document.querySelectorAll('.panel:not([hidden]) ' + part)];
    const end = performance.now() + limit;
    press('Home');
    const seen = [];
    for (const id of ids) {
        press('Enter');
        while (shown('.case-id')[0]?.textContent !== id) {
            if (performance.now() > end) throw new Error('not shown: ' + id);
            await frame();
        }
        seen.push([shown('.says').map((each) => each.textContent), shown('a').map((each) => each.href)]);
        press('ArrowDown');
    }
    return seen;
}"""


def test_no_word_runs_and_every_one_is_shown(opened, everything):
    visit = opened(html_report.render(everything), "#m=*&v=cases")
    seen = visit.page.evaluate(OPEN_ALL, [[visible(result.id) for result in everything.results], PATIENCE])
    for result, (messages, _) in zip(everything.results, seen, strict=True):
        if result.outcome.message:
            assert messages == [visible(result.outcome.message)]
    assert visit.clean()


def test_only_the_address_of_a_web_page_is_a_link(opened):
    followed = ("https://tracker.example/7", "HTTP://tracker.example/7")
    (known,) = (each for each in hostile_run("plain").results if each.verdict.link)
    run = run_of(
        *(
            replace(known, id=f"known {number}", verdict=replace(known.verdict, link=link))
            for number, link in enumerate((*NO_LINKS, *followed))
        )
    )
    visit = opened(html_report.render(run), "#m=*&v=cases")
    seen = visit.page.evaluate(OPEN_ALL, [[result.id for result in run.results], PATIENCE])
    assert [links for _, links in seen] == [
        *([] for _ in NO_LINKS),
        *([f"http{'s' * link.startswith('https')}://tracker.example/7"] for link in followed),
    ]
    assert visit.clean()


def test_a_view_full_of_hostile_words_comes_back_from_its_address(opened, everything):
    text = html_report.render(everything)
    visit = opened(text, "#q=%3Cscript%3E&f.client=%3Cb%3E&rows=%22%3E&c=%00&x=zz&m=nope&v=evil&o=%27")
    assert visit.shown() == 0
    assert visit.clean()
