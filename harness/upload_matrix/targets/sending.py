"""Asking a live server with patience: every attempt within the budget, tried again where that makes sense.

Around ``Upstream``, which sends once. A server in trouble stays one: after the last attempt its 429 or 5xx,
or the absence of an answer, is handed on as it is, for the outcome to be inconclusive.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from upload_matrix.model.answer import Answer, NoAnswer, api_error
from upload_matrix.model.asked import model_of, operation_of
from upload_matrix.model.budget import Account, BudgetExceededError, Reservation
from upload_matrix.model.call import CallRecord
from upload_matrix.model.coding import plain_body
from upload_matrix.model.estimate import estimate_in
from upload_matrix.model.exchange import Captured
from upload_matrix.model.money import NOTHING, Money, total
from upload_matrix.model.outcome import INCONCLUSIVE_STATUS
from upload_matrix.model.price import PriceTable, spent_on
from upload_matrix.model.usage import Usage, read_usage
from upload_matrix.model.wire import WireForm
from upload_matrix.targets.limiter import Limiter, Underway
from upload_matrix.targets.patience import (
    THROTTLED,
    Patience,
    Room,
    backoff,
    may_pass,
    room,
    told_to_wait,
)
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.targets.upstream import Sent, Upstream

REQUEST_IDS = ("x-request-id", "apim-request-id", "x-ms-request-id")
"""Headers by which a vendor finds a call again: OpenAI's, then Azure's."""


@dataclass(slots=True)
class _Call:
    """What became of one question so far. ``usage`` is the last answer's, ``spent`` the cost of each attempt
    that left, ``feared`` the part of it that was reserved and never told."""

    request: Captured
    sample: int
    began: float
    attempts: int = 0
    last: Sent | None = None
    usage: Usage | None = None
    spent: list[Money | None] = field(default_factory=list)
    feared: Money = NOTHING
    stopped: str | None = None


def _now() -> datetime:
    return datetime.now(UTC)


class Sender:
    """``Upstream`` with patience, in its place: ``ask``, ``secrets``, ``close``. Thread-safe.

    ``account`` gives room for each attempt before it leaves and is told what became of it; ``prices`` says
    what to reserve. ``told`` gets a record of each question after its last attempt, from the thread that
    asked. ``limiter`` is to be shared by all senders of one target. ``chance``, ``clock``, ``now`` and
    ``sleep`` are for tests. Raises ConfigurationError as ``Upstream`` does.
    """

    def __init__(
        self,
        spec: TargetSpec,
        *,
        timeout: float,
        total_timeout: float | None = None,
        account: Account | None = None,
        prices: PriceTable | None = None,
        patience: Patience | None = None,
        limiter: Limiter | None = None,
        told: Callable[[CallRecord], None] | None = None,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._upstream = Upstream(spec, timeout=timeout, total=total_timeout, clock=clock)
        self._target = spec.name
        self._account = account
        self._prices = prices or PriceTable()
        self._patience = patience or Patience()
        self._limiter = limiter or Limiter(clock=clock, sleep=sleep)
        self._underway = Underway()
        self._told = told
        self._chance = chance
        self._clock = clock
        self._now = now
        self._sleep = sleep

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be written anywhere."""
        return self._upstream.secrets

    def close(self) -> None:
        """Close what is open."""
        self._upstream.close()

    def unbooked(self, request: Captured) -> Answer | NoAnswer:
        """One attempt that nobody is charged for, such as a list of models; no account is asked."""
        return self._upstream.ask(request)

    def ask(self, request: Captured, sample: int = 0) -> Answer | NoAnswer:
        """The answer to a request, after as many attempts as it takes and patience and budget allow.

        ``sample`` counts the repetitions of one question, for the account and the record. Raises
        BudgetExceededError or UnknownPriceError before an attempt there is no room for; nothing is sent
        then, and what was learnt from attempts before it is in the record.
        """
        call = _Call(request, sample, self._clock())
        try:
            while (pause := self._attempt(call)) is not None:
                self._sleep(pause)
        except BudgetExceededError as error:
            call.stopped = str(error)
            raise
        finally:
            if self._told is not None and call.last is not None:
                self._told(self._record(call, call.last))
        assert call.last is not None
        return call.last.reply

    def _attempt(self, call: _Call) -> float | None:
        """One attempt; the seconds to wait before the next one, None when it was the last."""
        entered, reservation = self._admitted(call)
        well, throttled, hold, left = False, False, 0.0, Room()
        try:
            with self._underway:
                call.attempts += 1
                # Whatever is raised from here on, the reservation stays: nobody knows what was spent.
                sent = call.last = self._upstream.send(call.request)
                self._settle(call, sent, reservation)
            pause = self._pause(call, sent)
            if isinstance(sent.reply, Answer):
                throttled = sent.reply.status == THROTTLED
                well = sent.reply.status < 500 and not throttled
                left = room(sent.reply, self._now())
                hold = max(left.wait, (told_to_wait(sent.reply, self._now()) or 0.0) if throttled else 0.0)
        finally:
            self._limiter.leave(entered, well=well, throttled=throttled, room=left)
        # What one is told holds for all, who share the target; but for no longer than patience lasts.
        if 0 < hold <= self._patience.seconds:
            self._limiter.pause(hold)
        return pause

    def _admitted(self, call: _Call) -> tuple[int, Reservation | None]:
        """A place among the requests under way, and room in the budget for this attempt."""
        while True:
            entered = self._limiter.enter()
            try:
                return entered, self._reserved(call.request.wire, call.sample)
            except BudgetExceededError as error:
                self._limiter.leave(entered)
                # What others have reserved may turn out cheaper than feared; then there is room.
                if not error.held or not self._underway.outlast():
                    raise
            except BaseException:
                self._limiter.leave(entered)
                raise

    def _reserved(self, wire: WireForm, sample: int) -> Reservation | None:
        if self._account is None:
            return None
        worst = estimate_in(self._prices, wire, self._target).worst
        return self._account.reserve(self._target, model_of(wire), wire.digest, worst, sample=sample)

    def _settle(self, call: _Call, sent: Sent, reservation: Reservation | None) -> None:
        """Count the attempt, unless it never left."""
        reply = sent.reply
        if not sent.left:
            if reservation is not None:
                reservation.release(reply.says if isinstance(reply, NoAnswer) else "")
            return
        call.usage = read_usage(plain_body(reply)) if isinstance(reply, Answer) else None
        wire = call.request.wire
        price = self._prices.price(model_of(wire), operation_of(wire), self._target)
        status = reply.status if isinstance(reply, Answer) else None
        spent = spent_on(status, call.usage, price)
        if reservation is None:
            call.spent.append(spent)
            return
        counted = reservation.settle(
            spent,
            status=status,
            request_id=_request_id(reply),
            seconds=sent.seconds,
            usage=call.usage,
            why=reply.says if isinstance(reply, NoAnswer) else None,
        )
        call.spent.append(counted)
        if spent is None and counted is not None:
            call.feared += counted

    def _pause(self, call: _Call, sent: Sent) -> float | None:
        """The seconds before another attempt, None when there is none to be made."""
        reply, told = sent.reply, None
        if isinstance(reply, Answer):
            if reply.status < 400 or not may_pass(reply, api_error(plain_body(reply)).code):
                return None
            told = told_to_wait(reply, self._now())
        elif not sent.passing:
            return None
        if call.attempts >= self._patience.attempts:
            return None
        # Beside what was told, by chance: all that were refused together would come back together.
        pause = (told or 0.0) + backoff(self._patience, call.attempts, self._chance())
        return pause if self._clock() - call.began + pause <= self._patience.seconds else None

    def _record(self, call: _Call, sent: Sent) -> CallRecord:
        reply = sent.reply
        answered = isinstance(reply, Answer)
        return CallRecord(
            target=self._target,
            wire=call.request.wire.digest,
            sample=call.sample,
            status=reply.status if isinstance(reply, Answer) else None,
            request_id=_request_id(reply),
            seconds=sent.seconds if answered else None,
            attempts=call.attempts,
            usage=call.usage,
            spent=total(call.spent).amount,
            why=call.stopped or _why(reply),
            model=model_of(call.request.wire),
            sent=len(call.spent),
            feared=call.feared,
        )


def _why(reply: Answer | NoAnswer) -> str | None:
    if isinstance(reply, NoAnswer):
        return reply.says
    if reply.status in INCONCLUSIVE_STATUS or reply.status >= 500:
        return f"the last answer was {reply.status}, which says nothing about the upload"
    return None


def _request_id(reply: Answer | NoAnswer) -> str | None:
    if isinstance(reply, NoAnswer):
        return None
    return next(filter(None, map(reply.header, REQUEST_IDS)), None)
