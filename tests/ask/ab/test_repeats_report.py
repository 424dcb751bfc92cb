"""Repetitions in the grid and in Markdown: a field for a case, however often it was sent."""

from dataclasses import replace

from ab_runs import BUSY, EMULATED, NO, YES, edit, generate, rounds, run_of

from upload_matrix.model.result import Verdict, VerdictKind
from upload_matrix.report import markdown
from upload_matrix.report.grid import GridCell, build
from upload_matrix.report.text import summary

CALM = VerdictKind.AS_EXPECTED


def test_repetitions_share_a_field_and_make_no_rows():
    grid = build(
        [
            *rounds("handle", edit(), YES, NO, YES, BUSY, YES, image="webp"),
            *rounds("tuple", edit(), *(YES,) * 5, image="webp"),
        ]
    )
    assert "sample" not in (*grid.row_axes, *grid.column_axes, *grid.constants, *grid.alike)
    cells = {row.values[0][0]: row.cells[0] for row in grid.rows}
    assert cells == {
        "handle": (
            GridCell("✓ accepted 3/5", CALM),
            GridCell("✗ 400 invalid_value 1/5", CALM),
            GridCell("? inconclusive 503 1/5", CALM),
        ),
        "tuple": (GridCell("✓ accepted 5/5", CALM),),
    }


def test_what_is_unexpected_in_some_rounds_is_marked_in_those():
    results = rounds("tuple", edit(), YES, NO, YES)
    bad = Verdict(VerdictKind.UNEXPECTED, "accepted")
    results[1] = replace(results[1], verdict=bad)
    text = markdown.render(run_of(results))
    assert "✓ accepted 2/3 / **✗ 400 invalid\\_value 1/3** ⚠ unexpected" in text.replace("_value", "\\_value")


def test_a_run_without_repetition_has_no_such_section():
    run = run_of(rounds("tuple", edit(), YES))
    assert "Repetitions" not in markdown.render(run)
    assert "repeated" not in summary(run)


def test_the_section_has_flaky_variants_first_and_says_what_does_not_vote():
    run = run_of(
        rounds("n/a", generate(), YES, NO, YES),
        rounds("tuple", edit(), YES, YES, YES),
        rounds("handle", edit("application/octet-stream"), YES, NO, NO),
    )
    text = markdown.render(run)
    section = text[text.index("## Repetitions") : text.index("## Matrix")]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == ["m", "m/handle", "m/tuple"]
    assert "flaky 1/2" in rows[1]
    assert "environment: in round 2 the control did not pass either" in rows[1]
    assert "accepted 3/3" in rows[2]
    assert "Repeated 3 times: 3 variants, 1 always the same, 2 flaky" in section
    assert "repeated 3 times: 3 variants" in summary(run)
    assert "Emulated" not in section


def test_repetition_of_emulated_answers_is_said_to_prove_nothing():
    run = run_of(rounds("tuple", edit(), YES, YES, source=EMULATED))
    assert "repetition proves nothing" in markdown.render(run)
