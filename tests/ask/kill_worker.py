"""A recording process that may be killed: sends numbered requests, sharing recordings and books with others.

Arguments: folder, base URL, the ledger's run, number of requests.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path

from upload_matrix.answers.answering import Answering, Policy
from upload_matrix.ask.sending import send
from upload_matrix.model.estimate import Estimate
from upload_matrix.model.plan import Plan, Wanted
from upload_matrix.recordings import RecordMode, stored_form
from upload_matrix.spending import Ledger, LedgerAccount
from upload_matrix.spending.tables import load_prices
from upload_matrix.targets.sending import Live
from upload_matrix.targets.spec import ad_hoc
from upload_matrix.wire.form import Captured
from upload_matrix.wire.read import wire_form

TARGET = "vendor"


def request(number: int) -> Captured:
    """The request of that number: a wire form of its own."""
    body = json.dumps({"model": "gpt-image-1-mini", "prompt": f"door {number}", "quality": "low"}).encode()
    headers = ((b"Content-Type", b"application/json"), (b"Content-Length", str(len(body)).encode()))
    path = "/v1/images/generations"
    head = f"POST {path} HTTP/1.1\r\n".encode() + b"".join(b"%s: %s\r\n" % pair for pair in headers) + b"\r\n"
    return Captured(head, headers, body, wire_form("POST", path, headers, body, {}, None), complete=True)


def stored(number: int) -> str:
    """What the recording of a request is named."""
    return stored_form(request(number).wire).digest


def say(word: str) -> None:
    """A line for whoever started this."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    folder, base_url, run, count = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    policy = Policy(folder / "cassettes", RecordMode.NEW_EPISODES, date(2026, 11, 23))
    with Ledger(folder / "ledger.sqlite") as ledger:
        live = Live(account=LedgerAccount(ledger, run), prices=load_prices())
        targets = {TARGET: ad_hoc(base_url, name=TARGET)}
        wanted = tuple(
            Wanted(
                TARGET,
                stored(number),
                request(number),
                (str(number),),
                (0,),
                0,
                None,
                None,
                Estimate(None, None),
            )
            for number in range(count)
        )
        with Answering(policy, targets, live=live) as answering:
            say("ready")
            send(Plan(wanted, {}), answering, concurrency=2)
    say("done")


if __name__ == "__main__":
    main()
