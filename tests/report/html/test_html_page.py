from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from reports_hostile import HOSTILE, hostile_run
from reports_story import HANDLE, TUPLE, run_of, story, unexpected

import upload_matrix
from upload_matrix.report import html_report
from upload_matrix.report.html import embed
from upload_matrix.report.html.embed import MEDIA_TYPE, unpacked
from upload_matrix.report.html.page import Content, marked, shown, without_digests


class Shape(HTMLParser):
    """The elements of a page with the names of their attributes; words are left out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[tuple[str, str, str]] = []
        self._in_id = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        # Our sentences mark what stands between backticks and keep a comma with it, and an id has a span a word:
        # a word may bring some.
        self._in_id = ("class", "id") in attributes or (self._in_id and tag == "span")
        kept = ("class", "kept") in attributes
        if tag not in {"code", "wbr"} and not kept and not (self._in_id and tag == "span"):
            self.tags.append((tag, tuple(name for name, _ in attributes)))
        self.values += [(tag, name, value or "") for name, value in attributes]


def csp(text: str) -> dict[str, list[str]]:
    (said,) = (
        value
        for tag, name, value in Shape(text).values
        if tag == "meta" and name == "content" and "default-src" in value
    )
    return {word: rest for word, *rest in (part.split() for part in said.split(";"))}


def hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.fixture(scope="module")
def text():
    return html_report.render(story())


def test_the_policy_allows_this_style_and_this_script_and_nothing_else(text):
    policy = csp(text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert policy["default-src"] == ["'none'"]
    assert policy["style-src"] == [hashed(style)]
    assert policy["script-src"] == [hashed(script)]
    assert policy["require-trusted-types-for"] == ["'script'"]
    assert policy["trusted-types"] == ["'none'"]
    assert "unsafe" not in str(policy)
    assert policy.keys() <= {
        "default-src", "style-src", "script-src", "img-src", "base-uri", "form-action",
        "require-trusted-types-for", "trusted-types",
    }  # fmt: skip


def test_the_page_names_nothing_outside_itself(text):
    for tag, name, value in Shape(text).values:
        if name in {"src", "href", "action", "data", "poster", "srcset", "formaction"}:
            assert value.startswith(("#", "data:image/svg+xml,")), (tag, name, value)
        assert name != "style"
        assert not name.startswith("on")


def test_no_script_turns_text_into_markup():
    from upload_matrix.report.html.run_page import SCRIPTS

    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "DOMParser",
        "eval(",
        "Function(",
    ):
        assert way not in embed.script(SCRIPTS).text


def test_a_script_that_would_end_its_element_early_is_refused():
    with pytest.raises(ValueError, match="would end its element early"):
        embed._asset("const a = '</script>'")


@pytest.mark.parametrize("word", [word for word in HOSTILE if word.strip()])
def test_no_word_from_elsewhere_changes_the_page(word):
    plain, hostile = (
        Shape(html_report.render(hostile_run("plain"))),
        Shape(html_report.render(hostile_run(word))),
    )
    assert hostile.tags == plain.tags


def test_words_from_elsewhere_are_written_out():
    text = html_report.render(hostile_run("a\x1b[31m\u202eb\ud800"))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert r"a\x1b[31m\u202eb\ud800" in text


def test_the_same_run_gives_the_same_bytes(text):
    assert html_report.render(story()) == text
    text.encode("utf-8")


def test_a_run_without_a_case_is_a_page_too():
    text = html_report.render(run_of())
    assert "No case ran" in text
    assert MEDIA_TYPE not in text


def test_the_answers_are_said_to_be_emulated(text):
    assert "not the vendor&#39;s words" in text
    assert text.count('class="answers emulated"') == 1


def test_pages_packed_by_another_zlib_are_told_to_be_the_same(text, monkeypatch):
    import zlib

    monkeypatch.setattr(embed, "_LEVEL", zlib.Z_BEST_SPEED)
    other = html_report.render(story())
    assert other != text
    assert unpacked(other) == unpacked(text)
    assert unpacked(html_report.render(run_of(*story().results[1:]))) != unpacked(text)


def test_a_section_with_nothing_to_say_is_left_out():
    found = shown(("first", "First", Content()), ("silent", "Silent", None), ("last", "Last", Content()))
    assert [section.name for section in found] == ["first", "last"]


def test_every_size_of_letters_is_one_of_the_scale():
    package = Path(upload_matrix.__file__).parent
    sheets = [*package.glob("report/html/assets/css/*.css"), *package.glob("site/assets/*.css")]
    sizes = {
        size for sheet in sheets for size in re.findall(r"font-size: ([^;}]+)", sheet.read_text("utf-8"))
    }
    # Code and icons are measured by the words around them; paper has points; a folded brand has no letters.
    beside = {"inherit", "0.8em", "0.86em", "0.875em", "10pt", "0"}
    assert {size for size in sizes if not size.startswith("var(--size-")} == beside


def test_a_red_run_says_in_its_headline_how_many_are_not_as_expected():
    outcome = HANDLE.outcome
    red = [replace(HANDLE, id=f"m/{number}", verdict=unexpected(outcome)) for number in range(2)]
    for results, headline in (
        (red, "2 of 2 cases are not as expected"),
        ([red[0], *TUPLE], f"1 of {1 + len(TUPLE)} cases is not as expected"),
    ):
        text = html_report.render(run_of(*results))
        assert f"<title>{headline} · " in text
        assert f"</span><span>{headline}</span></h1>" in text


def test_a_comma_stays_with_its_code_and_a_digest_is_short():
    digest = "sha256:" + "ab" * 32
    assert marked(f"`a`, then `{digest}` and `b`.") == (
        '<span class="kept"><code>a</code>,</span> then <code>sha256:abababababab…</code> and '
        '<span class="kept"><code>b</code>.</span>'
    )
    assert marked("`<b>`: &") == '<span class="kept"><code>&lt;b&gt;</code>:</span> &amp;'
    path = "messages[0].content[1].image_url"
    assert marked(f"`{path}` decides").startswith(
        "<code>messages[0].<wbr>content[1].<wbr>image_<wbr>url</code>"
    )
    assert without_digests(f"{digest}0") == f"{digest}0"
