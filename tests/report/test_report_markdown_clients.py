"""The Markdown section about what each client sends."""

from __future__ import annotations

from dataclasses import replace

from reports_story import (
    ACCEPTED,
    CONTROL,
    GENERIC,
    GOOD,
    HANDLE,
    REFUSED,
    REJECTED,
    TUPLE,
    answered,
    case,
    edit,
    file_part,
    run_of,
    story,
)

from upload_matrix.report.clients_report import MOST_ROWS, client_sections
from upload_matrix.report.document import section_as_markdown
from upload_matrix.report.markdown import render


def by(client, made, container=None, **changes):
    axes = {**made.axes, "client": client, "container": container or made.axes["container"]}
    return replace(made, id=f"{client}/{made.id}/{container}", axes=axes, **changes)


TWO = edit(file_part(name="image[]"), file_part("b|c.webp", name="image[]"))
EMPTY = edit(replace(file_part(), size=0))


def test_the_whole_section():
    handle = case("images.edit", "handle", "builtin", ACCEPTED, answered(GOOD, 200))
    several = case("images.edit", "list", "builtin", ACCEPTED, answered(TWO, 200))
    run = run_of(
        handle,
        by("azure", handle),
        by("curl", HANDLE),
        by("requests", REFUSED, "handle"),
        several,
        by("aiohttp", several, attempts=(answered(EMPTY, 200),)),
        wires=(TWO, EMPTY),
    )
    (section,) = client_sections(run)
    assert section.name == "What each client sends (field-report)"
    assert section_as_markdown(section) == (
        """\
### What each client sends

The same call, written with each client: the parts of the file as they stood on the wire. Clients in one row \
sent the same.

| container | client | field | filename | Content-Type | bytes | framing | outcome |
| --- | --- | --- | --- | --- | --- | --- | --- |
| handle | openai, azure | `image` | `avatar.webp` | `image/webp` | the file | content-length | ✓ accepted |
|   | curl | `image` | `avatar.webp` | `application/octet-stream` | the file | content-length \
| ✗ 400 invalid_value |
|   | requests | – | – | – | – | – | ✗ not sent |
| list | openai | `image[]` ×2 | `avatar.webp`, <code>b&#124;c&#46;webp</code> | `image/webp` ×2 | the file ×2 \
| content-length | ✓ accepted |
|   | aiohttp | `image` | `avatar.webp` | `image/webp` | **empty** | content-length | ✓ accepted |"""
    )


def test_a_second_attempt_has_a_column_where_any_case_asked():
    first = replace(TUPLE[0], axes={**TUPLE[0].axes, "retries": "none"})
    asked = {**TUPLE[0].axes, "retries": "after-500"}
    (section,) = client_sections(
        run_of(
            first,
            by("curl", first),
            replace(first, id="again", axes=asked, attempts=(answered(GOOD, 500), answered(GENERIC, 400))),
            wires=(GENERIC,),
        )
    )
    assert "| framing | second attempt | outcome |" in section_as_markdown(section)
    assert (
        "**another:** image.content_type: image/webp -&gt; application/octet-stream"
        in section_as_markdown(section)
    )
    assert (
        "| curl | `image` | `avatar.webp` | `image/webp` | the file | content-length | – |"
        in section_as_markdown(section)
    )


def test_the_report_has_it_between_the_matrix_and_what_failed():
    run = run_of(HANDLE, by("curl", HANDLE), CONTROL)
    text = render(run)
    assert text.index("## Matrix") < text.index("### What each client sends") < text.index("### ✗ rejected")


def test_a_report_with_one_client_has_none():
    assert "What each client sends" not in render(story())


def test_a_long_table_is_cut_between_calls_and_says_so():
    calls = MOST_ROWS // 2 + 3
    results = [
        by(client, made, f"c{number}")
        for number in range(calls)
        for client, made in (
            ("a", case("images.edit", "x", "builtin", ACCEPTED, answered(other(number), 200))),
            ("b", case("images.edit", "x", "builtin", REJECTED, answered(other(number), 400))),
        )
    ]
    (section,) = client_sections(run_of(*results, wires=tuple(map(other, range(calls)))))
    assert "3 more calls in the JSON report." in section_as_markdown(section)
    assert (
        section_as_markdown(section).count("\n| c") == MOST_ROWS // 2 + 1
    )  # the header's `container` among them


def other(number):
    return edit(file_part(f"name-{number}.webp"))
