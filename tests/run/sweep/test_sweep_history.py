from __future__ import annotations

from dataclasses import replace

from sweep_builders import (
    ACCEPTED,
    BROKEN,
    NEW,
    OLD,
    REJECTED,
    UNRECORDED,
    environment,
    form,
    story,
    sweep,
)

from upload_matrix.judge.history import CellChange, ChangePoint, Stretch, history
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.sweep import Guard, Strategy
from upload_matrix.wire.difference import Difference, contents
from upload_matrix.wire.form import Framing, WireForm

NAMED = (
    Difference("image.filename", "upload", "a.webp"),
    Difference("image.content_type", "application/octet-stream", "image/webp"),
)


def test_the_story_as_change_points():
    assert history(story()).changes == (
        ChangePoint(
            "1.1", "1.3", ("1.2",), (CellChange(("m/handle", "m/async"), NAMED, (REJECTED, ACCEPTED)),)
        ),
        ChangePoint("1.4", "2.0", (), (CellChange(("m/bytes",), NAMED, (REJECTED, ACCEPTED)),)),
    )


def test_a_change_is_sure_when_the_two_releases_are_neighbours():
    assert [change.sure for change in history(story()).changes] == [False, True]


def test_the_story_as_runs_with_equal_histories_merged():
    found = history(story())
    assert found.spans == (
        Stretch("1.0", "1.1", 2, 2),
        Stretch("1.3", "1.4", 2, 2),
        Stretch("2.0", "2.0", 1, 1),
    )
    assert [row.variants for row in found.rows] == [("m/handle", "m/async"), ("m/bytes",)]
    assert [[(cell.release, cell.wires[0]) for cell in row.cells] for row in found.rows] == [
        [("1.0", OLD.digest), ("1.3", NEW.digest), ("2.0", NEW.digest)],
        [("1.0", OLD.digest), ("1.3", OLD.digest), ("2.0", NEW.digest)],
    ]


def test_releases_that_were_not_measured_count_as_what_lies_around_them():
    names = tuple(f"1.{minor}" for minor in range(9))
    told = {"1.0": OLD, "1.4": OLD, "1.5": NEW, "1.8": NEW}
    found = history(
        sweep(
            {name: {"v": (sent, ACCEPTED)} for name, sent in told.items()},
            names=names,
            strategy=Strategy.BISECT,
            guard=Guard(every=4),
        )
    )
    assert found.spans == (Stretch("1.0", "1.4", 5, 2), Stretch("1.5", "1.8", 4, 2))
    assert [(change.before, change.after, change.sure) for change in found.changes] == [("1.4", "1.5", True)]


def test_a_failure_of_ours_neither_ends_a_run_nor_begins_one():
    found = history(
        sweep({"1": {"v": (OLD, ACCEPTED)}, "2": {"v": (OLD, BROKEN)}, "3": {"v": (OLD, ACCEPTED)}})
    )
    assert found.changes == ()
    assert found.spans == (Stretch("1", "3", 3, 2),)


def test_a_range_for_one_variant_leaves_a_gap_in_its_row_only():
    found = history(
        sweep(
            {
                "1": {"a": (OLD, ACCEPTED), "b": (OLD, ACCEPTED)},
                "2": {"a": (NEW, ACCEPTED), "b": (OLD, BROKEN)},
                "3": {"a": (NEW, ACCEPTED), "b": (NEW, ACCEPTED)},
            }
        )
    )
    assert [(change.before, change.after, change.between) for change in found.changes] == [
        ("1", "2", ()),
        ("1", "3", ("2",)),
    ]
    assert [[cell and cell.wires[0] for cell in row.cells] for row in found.rows] == [
        [OLD.digest, NEW.digest, NEW.digest],
        [OLD.digest, None, NEW.digest],
    ]


def test_an_outcome_alone_can_change():
    unparsed = Outcome(OutcomeKind.UNPARSED, 200, detail="ValidationError: usage")
    (change,) = history(sweep({"1": {"v": (NEW, ACCEPTED)}, "2": {"v": (NEW, unparsed)}})).changes
    assert change.differences == (CellChange(("v",), (), (ACCEPTED, unparsed)),)
    assert change.sure


def test_an_outcome_that_says_nothing_is_no_sure_change():
    (change,) = history(sweep({"1": {"v": (NEW, ACCEPTED)}, "2": {"v": (NEW, UNRECORDED)}})).changes
    assert not change.sure


def test_what_is_sent_first_is_shown_as_a_request():
    refused = Outcome(OutcomeKind.NOT_SENT, detail="TypeError: no such argument")
    (change,) = history(sweep({"1": {"v": (refused,)}, "2": {"v": (NEW, ACCEPTED)}})).changes
    assert change.differences == (
        CellChange(
            ("v",),
            (Difference("request", None, f"POST /v1/images/edits, wire form {NEW.digest}"), *contents(NEW)),
            (refused, ACCEPTED),
        ),
    )
    (back,) = history(sweep({"1": {"v": (NEW, ACCEPTED)}, "2": {"v": (refused,)}})).changes
    assert [str(each) for each in back.differences[0].deltas] == [
        str(Difference(each.where, each.after, None)) for each in change.differences[0].deltas
    ]


def test_the_parts_that_were_sent_stand_beside_not_sent():
    digest = NEW.parts[0].sha256
    assert [str(each) for each in contents(NEW)] == [
        "media_type: (none) -> multipart/form-data",
        "framing: (none) -> content-length",
        f"image: (none) -> file 'a.webp' (image/webp, sha256:{digest})",
    ]
    asked = WireForm("POST", "/v1/x", Framing.CHUNKED, "application/json", json='{"model":"m","n":[1]}')
    assert [str(each) for each in contents(asked)] == [
        "media_type: (none) -> application/json",
        "framing: (none) -> chunked",
        "fields.model: (none) -> m",
        "fields.n: (none) -> [1]",
    ]


def deltas(old: tuple, new: tuple) -> tuple[Difference, ...]:
    (change,) = history(sweep({"1": {"v": (*old, ACCEPTED)}, "2": {"v": (*new, ACCEPTED)}})).changes
    return change.differences[0].deltas


def test_attempts_that_change_alike_are_told_once():
    assert deltas((OLD, OLD), (NEW, NEW)) == NAMED


def test_an_attempt_that_changes_alone_is_named():
    chunked = form(framing=Framing.CHUNKED)
    assert deltas((NEW, NEW), (NEW, chunked)) == (
        Difference("attempt 2 framing", "content-length", "chunked"),
    )


def test_another_number_of_attempts_is_a_change():
    assert deltas((NEW,), (NEW, NEW)) == (Difference("attempts", "1", "2"),)


def test_a_form_that_is_not_at_hand_is_named_by_its_digest():
    found = sweep({"1": {"v": (OLD, ACCEPTED)}, "2": {"v": (NEW, ACCEPTED)}})
    (change,) = history(replace(found, wires={})).changes
    assert change.differences[0].deltas == (Difference("wire form", OLD.digest, NEW.digest),)


def test_what_else_differs_between_the_environments_is_told():
    environments = {
        "1": environment("1", name="openai-1/builtin"),
        "2": environment(
            "2",
            name="openai-2/builtin",
            clients={"openai": "2", "httpx2": "0.1"},
            guesses={".webp": "image/webp"},
        ),
    }
    told = {"1": {"v": (OLD, ACCEPTED)}, "2": {"v": (NEW, ACCEPTED)}}
    (change,) = history(sweep(told, environments=environments)).changes
    assert change.beside == (
        Difference("httpx", "0.27.2", None),
        Difference("guess for .webp", None, "image/webp"),
        Difference("httpx2", None, "0.1"),
    )


def test_nothing_measured_is_no_history():
    found = history(sweep({"1": "no wheel"}, variants=("v",)))
    assert (found.spans, found.changes) == ((), ())
    assert [row.cells for row in found.rows] == [()]
