from __future__ import annotations

import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upload_matrix.model.errors import ConfigurationError, HarnessError
from upload_matrix.model.plan import Account, AttemptEnd, BudgetExceededError, Reservation, UnknownPriceError
from upload_matrix.model.price import Usage
from upload_matrix.spending import CallState, Ledger, LedgerAccount, LedgerError, default_ledger_path

CENT = Decimal("0.01")


@pytest.fixture
def ledger(tmp_path):
    with Ledger(
        tmp_path / "state" / "ledger.sqlite", now=lambda: datetime(2026, 11, 22, tzinfo=UTC)
    ) as books:
        yield books


def account(ledger, **limits) -> Account:
    return LedgerAccount(ledger, ledger.open_run(**limits))


def reserve(purse: Account, worst=CENT, *, model="gpt-image-1", sample=0) -> Reservation:
    return purse.reserve("openai", model, "f00d", worst, sample=sample)


def fill(purse: Account, times: int) -> None:
    for _ in range(times):
        reserve(purse)


def test_a_call_from_reservation_to_settlement(ledger):
    purse = account(ledger, budget=Decimal("0.50"), max_calls=3, label="record")
    place = reserve(purse, Decimal("0.20"), sample=2)
    standing = purse.standing()
    assert (standing.calls, standing.open, standing.counted.amount) == (1, 1, Decimal("0.2"))
    assert standing.held.known == Decimal("0.2")
    usage = Usage(text_in=25, image_in=194, image_out=272)
    spent = place.settle(
        Decimal("0.012945"), AttemptEnd(status=200, request_id="req_1", seconds=1.5, usage=usage)
    )
    assert spent == Decimal("0.012945")
    (call,) = ledger.calls(purse.run)
    assert (call.state, call.reserved, call.counted) == (CallState.SETTLED, Decimal("0.2"), spent)
    assert (call.target, call.model, call.wire, call.sample) == ("openai", "gpt-image-1", "f00d", 2)
    assert (call.status, call.request_id, call.seconds, call.usage) == (200, "req_1", 1.5, usage)
    assert call.reserved_at == call.settled_at == "2026-11-22T00:00:00.000+00:00"
    (run,) = ledger.runs()
    assert (run.label, run.open, run.counted.amount, run.budget) == ("record", 0, spent, Decimal("0.5"))


@pytest.mark.parametrize(
    ("status", "spent", "counts"),
    [
        (200, "0.01", "0.01"),
        (200, None, "0.2"),
        (400, "0", "0"),
        (503, None, "0.2"),
        (None, None, "0.2"),
        (200, "0.25", "0.25"),
    ],
)
def test_what_a_finished_attempt_counts_as(ledger, status, spent, counts):
    purse = account(ledger, budget=Decimal(1))
    counted = reserve(purse, Decimal("0.2")).settle(
        None if spent is None else Decimal(spent), AttemptEnd(status=status)
    )
    assert counted == purse.standing().counted.amount == Decimal(counts)
    assert purse.standing().calls == 1


def test_the_budget_is_never_exceeded_by_what_is_reserved(ledger):
    purse = account(ledger, budget=Decimal("0.05"))
    places = [reserve(purse, Decimal("0.02")) for _ in range(2)]
    with pytest.raises(BudgetExceededError) as caught:
        reserve(purse, Decimal("0.02"))
    assert (caught.value.limit, caught.value.held) == ("budget", 2)
    assert str(caught.value) == (
        "$0.04 of the budget of $0.05 is spent or reserved, $0.04 of it for requests not settled; the next "
        "request may cost $0.02"
    )
    places[0].settle(CENT, AttemptEnd(status=200))
    reserve(purse, Decimal("0.02"))
    assert purse.standing().counted.known == Decimal("0.05")


def test_exactly_the_budget_fits(ledger):
    purse = account(ledger, budget=Decimal("0.3"))
    for _ in range(3):
        reserve(purse, Decimal("0.1"))
    with pytest.raises(BudgetExceededError):
        reserve(purse, Decimal("0.000000001"))
    reserve(purse, Decimal(0))


def test_the_number_of_calls_is_a_limit_of_its_own(ledger):
    purse = account(ledger, max_calls=2)
    reserve(purse, None).settle(None, AttemptEnd(status=400))
    reserve(purse, None)
    with pytest.raises(BudgetExceededError, match="calls made or under way: 2, allowed: 2") as caught:
        reserve(purse, None)
    assert caught.value.limit == "max_calls"
    assert purse.standing().calls == 2


def test_no_call_at_all(ledger):
    with pytest.raises(BudgetExceededError):
        reserve(account(ledger, max_calls=0))
    with pytest.raises(BudgetExceededError):
        reserve(account(ledger, budget=Decimal(0)))


def test_a_released_reservation_counts_neither_as_money_nor_as_a_call(ledger):
    purse = account(ledger, budget=CENT, max_calls=1)
    reserve(purse).release("connection refused")
    assert (purse.standing().calls, purse.standing().counted.amount) == (0, 0)
    reserve(purse)
    assert [call.state for call in ledger.calls(purse.run)] == [CallState.RELEASED, CallState.OPEN]
    assert ledger.calls(purse.run)[0].why == "connection refused"


def test_an_unknown_price_is_refused_where_there_is_a_budget(ledger):
    purse = account(ledger, budget=Decimal(1))
    with pytest.raises(UnknownPriceError, match="openai: the price of gpt-image-9 is unknown") as caught:
        reserve(purse, None, model="gpt-image-9")
    assert isinstance(caught.value, ConfigurationError)
    assert ledger.calls(purse.run) == ()


def test_an_unknown_price_counts_as_what_it_is_said_to(ledger):
    purse = account(ledger, budget=Decimal(1), unknown_price_as=Decimal("0.40"))
    reserve(purse, None).settle(None, AttemptEnd(status=200))
    reserve(purse, None)
    with pytest.raises(BudgetExceededError):
        reserve(purse, None)
    assert purse.standing().counted.amount == Decimal("0.8")


def test_an_unknown_price_stays_unknown_without_a_budget(ledger):
    purse = account(ledger)
    reserve(purse, None).settle(None, AttemptEnd(status=200))
    reserve(purse, None).settle(Decimal(0), AttemptEnd(status=400))
    reserve(purse).settle(CENT, AttemptEnd(status=200))
    assert str(purse.standing().counted) == "$0.01 and 1 of unknown price"
    assert [call.counted for call in ledger.calls(purse.run)] == [None, 0, CENT]


def test_a_worst_case_shown_wrong_is_raised_for_the_calls_after_it(ledger):
    purse = account(ledger, budget=Decimal(1))
    reserve(purse, CENT).settle(Decimal("0.03"), AttemptEnd(status=200))
    reserve(purse, Decimal("0.02"))
    reserve(purse, Decimal("0.02"), model="another")
    assert [call.reserved for call in ledger.calls(purse.run)] == [CENT, Decimal("0.06"), Decimal("0.02")]


@pytest.mark.parametrize("first", ["settle", "release"])
@pytest.mark.parametrize("second", ["settle", "release"])
def test_a_reservation_ends_once(ledger, first, second):
    place = reserve(account(ledger))
    ends = {
        "settle": lambda: place.settle(None, AttemptEnd(status=400)),
        "release": lambda: place.release("no route"),
    }
    ends[first]()
    with pytest.raises(HarnessError, match=f"is {'settled' if first == 'settle' else 'released'}"):
        ends[second]()


def test_runs_do_not_pay_for_each_other(ledger):
    one, other = account(ledger, budget=CENT), account(ledger, budget=CENT)
    reserve(one)
    reserve(other)
    assert [run.counted.amount for run in ledger.runs()] == [CENT, CENT]
    assert [run.id for run in ledger.runs()] == [one.run, other.run]


@pytest.mark.parametrize(
    "limits",
    [{"budget": Decimal(-1)}, {"budget": Decimal("NaN")}, {"budget": Decimal(10**9)}, {"max_calls": -1},
     {"unknown_price_as": Decimal("Infinity")}],
)  # fmt: skip
def test_limits_that_are_none_are_refused(ledger, limits):
    with pytest.raises(ConfigurationError, match=next(iter(limits))):
        ledger.open_run(**limits)


def test_an_unknown_run_is_named(ledger):
    for ask in (ledger.run, ledger.calls, lambda run: ledger.reserve(run, "openai", None, "f", CENT)):
        with pytest.raises(ConfigurationError, match="no run 'nobody'"):
            ask("nobody")


def test_threads_share_a_budget(ledger):
    purse = account(ledger, budget=Decimal("0.25"), max_calls=1000)
    together = threading.Barrier(8)

    def spend(_):
        together.wait(20)
        made = 0
        try:
            while True:
                reserve(purse).settle(CENT, AttemptEnd(status=200))
                made += 1
        except BudgetExceededError:
            return made

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(8))) == 25
    assert purse.standing().counted.amount == Decimal("0.25")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "settle", "release"]),
        st.integers(0, 40).map(lambda cents: cents * CENT),
        st.sampled_from([200, 400, 500, None]),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS, st.integers(0, 100).map(lambda cents: cents * CENT), st.integers(0, 6))
def test_whatever_happens_limits_hold_and_every_cent_is_accounted_for(ledger, steps, budget, calls):
    purse = account(ledger, budget=budget, max_calls=calls)
    under_way: list[tuple[Reservation, Decimal]] = []
    counted, made = Decimal(0), 0
    for step, amount, status in steps:
        if step == "reserve":
            try:
                under_way.append((reserve(purse, amount), amount))
            except BudgetExceededError:
                assert counted + amount > budget or made >= calls
                continue
            counted, made = counted + amount, made + 1
        elif under_way:
            place, worst = under_way.pop(0)
            if step == "release":
                place.release("it never left")
                counted, made = counted - worst, made - 1
            else:
                counted += (
                    place.settle(min(amount, worst) if status == 200 else None, AttemptEnd(status=status))
                    - worst
                )
        standing = purse.standing()
        assert (standing.counted.amount, standing.calls, standing.open) == (counted, made, len(under_way))
        assert counted <= budget
        assert made <= calls


def test_a_ledger_goes_on_where_it_was_left(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as first:
        purse = account(first, budget=Decimal("0.02"))
        reserve(purse)
    with Ledger(path) as second:
        again = LedgerAccount(second, purse.run)
        reserve(again)
        with pytest.raises(BudgetExceededError):
            reserve(again)


def test_a_closed_ledger_says_so(ledger):
    purse = account(ledger)
    ledger.close()
    ledger.close()
    with pytest.raises(HarnessError, match="the ledger is closed"):
        reserve(purse)


def test_what_is_written_is_synced_before_reserve_returns(ledger):
    # Seen from outside: another connection finds it, and the log is synced on each commit.
    purse = account(ledger)
    reserve(purse)
    with sqlite3.connect(ledger.path) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert other.execute("SELECT state FROM calls").fetchall() == [("open",)]
    other.close()
    with ledger._storage.reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_the_default_place_is_the_users_state_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_ledger_path().name == "ledger.sqlite"
    if os.name == "posix" and os.uname().sysname == "Linux":
        assert default_ledger_path() == tmp_path / "upload-matrix" / "ledger.sqlite"
        with Ledger() as books:
            assert books.path.is_file()


@pytest.mark.parametrize("content", [b"no database at all, but long enough to be read as one" * 40, b"short"])
def test_a_file_that_is_no_ledger_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite: not sound .*Move it away"):
        Ledger(path)
    assert path.read_bytes() == content


def test_damage_in_the_middle_is_found_when_it_is_opened(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as books:
        purse = account(books)
        for _ in range(200):
            reserve(purse)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = b"\xff" * 4096
    path.write_bytes(data)
    with pytest.raises(LedgerError, match="not sound"):
        Ledger(path)


def test_another_programs_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (value)")
    other.close()
    with pytest.raises(LedgerError, match="no ledger of ours"):
        Ledger(path)


def test_a_ledger_of_a_later_format_is_refused(tmp_path):
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(LedgerError, match="format 99, this version knows 1"):
        Ledger(path)


def test_a_folder_in_its_place_and_a_file_above_it_are_named(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "folder", tmp_path / "file" / "ledger.sqlite"):
        with pytest.raises(LedgerError, match=path.name):
            Ledger(path)


def test_a_ledger_that_somebody_holds_is_waited_for_and_then_named(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path, wait=0.05) as books:
        run = books.open_run()
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match=r"another process has held it for 0\.05 seconds"):
            books.reserve(run, "openai", None, "f", CENT)
        holder.execute("ROLLBACK")
        holder.close()
        assert books.reserve(run, "openai", None, "f", CENT) == 1


def test_nothing_is_counted_when_the_disk_refuses(ledger):
    purse = account(ledger)
    with ledger._storage.reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    ledger._storage._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LedgerError, match="see to the disk"):
        fill(purse, 500)
    before = purse.standing().calls
    ledger._storage._connection.execute("PRAGMA max_page_count = 100000")
    reserve(purse)
    assert purse.standing().calls == before + 1
