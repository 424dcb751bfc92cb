"""How live servers are asked: the limits on money, calls and patience, and who is told of each call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from upload_matrix.model.budget import Account
from upload_matrix.model.call import CallRecord
from upload_matrix.model.price import PriceTable
from upload_matrix.targets.patience import Patience


@dataclass(frozen=True, slots=True)
class Live:
    """``account`` None sets no limit and keeps no books; ``concurrency`` is per target, at most.

    By default a server in trouble is asked once: while a client waits for its answer, its own time limit
    runs. Patience is for requests that are sent with no client waiting.
    """

    account: Account | None = None
    prices: PriceTable = field(default_factory=PriceTable)
    patience: Patience = field(default_factory=lambda: Patience(attempts=1))
    concurrency: int = 4
    told: Callable[[CallRecord], None] | None = None
