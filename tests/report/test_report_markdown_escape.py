from __future__ import annotations

import html
import re

import pytest
from markdown_it import MarkdownIt
from reports_hostile import HOSTILE

from upload_matrix.report.markdown_escape import code, fenced, marked, prose, table
from upload_matrix.report.visible import visible, visible_lines

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OUR_HTML = {"<!-- -->", "<span>", "</span>", "<code>", "</code>"}


def inline(source: str) -> tuple[str, set[str]]:
    """The text a reader sees, and the kinds of tokens it is made of."""
    (token,) = MARKDOWN.parseInline(source)
    tags = {child.content for child in token.children if child.type == "html_inline"}
    assert tags <= OUR_HTML
    seen = "".join(child.content for child in token.children if child.type != "html_inline")
    return seen, {child.type for child in token.children}


@pytest.mark.parametrize("text", HOSTILE)
def test_prose_reads_as_written_and_is_nothing_but_text(text):
    seen, kinds = inline(prose(text))
    assert seen == visible(" ".join(text.split()))
    assert kinds <= {"text", "html_inline"}


@pytest.mark.parametrize("text", HOSTILE)
def test_prose_opens_no_block_of_its_own(text):
    blocks = [token.type for token in MARKDOWN.parse(f"- {prose(text)} end")]
    assert blocks == [
        "bullet_list_open",
        "list_item_open",
        "paragraph_open",
        "inline",
        "paragraph_close",
        "list_item_close",
        "bullet_list_close",
    ]
    opened = [token.type for token in MARKDOWN.parse(prose(text))]
    assert opened in ([], ["paragraph_open", "inline", "paragraph_close"])


@pytest.mark.parametrize("text", HOSTILE)
def test_prose_calls_nobody_and_links_nothing(text):
    written = prose(text)
    assert not re.search(r"@\w|#\d|GH-\d|://|www\.", written)


@pytest.mark.parametrize("text", [text for text in HOSTILE if text])
def test_code_reads_as_written_and_is_code_throughout(text):
    written = code(text)
    seen, kinds = inline(written)
    assert seen.replace("␣", " ") == visible(text)
    if kinds != {"code_inline"}:
        assert kinds <= {"html_inline", "text"}
        assert written.startswith("<code>")
        assert written.endswith("</code>")


def test_code_without_anything_says_so():
    assert code("") == "*(empty)*"


def test_plain_values_stay_readable_in_the_source():
    assert code("image/webp") == "`image/webp`"
    assert code(" a.webp") == "`␣a.webp`"
    assert code("a|b`c") == "<code>a&#124;b&#96;c</code>"
    assert prose("Invalid value: 'gpt-image-1'. See snake_case, 3.11.7.") == (
        "Invalid value: 'gpt-image-1'. See snake_case, 3.11.7."
    )
    assert prose("1. @you | _x_") == "1\\. @<!-- -->you &vert; \\_x\\_"


def test_backticks_in_our_sentences_become_code_and_the_rest_is_escaped():
    assert marked("The filename of `image` is `a|b`, *odd*") == (
        "The filename of `image` is <code>a&#124;b</code>, \\*odd\\*"
    )
    assert marked("an odd ` one") == "an odd \\` one"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_fence_holds_whatever_stands_in_it(text):
    tokens = MARKDOWN.parse(f"before\n\n{fenced(text)}\n\nafter")
    fences = [token for token in tokens if token.type == "fence"]
    assert len(fences) == 1
    assert len(tokens) == 7
    assert fences[0].content == "".join(f"{line}\n" for line in visible_lines(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_table_keeps_its_columns(text):
    source = table(("one", "two", "three"), [[code(text), prose(text), "end"], ["a", "b", "c"]])
    tokens = MARKDOWN.parse(source)
    assert [token.type for token in tokens].count("td_open") == 6
    cells = [token.content for token in tokens if token.type == "inline"]
    assert cells[5] == "end"
    assert html.unescape(inline(cells[4])[0]) == html.unescape(visible(" ".join(text.split())))
