"""Which calls several clients make, and who of them sends what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from analysis_builders import ACCEPTED, EMULATOR, INVALID_VALUE, edit, generate, result, run, text, upload

from upload_matrix.judge.client_calls import (
    NOTHING,
    SAME,
    Again,
    ClientCall,
    ClientRow,
    ClientTable,
    client_tables,
)
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import Attempt
from upload_matrix.wire.form import Framing

GOOD = edit()
OCTETS = edit(upload(content_type="application/octet-stream"))
EMPTY = edit(upload(size=0, data=""))
REFUSED = Outcome(OutcomeKind.NOT_SENT, detail="TypeError: no")
BUSY = Outcome(OutcomeKind.INCONCLUSIVE, status=500)
LENGTH = Framing.CONTENT_LENGTH


def of(client, container, wire, outcome, *, retries=None, again=(), operation="images.edit"):
    axes = {"container": container} | ({} if retries is None else {"retries": retries})
    made = result(
        f"{client}/{container}/{retries}", wire, outcome, client=client, operation=operation, axes=axes
    )
    later = tuple(Attempt(each.digest, 200, EMULATOR) for each in again)
    return replace(made, attempts=(*made.attempts, *later))


def tables(*results):
    return client_tables(run(results, GOOD, OCTETS, EMPTY, generate(), TYPED_IN))


TYPED_IN = edit(text("image", "/home/anna/avatar.webp"))


def row(clients, wire, outcome, *again):
    parts = tuple(part for part in wire.parts if part.name == "image") if wire else ()
    return ClientRow(tuple(clients.split()), parts, LENGTH if wire else None, outcome, again)


def test_clients_that_send_the_same_are_one_row_whatever_else_their_requests_hold():
    other = replace(GOOD, path="/openai/deployments/x/images/edits", parts=GOOD.parts[::-1])
    results = (of("openai", "handle", GOOD, ACCEPTED), of("curl", "handle", OCTETS, INVALID_VALUE))
    azure = of("azure", "handle", other, ACCEPTED)
    (table,) = client_tables(run((*results, azure), GOOD, OCTETS, other))
    assert table == ClientTable(
        "m",
        (),
        {},
        (ClientCall((), (row("openai azure", GOOD, ACCEPTED), row("curl", OCTETS, INVALID_VALUE))),),
    )


def test_a_run_in_which_no_two_clients_make_the_same_call_has_no_table():
    assert tables(of("openai", "handle", GOOD, ACCEPTED), of("curl", "path", GOOD, ACCEPTED)) == ()


def test_a_call_without_a_file_is_none_of_these():
    results = [of(client, "n/a", generate(), ACCEPTED, operation="images.generate") for client in ("a", "b")]
    assert tables(*results) == ()


def test_calls_of_which_all_clients_make_the_same_stand_together():
    results = [
        of(client, container, OCTETS if container == "bytes" else GOOD, ACCEPTED)
        for client in ("a", "b")
        for container in ("handle", "bytes", "path")
    ]
    (table,) = tables(*results)
    assert table.axes == ("container",)
    assert table.calls == (
        ClientCall((("handle", "path"),), (row("a b", GOOD, ACCEPTED),)),
        ClientCall((("bytes",),), (row("a b", OCTETS, ACCEPTED),)),
    )


def test_an_axis_that_changes_nothing_is_said_once():
    results = [of(client, container, GOOD, ACCEPTED) for client in ("a", "b") for container in ("x", "y")]
    (table,) = tables(*results)
    assert (table.axes, table.alike) == ((), {"container": ("x", "y")})


def test_a_client_that_refuses_sent_nothing_even_where_it_had_begun():
    broken = replace(GOOD, fault="broke off", parts=())
    (table,) = client_tables(
        run([of("a", "handle", GOOD, ACCEPTED), of("b", "handle", broken, REFUSED)], GOOD, broken)
    )
    assert table.calls[0].rows == (row("a", GOOD, ACCEPTED), row("b", None, REFUSED))


def test_a_file_field_that_one_client_sends_as_text_shows_as_it_was_sent():
    (table,) = tables(of("a", "handle", GOOD, ACCEPTED), of("b", "handle", TYPED_IN, INVALID_VALUE))
    ((part,),) = (each.parts for each in table.calls[0].rows if each.clients == ("b",))
    assert (part.name, part.filename) == ("image", None)


@pytest.mark.parametrize(
    ("again", "outcome", "how"),
    [
        ((GOOD,), ACCEPTED, SAME),
        ((GOOD, GOOD), ACCEPTED, SAME),
        ((), BUSY, NOTHING),
        ((EMPTY,), INVALID_VALUE, "image.content: " + GOOD.parts[2].content + " -> empty"),
        ((GOOD, EMPTY), INVALID_VALUE, "image.content: " + GOOD.parts[2].content + " -> empty"),
    ],
)
def test_what_follows_a_failed_first_attempt_stands_beside_the_call(again, outcome, how):
    (table,) = tables(
        of("a", "handle", GOOD, ACCEPTED, retries="none"),
        of("b", "handle", GOOD, ACCEPTED, retries="none"),
        of("a", "handle", GOOD, outcome, retries="after-500", again=again),
    )
    assert table.axes == ()
    assert table.calls[0].rows == (
        row("a", GOOD, ACCEPTED, Again("after-500", how)),
        row("b", GOOD, ACCEPTED),
    )
