"""Asking with patience and within a budget, where the fault table does not look."""

import gzip
import json
import threading
from decimal import Decimal

import pytest
from fault_server import FaultServer, error, reset, says
from target_requests import KEY, PRICES, USAGE, USAGE_COST, SkippingClock, spec_for, upload

from upload_matrix.model.estimate import estimate_in
from upload_matrix.model.plan import BudgetExceededError, UnknownPriceError
from upload_matrix.spending.ledger import CallState, Ledger, LedgerAccount
from upload_matrix.targets.sending import Limiter, Live, Machine, Patience, Sender

GOOD = {"data": [{"b64_json": "aGVsbG8="}], "usage": USAGE}
OK = says(200, GOOD)
WORST = estimate_in(PRICES, upload().wire).worst


@pytest.fixture
def books(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        yield ledger


@pytest.fixture
def sender(books, monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)

    def make(base_url, *, limits=None, limiter=None, patience=None, **live):
        account = None if limits is None else LedgerAccount(books, books.open_run(**limits))
        clock = SkippingClock()
        made = Sender(
            spec_for(base_url),
            timeout=20,
            live=Live(**{"account": account, "prices": PRICES, "patience": patience or Patience(), **live}),
            limiter=limiter,
            machine=Machine(chance=lambda: 0.5, clock=clock, sleep=clock.sleep),
        )
        made.waits, made.run = clock.waits, account and account.run
        return made

    return make


def test_it_stands_in_for_upstream_without_account_or_prices(monkeypatch):
    monkeypatch.setenv("TEST_KEY", KEY)
    with FaultServer(OK) as server:
        plain = Sender(spec_for(server.base_url), timeout=20)
        assert plain.ask(upload()).status == 200
        assert plain.secrets == (KEY,)
        plain.close()


def test_without_an_account_the_cost_is_still_known_from_usage(sender):
    records = []
    with FaultServer(OK) as server:
        sender(server.base_url, told=records.append).ask(upload(), sample=3)
    assert (records[0].spent, records[0].sample, records[0].wire) == (USAGE_COST, 3, upload().wire.digest)


def test_usage_is_read_from_a_compressed_answer_which_is_handed_on_as_it_is(sender, books):
    packed = gzip.compress(json.dumps(GOOD).encode())
    with FaultServer(says(200, packed, [("Content-Encoding", "gzip")])) as server:
        asking = sender(server.base_url, limits={"budget": WORST})
        assert asking.ask(upload()).body == packed
    assert books.calls(asking.run)[0].counted == USAGE_COST


def test_a_compressed_refusal_for_good_is_not_repeated(sender):
    packed = gzip.compress(json.dumps({"error": {"code": "insufficient_quota"}}).encode())
    with FaultServer(says(429, packed, [("Content-Encoding", "gzip")])) as server:
        sender(server.base_url).ask(upload())
        assert server.connections == 1


def test_without_a_word_from_the_server_pauses_double_by_chance(sender):
    with FaultServer(error(500)) as server:
        asking = sender(server.base_url, patience=Patience(attempts=5, first=1, longest=3))
        asking.ask(upload())
    assert asking.waits == [0.5, 1.0, 1.5, 1.5]


def test_patience_ends_after_its_seconds(sender):
    with FaultServer(error(500)) as server:
        asking = sender(server.base_url, patience=Patience(attempts=50, seconds=10, first=4, longest=4))
        assert asking.ask(upload()).status == 500
    assert asking.waits == [2.0] * 4
    assert server.connections == 5


def test_nothing_is_sent_that_the_budget_does_not_hold(sender, books):
    records = []
    with FaultServer(OK) as server:
        asking = sender(server.base_url, limits={"budget": WORST - Decimal("0.0001")}, told=records.append)
        with pytest.raises(BudgetExceededError):
            asking.ask(upload())
    assert (server.connections, records, books.calls(asking.run)) == (0, [], ())


def test_a_budget_that_ends_between_attempts_is_said_and_what_was_spent_is_told(sender, books):
    records = []
    with FaultServer(reset(), OK) as server:
        asking = sender(server.base_url, limits={"budget": WORST}, told=records.append)
        with pytest.raises(BudgetExceededError) as stop:
            asking.ask(upload())
    assert server.connections == 1
    (record,) = records
    assert (record.attempts, record.spent, record.why) == (1, WORST, str(stop.value))


def test_a_limit_of_calls_counts_attempts_that_left(sender, books):
    with FaultServer(error(500)) as server:
        asking = sender(server.base_url, limits={"max_calls": 2})
        with pytest.raises(BudgetExceededError):
            asking.ask(upload())
        assert server.connections == 2


def test_an_unknown_price_under_a_budget_is_refused_before_anything_is_sent(sender):
    with FaultServer(OK) as server:
        asking = sender(server.base_url, limits={"budget": Decimal(1)})
        with pytest.raises(UnknownPriceError):
            asking.ask(upload(model="a-model-without-a-price"))
        # The place was given back: the next question is not kept waiting.
        assert asking.ask(upload()).status == 200
    assert server.connections == 1


def test_room_that_others_hold_is_waited_for(sender, books):
    """The budget holds one worst case; ten questions that turn out cheap fit all the same, one by one."""
    arrived, go_on = threading.Semaphore(0), threading.Semaphore(0)

    def slow(server, connection):
        server.read(connection)
        arrived.release()
        go_on.acquire(timeout=20)
        body = json.dumps(GOOD).encode()
        connection.sendall(b"HTTP/1.1 200 Said\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    replies = []
    with FaultServer(slow) as server:
        asking = sender(server.base_url, limits={"budget": WORST + 9 * USAGE_COST})
        threads = [
            threading.Thread(
                target=lambda number=number: replies.append(asking.ask(upload("0123456789"[number:])))
            )
            for number in range(4)
        ]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert arrived.acquire(timeout=20)
            go_on.release()
        for thread in threads:
            thread.join(20)
    assert [reply.status for reply in replies] == [200] * 4
    assert {call.state for call in books.calls(asking.run)} == {CallState.SETTLED}


def test_room_that_a_dead_process_holds_is_not_waited_for(sender, books):
    with FaultServer(OK) as server:
        asking = sender(server.base_url, limits={"budget": WORST})
        LedgerAccount(books, asking.run).reserve("live", None, "of one that died", WORST)
        with pytest.raises(BudgetExceededError):
            asking.ask(upload())
    assert server.connections == 0


def test_a_failure_of_ours_leaves_the_reservation_and_gives_the_place_back(sender, books, monkeypatch):
    with FaultServer(OK) as server:
        asking = sender(server.base_url, limits={"budget": 3 * WORST}, concurrency=1)

        def fails(_):
            raise RuntimeError("ours")

        with monkeypatch.context() as patch:
            patch.setattr(asking._upstream, "send", fails)
            with pytest.raises(RuntimeError):
                asking.ask(upload())
        assert asking.ask(upload()).status == 200
    lost, good = books.calls(asking.run)
    assert (lost.state, lost.counted, good.state) == (CallState.OPEN, WORST, CallState.SETTLED)


def test_a_refusal_slows_everybody_down(sender):
    with FaultServer(error(429, headers=[("Retry-After", "20")]), OK) as server:
        clock = SkippingClock()
        limiter = Limiter(4, clock=clock, sleep=clock.sleep)
        first = sender(server.base_url, limiter=limiter, patience=Patience(attempts=1))
        assert first.ask(upload()).status == 429
        assert limiter.size == 2
        assert first.ask(upload()).status == 200
    assert clock.waits == [pytest.approx(20, abs=2)]


def test_used_up_limits_of_a_success_are_obeyed_before_the_next_request(sender):
    headers = [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "12s")]
    with FaultServer(says(200, GOOD, headers), OK) as server:
        asking = sender(server.base_url)
        asking.ask(upload())
        asking.ask(upload())
    assert asking.waits == [pytest.approx(12, abs=2)]


@pytest.mark.parametrize("name", ["x-request-id", "apim-request-id", "X-MS-Request-Id"])
def test_the_vendors_name_for_the_call_is_kept(sender, name):
    records = []
    with FaultServer(says(400, {}, [(name, "req_1")])) as server:
        sender(server.base_url, told=records.append).ask(upload())
    assert records[0].request_id == "req_1"
