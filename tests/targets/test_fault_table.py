"""The fault table: what each trouble of a server becomes, how often it is tried again, and what it costs.

Real servers on loopback, the real ledger; only the waiting is not done. Nothing is ever a rejection that the
server did not say, and every attempt that left is in the books.
"""

import json
import socket
import threading
import tracemalloc
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest
from fault_server import (
    PART_OF_ANSWER,
    FaultServer,
    drips,
    error,
    floods,
    hangs_up,
    reset,
    reset_unread,
    says,
    stalls,
)
from target_requests import KEY, PRICES, USAGE, USAGE_COST, SkippingClock, spec_for, upload

from upload_matrix.model.answer import Answer, Silence
from upload_matrix.model.estimate import estimate_in
from upload_matrix.model.plan import BudgetExceededError
from upload_matrix.spending.ledger import CallState, Ledger, LedgerAccount
from upload_matrix.targets.sending import Live, Machine, Patience, Sender

MIB = 1024 * 1024
GOOD = {"created": 1, "data": [{"b64_json": "aGVsbG8="}], "usage": USAGE}
WORST = estimate_in(PRICES, upload().wire).worst

USED, NOTHING, FEARED = "used", "nothing", "feared"
"""What an attempt counts as: its usage, nothing, or the worst it can cost."""

OK = says(200, GOOD, [("x-request-id", "req_good")])
HTML = b"<html><body>502 Bad Gateway</body></html>"
UNVERIFIED = "Your organization must be verified to use the model"


@dataclass(frozen=True)
class Row:
    """``script`` is what the server does, ``gives`` a status or why there is no answer.

    ``costs`` has what each attempt counts as; where it ends, the last one goes on. ``waits`` are the pauses
    a server asked for (chance adds nothing here).
    """

    name: str
    script: tuple
    gives: int | tuple[Silence, ...]
    attempts: int = 1
    costs: tuple[str, ...] = (NOTHING,)
    says: str = ""
    waits: tuple[float, ...] | None = None
    spec: dict = field(default_factory=dict)
    times: dict = field(default_factory=dict)

    def __str__(self):
        return self.name


LOST = (Silence.UNREACHABLE,)
CUT = (Silence.BROKEN,)
# Whether what came before a reset is still handed out is the system's affair.
CUT_OR_LOST = (Silence.BROKEN, Silence.UNREACHABLE)
ALL = 3
"""Attempts of the tests' patience."""
STALL = {"timeout": 0.4}
DRIP = {"timeout": 20.0, "total": 0.4}

TABLE = [
    # --- Answers: handed on, not tried again, a refusal costs nothing ---
    Row("200", (OK,), 200, costs=(USED,)),
    Row("200-without-usage", (says(200, {"data": []}),), 200, costs=(FEARED,)),
    Row("200-html-page", (says(200, HTML, [("Content-Type", "text/html")]),), 200, costs=(FEARED,)),
    Row("200-truncated-json", (says(200, json.dumps(GOOD).encode()[:-40]),), 200, costs=(FEARED,)),
    Row("200-usage-of-zeros", (says(200, {**GOOD, "usage": dict.fromkeys(USAGE, 0)}),), 200, costs=(FEARED,)),
    Row("302", (says(302, headers=[("Location", "https://elsewhere.invalid/")]),), 302, costs=(FEARED,)),
    Row("400-invalid-value", (error(400, "invalid_value", param="model"),), 400),
    Row("400-mimetype", (error(400, "unsupported_file_mimetype", param="image"),), 400),
    Row("401", (error(401, "invalid_api_key"),), 401),
    Row("403-unverified", (error(403, message=UNVERIFIED),), 403),
    Row("404-empty", (says(404),), 404),
    Row("413", (error(413),), 413),
    Row("501-no-statement", (error(501),), 501, costs=(FEARED,)),
    Row("429-without-money-left", (error(429, "insufficient_quota"),), 429),
    Row("500-not-to-be-repeated", (error(500, headers=[("x-should-retry", "false")]),), 500, costs=(FEARED,)),
    # --- Trouble that may pass: tried again, and what stays in trouble is handed on as it is ---
    Row("429", (error(429),), 429, ALL),
    Row("429-retry-after", (error(429, headers=[("Retry-After", "7")]),), 429, ALL, waits=(7, 7)),
    Row("429-retry-after-ms", (error(429, headers=[("retry-after-ms", "250")]),), 429, ALL, waits=(0.25, 0.25)),
    Row("429-reset", (error(429, headers=[("x-ratelimit-reset-requests", "1m2s")]),), 429, ALL, waits=(62, 62)),
    Row("429-retry-tomorrow", (error(429, headers=[("Retry-After", "86400")]),), 429, 1),
    Row("500", (error(500),), 500, ALL, (FEARED,)),
    Row("502-html-page", (says(502, HTML, [("Content-Type", "text/html")]),), 502, ALL, (FEARED,)),
    Row("503", (error(503),), 503, ALL, (FEARED,)),
    Row("503-then-200", (error(503), OK), 200, 2, (FEARED, USED)),
    Row("429-then-200", (error(429), OK), 200, 2, (NOTHING, USED)),
    Row("reset-then-200", (reset(), OK), 200, 2, (FEARED, USED)),
    Row("stall-then-200", (stalls(), OK), 200, 2, (FEARED, USED), times={"timeout": 1.0}),
    Row("cut-then-400", (reset(PART_OF_ANSWER), error(400)), 400, 2, (FEARED, NOTHING)),
    # --- Answers that do not arrive: nobody knows what was done, so each counts at its worst ---
    Row("content-length-too-long", (says(200, GOOD, announced=9999),), CUT, ALL, (FEARED,), "9999"),
    Row("content-length-too-short", (says(200, GOOD, announced=20),), CUT, 1, (FEARED,), "announced 20 bytes"),
    Row("cut-mid-way", (says(200, b"{" * 50, announced=1000),), CUT, ALL, (FEARED,), "not sound HTTP"),
    Row("not-http", (says("2oo", b""),), CUT, ALL, (FEARED,), "not sound HTTP"),
    Row("hangs-up", (hangs_up,), LOST, ALL, (FEARED,), "closed without an answer"),
    Row("reset-before-answer", (reset(),), LOST, ALL, (FEARED,), "connection broke"),
    Row("reset-during-answer", (reset(PART_OF_ANSWER),), CUT_OR_LOST, ALL, (FEARED,), "connection broke"),
    Row("stall", (stalls(),), LOST, ALL, (FEARED,), "nothing came for 0.4 s", times=STALL),
    Row("stall-during-answer", (stalls(PART_OF_ANSWER),), CUT, ALL, (FEARED,), "nothing came for 0.4 s", times=STALL),
    Row("slow-drip", (drips(PART_OF_ANSWER),), CUT, ALL, (FEARED,), "not complete within 0.4 s", times=DRIP),
    Row("slow-drip-of-headers", (drips(b"HTTP/1.1 200 Said\r\nX: "),), CUT, ALL, (FEARED,), "within 0.4 s", times=DRIP),
    Row("100-mb", (floods(100 * MIB),), CUT, 1, (FEARED,), "longer than 1048576 bytes", spec={"max_answer": MIB}),
]  # fmt: skip


@pytest.fixture
def books(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        yield ledger


@pytest.fixture
def ask(books, monkeypatch):
    """Asks a target under a budget; what was recorded, waited for and booked stays to be looked at."""
    monkeypatch.setenv("TEST_KEY", KEY)

    class Asked:
        def __call__(self, base_url, *, timeout=20.0, total=None, patience=None, **spec):
            self.records, self.run = [], books.open_run(budget=1000 * WORST)
            clock = SkippingClock()
            self.waits = clock.waits
            sender = Sender(
                spec_for(base_url, **spec),
                timeout=timeout,
                total_timeout=total,
                live=Live(
                    account=LedgerAccount(books, self.run),
                    prices=PRICES,
                    patience=patience or Patience(attempts=ALL, seconds=600),
                    told=self.records.append,
                ),
                machine=Machine(chance=lambda: 0.0, clock=clock, sleep=clock.sleep),
            )
            self.reply = sender.ask(upload())
            sender.close()
            self.calls = books.calls(self.run)
            return self.reply

    return Asked()


AMOUNT = {USED: USAGE_COST, NOTHING: 0, FEARED: WORST}


@pytest.mark.parametrize("row", TABLE, ids=str)
def test_a_fault_becomes(row, ask):
    with FaultServer(*row.script) as server:
        reply = ask(server.base_url, **row.times, **row.spec)

    if isinstance(row.gives, int):
        assert isinstance(reply, Answer)
        assert reply.status == row.gives
    else:
        assert reply.why in row.gives
        assert row.says in reply.says
    # Nothing is lost: as many calls in the books as connections, each settled at what it counts as.
    assert server.connections == len(ask.calls) == row.attempts
    costs = [AMOUNT[row.costs[min(number, len(row.costs) - 1)]] for number in range(row.attempts)]
    assert [(call.state, call.counted) for call in ask.calls] == [(CallState.SETTLED, cost) for cost in costs]
    # And one record of the question, with the sum.
    (record,) = ask.records
    assert (record.attempts, record.spent) == (row.attempts, sum(costs))
    assert record.status == (row.gives if isinstance(row.gives, int) else None)
    assert (record.why is None) == (isinstance(row.gives, int) and row.gives < 500 and row.gives != 429)
    assert (record.seconds is not None) == isinstance(row.gives, int)
    if row.waits is not None:
        assert [pause for pause in ask.waits if pause] == list(row.waits)
    assert KEY not in repr((reply, record, ask.calls))


def test_the_good_answer_is_whole_and_found_again_by_its_request_id(ask):
    with FaultServer(OK) as server:
        reply = ask(server.base_url)
    assert json.loads(reply.body) == GOOD
    (record,) = ask.records
    assert record.request_id == ask.calls[0].request_id == "req_good"
    assert (record.usage.image_in, record.usage.image_out, record.model) == (194, 272, "gpt-image-test")


def test_a_retry_sends_the_same_bytes(ask):
    with FaultServer(error(500), reset(), OK) as server:
        ask(server.base_url)
    assert len(server.requests) == 3
    assert len(set(server.requests)) == 1
    assert server.requests[0][1] == upload().body


def test_a_hundred_megabytes_are_survived_in_bounded_memory(ask):
    with FaultServer(floods(100 * MIB)) as server:
        tracemalloc.start()
        try:
            reply = ask(server.base_url, max_answer=4 * MIB)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert reply.why is Silence.BROKEN
    assert "max_answer_mib" in reply.says
    assert peak < 16 * MIB


def test_a_redirect_is_handed_on_and_the_key_stays_at_home(ask):
    with FaultServer(OK) as elsewhere:
        moved = says(307, headers=[("Location", f"{elsewhere.base_url}/images/edits")])
        with FaultServer(moved) as server:
            reply = ask(server.base_url)
        assert reply.status == 307
        assert reply.header("location") == f"{elsewhere.base_url}/images/edits"
        assert (server.connections, elsewhere.connections) == (1, 0)
    # Whoever redirects may have served the request first: nobody says that it cost nothing.
    assert [call.counted for call in ask.calls] == [call.reserved for call in ask.calls]


def test_an_untrusted_certificate_ends_it_before_anything_is_sent(ask):
    with FaultServer(OK, secure=True) as server:
        reply = ask(server.base_url)
    assert reply.why is Silence.UNREACHABLE
    assert f"the certificate of 127.0.0.1:{server.port} is not trusted" in reply.says
    assert server.requests == []
    assert [(call.state, call.counted) for call in ask.calls] == [(CallState.RELEASED, 0)]
    assert (ask.records[0].attempts, ask.records[0].spent) == (1, 0)


def test_tls_with_a_server_that_speaks_none_is_tried_again_and_costs_nothing(ask):
    def answers_in_clear(server, connection):
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 400 This is no TLS\r\n\r\n")

    with FaultServer(answers_in_clear) as server:
        reply = ask(server.base_url.replace("http:", "https:"))
    assert reply.why is Silence.UNREACHABLE
    assert "no TLS connection" in reply.says
    assert [call.state for call in ask.calls] == [CallState.RELEASED] * ALL


@pytest.mark.parametrize(
    ("number", "attempts"), [(socket.EAI_NONAME, 1), (socket.EAI_AGAIN, ALL)], ids=["unknown", "for-now"]
)
def test_a_name_that_cannot_be_resolved_costs_nothing(ask, monkeypatch, number, attempts):
    def fails(*_, **__):
        raise socket.gaierror(number, "no such name here")

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    reply = ask("https://api.upload-matrix.invalid/v1", proxy="none")
    assert reply.why is Silence.UNREACHABLE
    assert reply.says.endswith("the name of api.upload-matrix.invalid was not found: no such name here")
    assert [(call.state, call.counted) for call in ask.calls] == [(CallState.RELEASED, 0)] * attempts


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_down_costs_nothing(ask, scheme, silent_port):
    reply = ask(f"{scheme}://api.upload-matrix.invalid/v1", proxy=f"http://127.0.0.1:{silent_port}")
    assert reply.why is Silence.UNREACHABLE
    assert f"no connection to the proxy 127.0.0.1:{silent_port}" in reply.says
    assert [(call.state, call.counted) for call in ask.calls] == [(CallState.RELEASED, 0)] * ALL


def test_a_reset_before_the_request_is_read_counts_unless_it_never_left(ask):
    with FaultServer(reset_unread) as server:
        reply = ask(server.base_url)
    assert reply.why is Silence.UNREACHABLE
    assert len(ask.calls) == ALL
    # Which of the two it is, is a race between the reset and the first byte sent.
    fates = {(CallState.RELEASED, 0), (CallState.SETTLED, WORST)}
    assert {(call.state, call.counted) for call in ask.calls} <= fates


def test_a_server_that_is_not_there_costs_nothing(ask, silent_port):
    reply = ask(f"http://127.0.0.1:{silent_port}/v1")
    assert reply.why is Silence.UNREACHABLE
    assert [call.state for call in ask.calls] == [CallState.RELEASED] * ALL


def test_a_proxy_that_refuses_costs_nothing_and_is_not_asked_again(ask):
    def refuses(server, connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    with FaultServer(refuses) as proxy:
        reply = ask("https://api.upload-matrix.invalid/v1", proxy=f"http://127.0.0.1:{proxy.port}")
    assert "refused: 407" in reply.says
    assert [(call.state, call.counted) for call in ask.calls] == [(CallState.RELEASED, 0)]


def test_many_threads_in_trouble_lose_nothing(books, monkeypatch):
    """40 questions against a server that refuses, breaks off and answers in turn: the books agree with it."""
    monkeypatch.setenv("TEST_KEY", KEY)
    script = [behave for _ in range(100) for behave in (OK, error(429), reset(), error(500))]
    run = books.open_run(max_calls=100)
    records, replies = [], []
    with ExitStack() as stack:
        server = stack.enter_context(FaultServer(*script))
        sender = Sender(
            spec_for(server.base_url),
            timeout=10,
            live=Live(
                account=LedgerAccount(books, run),
                prices=PRICES,
                patience=Patience(attempts=30, seconds=600),
                told=records.append,
            ),
            machine=Machine(sleep=lambda _: None),
        )
        questions = [upload(f"number {number}") for number in range(40)]
        threads = [
            threading.Thread(target=lambda question=question: replies.append(_or_stop(sender, question)))
            for question in questions
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert len(replies) == 40
    calls = books.calls(run)
    assert all(call.state is CallState.SETTLED for call in calls)
    # The budget is hard: not one connection more than calls, not one call more than allowed.
    assert server.connections == len(calls) == 100
    answered = {record.wire for record in records if record.status == 200}
    assert len(answered) == sum(isinstance(reply, Answer) and reply.status == 200 for reply in replies) == 25
    assert sum(record.attempts for record in records) == 100


def _or_stop(sender, question):
    try:
        return sender.ask(question)
    except BudgetExceededError as stop:
        return stop
