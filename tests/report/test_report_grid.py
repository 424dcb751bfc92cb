from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from reports_story import ACCEPTED, CONTROL, HANDLE, REJECTED, TUPLE, story

from upload_matrix.model.result import VerdictKind
from upload_matrix.report.grid import MOST_COLUMNS, MOST_ROWS, GridCell, GridRow, aligned, build

YES = GridCell("✓ accepted", VerdictKind.AS_EXPECTED)
NO = GridCell("✗ 400 invalid_value", VerdictKind.UNEXPECTED)


def results(outcome_of=lambda _axes: ACCEPTED, **axes: list[str]):
    """A case for every combination; rejected ones are unexpected."""
    made = []
    for values in product(*axes.values()):
        chosen = dict(zip(axes, values, strict=True))
        outcome = outcome_of(chosen)
        like = TUPLE[0] if outcome is ACCEPTED else HANDLE
        made.append(replace(like, id="/".join(values), axes=chosen, outcome=outcome))
    return made


def test_how_a_file_is_handed_over_stands_in_rows_and_where_in_columns():
    grid = build(
        results(
            operation=["images.edit"],
            client=["openai", "httpx"],
            container=["handle", "tuple"],
            image=["webp", "png"],
            mime_table=["builtin", "system"],
            outcome_of=lambda axes: (
                REJECTED
                if (axes["container"], axes["image"], axes["mime_table"]) == ("handle", "webp", "builtin")
                else ACCEPTED
            ),
        )
    )
    assert grid.constants == {"operation": "images.edit"}
    assert grid.row_axes == ("container", "image")
    assert grid.column_axes == ("client", "mime_table")
    assert grid.columns == (
        ("openai", "builtin"),
        ("openai", "system"),
        ("httpx", "builtin"),
        ("httpx", "system"),
    )
    assert grid.rows == (
        GridRow((("handle",), ("webp",)), ((NO,), (YES,), (NO,), (YES,))),
        GridRow((("handle",), ("png",)), ((YES,), (YES,), (YES,), (YES,))),
        GridRow((("tuple",), ("webp", "png")), ((YES,), (YES,), (YES,), (YES,))),
    )


def test_an_axis_with_too_many_values_for_columns_goes_into_rows_and_is_merged():
    versions = [f"3.{number}.0" for number in range(40)]
    broken = {"3.7.0", "3.8.0"}
    grid = build(
        results(
            openai=versions,
            container=["handle"],
            mime_table=["builtin", "system"],
            outcome_of=lambda axes: (
                REJECTED if axes["openai"] in broken and axes["mime_table"] == "builtin" else ACCEPTED
            ),
        )
    )
    assert grid.column_axes == ("mime_table",)
    assert grid.rows == (
        GridRow((tuple(v for v in versions if v not in broken),), ((YES,), (YES,))),
        GridRow((("3.7.0", "3.8.0"),), ((NO,), (YES,))),
    )


def test_never_more_columns_than_fit():
    grid = build(results(client=list("abcde"), mime_table=["x", "y"], model=["m", "n"], container=["c", "d"]))
    assert len(grid.columns) <= MOST_COLUMNS
    assert grid.column_axes == ("mime_table", "model")
    assert tuple(grid.alike) == ("client", "container")


def test_a_table_has_rows_even_when_only_clients_vary():
    grid = build(
        results(
            client=["openai", "httpx"],
            outcome_of=lambda axes: REJECTED if axes["client"] == "openai" else ACCEPTED,
        )
    )
    assert (grid.row_axes, grid.column_axes, grid.columns) == (("client",), (), ((),))
    assert grid.rows == (GridRow((("openai",),), ((NO,),)), GridRow((("httpx",),), ((YES,),)))


def test_an_axis_that_changes_nothing_is_said_once_and_not_in_every_row():
    grid = build(
        results(
            client=["openai", "httpx", "curl", "node", "aiohttp"],
            container=["handle", "tuple"],
            mime_table=["builtin", "system"],
            outcome_of=lambda axes: (
                REJECTED if (axes["container"], axes["mime_table"]) == ("handle", "builtin") else ACCEPTED
            ),
        )
    )
    assert grid.alike == {"client": ("openai", "httpx", "curl", "node", "aiohttp")}
    assert grid.row_axes == ("container",)
    assert grid.rows == (GridRow((("handle",),), ((NO,), (YES,))), GridRow((("tuple",),), ((YES,), (YES,))))


def test_containers_and_images_alone_make_a_table_of_both():
    grid = build(
        results(
            container=["handle", "tuple"],
            image=["webp", "png"],
            outcome_of=lambda axes: REJECTED if axes["container"] == "handle" else ACCEPTED,
        )
    )
    assert (grid.row_axes, grid.column_axes) == (("container",), ("image",))


def test_one_case_alone_is_a_table_of_one_field():
    grid = build([HANDLE])
    assert grid.constants == HANDLE.axes
    assert (grid.row_axes, grid.columns, grid.rows) == ((), ((),), (GridRow((), ((NO,),)),))


def test_a_control_without_a_file_has_a_row_of_its_own():
    bytesio = replace(HANDLE, id="bytesio", axes={**HANDLE.axes, "container": "bytesio"})
    grid = build([*TUPLE, bytesio, CONTROL])
    assert grid.row_axes == ("container",)
    assert grid.rows[-1] == GridRow((("n/a",),), ((), (), (YES,)))


def test_an_axis_with_one_value_where_it_applies_is_a_constant_and_a_neutral_one_is_not_said():
    axes = {"mask": "none", "prepare": "rgba"}
    edits = [replace(each, axes={**each.axes, **axes}) for each in TUPLE]
    control = replace(CONTROL, axes={**CONTROL.axes, "mask": "n/a", "prepare": "n/a"})
    grid = build([*edits, control])
    assert grid.constants == {
        "model": "gpt-image-1",
        "client": "openai",
        "container": "tuple",
        "image": "webp",
        "prepare": "rgba",
    }
    assert (grid.row_axes, grid.column_axes) == (("operation",), ("mime_table",))


def test_an_axis_that_a_case_lacks_counts_as_its_neutral_value():
    masked = replace(HANDLE, id="masked", axes={**HANDLE.axes, "mask": "named"})
    grid = build([HANDLE, masked])
    assert grid.alike == {"mask": ("none", "named")}
    assert grid.rows == (GridRow((), ((NO,),)),)


def test_two_cases_in_one_field_are_both_shown():
    twin = replace(HANDLE, id="twin", outcome=ACCEPTED, verdict=TUPLE[0].verdict)
    assert build([HANDLE, twin]).rows == (GridRow((), ((NO, YES),)),)


def test_a_table_too_long_keeps_what_is_unexpected():
    def outcome_of(axes):
        return REJECTED if axes["name"] == f"n{2 * MOST_ROWS - 1}" else ACCEPTED

    made = results(name=[f"n{number}" for number in range(2 * MOST_ROWS)], outcome_of=outcome_of)
    # A different answer a row, so that nothing merges.
    made = [
        each if each.outcome is REJECTED else replace(each, outcome=replace(REJECTED, code=f"code-{number}"))
        for number, each in enumerate(made)
    ]
    grid = build(made)
    assert len(grid.rows) == MOST_ROWS
    assert grid.dropped == MOST_ROWS
    assert grid.rows[-1].cells == ((NO,),)
    assert [row.values[0][0] for row in grid.rows[:2]] == ["n0", "n1"]


def test_every_case_of_a_run_stands_in_the_table():
    grid = build(story().results)
    shown = sum(bool(cells) * len(row.values[0]) for row in grid.rows for cells in row.cells)
    assert shown == len(story().results)


NAMED = (
    ("part", "filename", "Content-Type", "content"),
    ("image", "upload", "application/octet-stream", "56 bytes, sha256 20d094e7cb7b"),
)


def test_a_table_with_no_room_goes_on_below_at_spaces():
    assert aligned(NAMED, 62) == [
        "part   filename  Content-Type              content",
        "image  upload    application/octet-stream  56 bytes, sha256",
        "                                           20d094e7cb7b",
    ]


def test_a_table_whose_longest_words_have_no_room_is_turned():
    assert aligned(NAMED, 50) == [
        "image",
        "  filename: upload",
        "  Content-Type: application/octet-stream",
        "  content: 56 bytes, sha256 20d094e7cb7b",
    ]


def test_a_long_text_turns_a_table_rather_than_running_down_a_narrow_column():
    text = "make the sky blue " * 10
    lines = aligned((("part", "type", "content"), ("prompt", "application/octet-stream", text)), 60)
    assert lines[0] == "prompt"
    assert len(lines) == 6


@pytest.mark.parametrize("width", range(20, 120, 7))
def test_no_word_of_a_table_is_ever_cut(width):
    words = {word for row in NAMED[1:] for cell in row for word in cell.split(" ")}
    assert words <= set(" ".join(aligned(NAMED, width, "  ")).split())
