from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from upload_matrix.model.errors import HarnessError
from upload_matrix.model.plan import BudgetExceededError
from upload_matrix.spending import CallState, Ledger, LedgerAccount

CENT = Decimal("0.01")

SPENDER = """
import sys
from decimal import Decimal
from pathlib import Path
from upload_matrix.spending import Ledger, LedgerAccount
from upload_matrix.model.plan import AttemptEnd, BudgetExceededError
path, run, settle = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
sys.stdin.readline()
made = 0
with Ledger(path) as books:
    purse = LedgerAccount(books, run)
    try:
        while True:
            place = purse.reserve("openai", "gpt-image-1", "f00d", Decimal("0.01"))
            made += 1
            print(made, flush=True)
            if settle == "settle":
                place.settle(Decimal("0.01"), AttemptEnd(status=200))
    except BudgetExceededError as error:
        print(error.limit, flush=True)
"""

FIRST = """
import sys
from pathlib import Path
from upload_matrix.spending import Ledger
sys.stdin.readline()
with Ledger(Path(sys.argv[1])) as books:
    print(books.open_run(), flush=True)
"""


def start(program, *words):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def fill(purse, times):
    for _ in range(times):
        purse.reserve("openai", None, "f", CENT)


def killed_now(process):
    """Kill it; how many more sends it told of."""
    process.send_signal(signal.SIGKILL)
    # Not communicate(): that reads past what the stream has already buffered.
    told = sum(word.isdigit() for word in process.stdout.read().split())
    process.stdin.close()
    process.stdout.close()
    process.wait(60)
    return told


def finished(processes):
    """Let all begin at once, and wait; what each printed."""
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return said


@pytest.mark.parametrize(
    ("limits", "limit", "settle"),
    [({"budget": Decimal("0.40")}, "budget", "settle"), ({"max_calls": 40}, "max_calls", "leave")],
    ids=["budget", "max_calls"],
)
def test_processes_together_never_exceed_a_limit(tmp_path, limits, limit, settle):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as books:
        run = books.open_run(**limits)
    said = finished([start(SPENDER, path, run, settle) for _ in range(4)])
    assert sum(len(words) - 1 for words in said) == 40
    assert {words[-1] for words in said} == {limit}
    with Ledger(path) as books:
        standing = books.run(run)
    assert (standing.calls, standing.counted.amount) == (40, Decimal("0.40"))
    assert standing.open == (0 if settle == "settle" else 40)


def test_processes_that_find_no_ledger_make_one_together(tmp_path):
    path = tmp_path / "new" / "ledger.sqlite"
    runs = {words[0] for words in finished([start(FIRST, path) for _ in range(5)])}
    with Ledger(path) as books:
        assert {run.id for run in books.runs()} == runs
    assert len(runs) == 5


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_a_killed_process_leaves_its_reservation_counted(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as books:
        run = books.open_run(budget=Decimal(1), max_calls=100)
    killed = start(SPENDER, path, run, "leave")
    killed.stdin.write("\n")
    killed.stdin.flush()
    assert killed.stdout.readline() == "1\n"
    told = 1 + killed_now(killed)
    with Ledger(path) as books:
        calls = books.calls(run)
        # What the process was told it may send is in the books; it may have been killed before it could tell.
        assert told <= len(calls) <= told + 1
        assert {call.state for call in calls} == {CallState.OPEN}
        assert books.run(run).counted.amount == len(calls) * CENT


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
def test_killed_again_and_again_the_books_never_say_less_than_was_sent(tmp_path):
    path, sent = tmp_path / "ledger.sqlite", 0
    with Ledger(path) as books:
        run = books.open_run(budget=Decimal("0.60"))
    for wanted in (1, 7, 12, 3):
        process = start(SPENDER, path, run, "settle")
        process.stdin.write("\n")
        process.stdin.flush()
        for line in process.stdout:
            sent += line.strip().isdigit()
            wanted -= 1
            if not wanted:
                break
        sent += killed_now(process)
    with Ledger(path) as books:
        assert sent <= books.run(run).calls <= 60
        assert sent * CENT <= books.run(run).counted.amount <= Decimal("0.60")
        with pytest.raises(BudgetExceededError):
            fill(LedgerAccount(books, run), 61)
        assert books.run(run).counted.amount == Decimal("0.60")


def _reserve(books: Ledger, run: str, answers: multiprocessing.Queue) -> None:
    try:
        books.reserve(run, "openai", None, "f", CENT)
    except HarnessError as error:
        answers.put(str(error))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_is_told_to_open_its_own(tmp_path: Path):
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    with Ledger(tmp_path / "ledger.sqlite") as books:
        run = books.open_run()
        child = context.Process(target=_reserve, args=(books, run, answers))
        child.start()
        assert "carried over a fork" in answers.get(timeout=30)
        child.join(30)
        books.reserve(run, "openai", None, "f", CENT)
        assert books.run(run).calls == 1
    answers.close()
    answers.join_thread()
