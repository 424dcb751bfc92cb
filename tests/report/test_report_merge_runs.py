"""Parts of a run made one, and what cannot be made one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reports_story import HANDLE, KNOWN, TUPLE, run_of, story

from upload_matrix.judge.merge import merge_runs
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import Outcome, OutcomeKind


def parts(run, *groups):
    return [
        replace(
            run,
            results=group,
            wires={each.wire: run.wires[each.wire] for result in group for each in result.attempts},
        )
        for group in groups
    ]


def test_parts_in_order_are_the_whole():
    whole = story()
    first, second = parts(whole, whole.results[:3], whole.results[3:])
    assert merge_runs([first, second]) == whole
    assert merge_runs([whole]) == whole


def test_what_two_have_alike_stands_once():
    whole = story()
    assert merge_runs([whole, *parts(whole, whole.results[2:5])]) == whole


def test_matrices_notes_and_controls_are_joined():
    one = replace(run_of(TUPLE[0], notes=("a", "b")), controls=("x",))
    other = replace(run_of(replace(HANDLE, id="n/h", matrix="n"), notes=("b", "c")), matrices=("n",))
    merged = merge_runs([one, other])
    assert merged.matrices == (*one.matrices, "n")
    assert (merged.notes, merged.controls) == (("a", "b", "c"), ("x",))


def test_a_case_with_two_results_is_refused_by_name():
    other = replace(HANDLE, outcome=Outcome(OutcomeKind.ACCEPTED, 200))
    with pytest.raises(ConfigurationError, match=rf"report 2 has {HANDLE.id} as accepted.*compare"):
        merge_runs([run_of(HANDLE, KNOWN), run_of(other)])


def test_an_environment_with_two_contents_is_refused_by_name():
    run = run_of(TUPLE[0])
    changed = replace(run.environments[0], python="3.13.0")
    with pytest.raises(ConfigurationError, match=f"another environment '{changed.name}'"):
        merge_runs([run, replace(run, environments=(changed,))])


def test_nothing_is_no_run():
    with pytest.raises(ConfigurationError, match="nothing to merge"):
        merge_runs([])
