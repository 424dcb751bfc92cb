"""Asking a live server with patience: every attempt within the budget, tried again where that makes sense.

Around ``Upstream``, which sends once. A server in trouble stays one: after the last attempt its 429 or 5xx,
or the absence of an answer, is handed on as it is, for the outcome to be inconclusive.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from upload_matrix import vendors
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, api_error
from upload_matrix.model.estimate import estimate_in, model_of, operation_of
from upload_matrix.model.outcome import says_nothing
from upload_matrix.model.plan import Account, AttemptEnd, BudgetExceededError, CallRecord, Reservation
from upload_matrix.model.price import NOTHING, Money, PriceTable, Usage, read_usage, spent_on, total
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.targets.upstream import ForwardedRequest, Upstream
from upload_matrix.wire.coding import plain_body
from upload_matrix.wire.form import Captured, WireForm

# When to try again and how long to wait before: pure, with chance and time handed in.
#
# Sources: Retry-After (RFC 9110, section 10.2.3), ``retry-after-ms`` and ``x-should-retry`` as the openai
# package 3.54.0 reads them, ``x-ratelimit-*`` as OpenAI documents them ("Rate limits in headers"), and full
# jitter as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).


THROTTLED = 429

PASSING_STATUS = frozenset({408, 425, THROTTLED, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""Answers that another try may change. Not 501, which is the emulator's "no statement"."""

LASTING_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
"""Errors sent with 429 that no waiting fixes: the account has no money left."""

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+")
_PIECE = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LIMIT = re.compile(r"x-ratelimit-(remaining|reset)-([a-z]+)")
_DOUBLINGS = 32
_EPOCH = 1_000_000_000.0
"""A number of seconds from here on is a point in time, not a duration."""


@dataclass(frozen=True, slots=True)
class Patience:
    """At most ``attempts`` in all, within ``seconds`` from the first one's begin.

    Without a server's word on it, the pause before the attempt after the n-th is chosen evenly between
    nothing and ``first`` doubled n - 1 times, ``longest`` at most (seconds).
    """

    attempts: int = 4
    seconds: float = 600.0
    first: float = 1.0
    longest: float = 60.0


@dataclass(frozen=True, slots=True)
class Room:
    """What a server's headers leave: ``remaining`` requests (None: not said), and the seconds to wait
    before the next one where something is used up."""

    remaining: int | None = None
    wait: float = 0.0


def backoff(patience: Patience, attempt: int, chance: float) -> float:
    """Seconds to wait after the ``attempt``-th try (from 1); ``chance`` is from 0 to 1."""
    return chance * min(patience.longest, patience.first * 2.0 ** min(attempt - 1, _DOUBLINGS))


def may_pass(answer: Answer, code: str | None) -> bool:
    """Whether another try may get another answer; ``code`` is that of the error in its body."""
    if answer.header("x-should-retry") == "false" or code in LASTING_CODES:
        return False
    return answer.status in PASSING_STATUS


def told_to_wait(answer: Answer, now: datetime) -> float | None:
    """The seconds after which a server wants to be asked again; None when it does not say."""
    exact = _number(answer.header("retry-after-ms"))
    if exact is not None:
        return exact / 1000
    told = answer.header("retry-after")
    if told is not None:
        seconds = _number(told)
        return seconds if seconds is not None else _until(told, now)
    if answer.status != THROTTLED:
        return None
    return room(answer, now, unsaid_is_used_up=True).wait or None


def room(answer: Answer, now: datetime, *, unsaid_is_used_up: bool = False) -> Room:
    """What the rate limit headers of an answer leave, over all kinds (requests, tokens, images)."""
    remaining: dict[str, float | None] = {}
    resets: dict[str, float] = {}
    for name, value in answer.headers:
        found = _LIMIT.fullmatch(name.lower())
        if found is None:
            continue
        if found[1] == "remaining":
            remaining[found[2]] = _number(value)
        elif (seconds := duration(value, now)) is not None:
            resets[found[2]] = seconds
    used_up = [
        seconds
        for kind, seconds in resets.items()
        if remaining.get(kind) == 0 or (unsaid_is_used_up and remaining.get(kind) is None)
    ]
    requests = remaining.get("requests")
    return Room(None if requests is None else int(requests), max(used_up, default=0.0))


def duration(text: str, now: datetime) -> float | None:
    """Seconds from ``6m0s``, ``20ms``, ``1.5`` or a Unix time; None for anything else."""
    text = text.strip()
    if _DURATION.fullmatch(text):
        return sum(float(number) * _UNITS[unit] for number, unit in _PIECE.findall(text))
    seconds = _number(text)
    if seconds is not None and seconds >= _EPOCH:
        return max(0.0, seconds - now.timestamp())
    return seconds


def _number(text: str | None) -> float | None:
    # Signs, "inf" and "nan" are no numbers of seconds.
    text = (text or "").strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def _until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=now.tzinfo)
    return max(0.0, (moment - now).total_seconds())


# How many requests are under way at once to one target: more while it goes well, half at each 429.


@dataclass(frozen=True, slots=True)
class Window:
    """``size`` requests at once, a fraction counting towards the next; from 1 to ``most``.

    Additive increase, multiplicative decrease, as TCP does it (RFC 5681): a full window of successes
    makes room for one more.
    """

    size: float
    most: int

    def grown(self) -> Window:
        """After a request that went well."""
        return replace(self, size=min(float(self.most), self.size + 1 / self.size))

    def halved(self) -> Window:
        """After one that was told there are too many."""
        return replace(self, size=max(1.0, self.size / 2))

    def held_to(self, remaining: int | None) -> Window:
        """Not more at once than the server says it still takes."""
        return self if remaining is None else replace(self, size=max(1.0, min(self.size, remaining)))


class Limiter:
    """Shared by all threads that ask one target. ``most`` is the user's limit, ``start`` where it begins.

    ``enter`` and ``leave`` enclose each request; what ``enter`` returned goes to ``leave``.
    """

    def __init__(
        self,
        most: int = 4,
        *,
        start: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._window = Window(float(min(start or most, most)), most)
        self._clock = clock
        self._sleep = sleep
        self._changed = threading.Condition()
        self._running = 0
        self._halvings = 0
        self._opens = clock()

    @property
    def size(self) -> int:
        """How many may be under way now."""
        with self._changed:
            return int(self._window.size)

    def enter(self) -> int:
        """Wait for a place and take it."""
        while True:
            with self._changed:
                pause = self._opens - self._clock()
                if pause <= 0:
                    if self._running < int(self._window.size):
                        self._running += 1
                        return self._halvings
                    self._changed.wait()
                    continue
            # Outside the lock: nobody who leaves waits for a pause to end.
            self._sleep(pause)

    def leave(
        self, entered: int, *, well: bool = False, throttled: bool = False, room: Room | None = None
    ) -> None:
        """Give the place back. Several requests that were refused together halve the window once."""
        with self._changed:
            self._running -= 1
            if throttled and entered == self._halvings:
                self._window = self._window.halved()
                self._halvings += 1
            elif well:
                self._window = self._window.grown()
            if room is not None:
                self._window = self._window.held_to(room.remaining)
            self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Let nobody in for so long."""
        with self._changed:
            self._opens = max(self._opens, self._clock() + seconds)


class Underway:
    """The requests that have room in the budget and are not settled yet. Use one as a context manager."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._ended = 0

    def __enter__(self) -> None:
        with self._changed:
            self._count += 1

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._count -= 1
            self._ended += 1
            self._changed.notify_all()

    def outlast(self) -> bool:
        """Wait until one of them is over; False at once when there is none."""
        with self._changed:
            if not self._count:
                return False
            ended = self._ended
            self._changed.wait_for(lambda: self._ended != ended)
            return True


@dataclass(slots=True)
class _Call:
    """What became of one question so far. ``usage`` is the last answer's, ``spent`` the cost of each attempt
    that left, ``feared`` the part of it that was reserved and never told."""

    request: Captured
    sample: int
    began: float
    attempts: int = 0
    last: ForwardedRequest | None = None
    usage: Usage | None = None
    spent: list[Money | None] = field(default_factory=list)
    feared: Money = NOTHING
    stopped: str | None = None


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Live:
    """How live servers are asked.

    ``account`` gives room for each attempt before it leaves and is told what became of it; None sets no limit
    and keeps no books. ``prices`` say what to reserve. ``told`` gets a record of each question after its last
    attempt, from the thread that asked. ``concurrency`` is per target, at most.

    By default a server in trouble is asked once: while a client waits for its answer, its own time limit
    runs. Patience is for requests that are sent with no client waiting.
    """

    account: Account | None = None
    prices: PriceTable = field(default_factory=PriceTable)
    patience: Patience = field(default_factory=lambda: Patience(attempts=1))
    concurrency: int = 4
    told: Callable[[CallRecord], None] | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """What a sender takes from the machine it runs on."""

    chance: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _now
    sleep: Callable[[float], None] = time.sleep


class Sender:
    """``Upstream`` with patience, in its place: ``ask``, ``secrets``, ``close``. Thread-safe.

    ``limiter`` is to be shared by all senders of one target; ``machine`` is another in tests. Raises
    ConfigurationError as ``Upstream`` does.
    """

    def __init__(
        self,
        spec: TargetSpec,
        *,
        timeout: float,
        total_timeout: float | None = None,
        live: Live | None = None,
        limiter: Limiter | None = None,
        machine: Machine | None = None,
    ) -> None:
        self._machine = machine or Machine()
        self._live = live or Live()
        self._upstream = Upstream(spec, timeout=timeout, total=total_timeout, clock=self._machine.clock)
        self._target = spec.name
        self._limiter = limiter or Limiter(
            self._live.concurrency, clock=self._machine.clock, sleep=self._machine.sleep
        )
        self._underway = Underway()

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
        call = _Call(request, sample, self._machine.clock())
        try:
            while (pause := self._attempt(call)) is not None:
                self._machine.sleep(pause)
        except BudgetExceededError as error:
            call.stopped = str(error)
            raise
        finally:
            if self._live.told is not None and call.last is not None:
                self._live.told(self._record(call, call.last))
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
                left = room(sent.reply, self._machine.now())
                hold = max(
                    left.wait, (told_to_wait(sent.reply, self._machine.now()) or 0.0) if throttled else 0.0
                )
        finally:
            self._limiter.leave(entered, well=well, throttled=throttled, room=left)
        # What one is told holds for all, who share the target; but for no longer than patience lasts.
        if 0 < hold <= self._live.patience.seconds:
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
        if self._live.account is None:
            return None
        worst = estimate_in(self._live.prices, wire, self._target).worst
        return self._live.account.reserve(self._target, model_of(wire), wire.digest, worst, sample=sample)

    def _settle(self, call: _Call, sent: ForwardedRequest, reservation: Reservation | None) -> None:
        """Count the attempt, unless it never left."""
        reply = sent.reply
        if not sent.left:
            if reservation is not None:
                reservation.release(reply.says if isinstance(reply, NoAnswer) else "")
            return
        # What a stand-in says it used is made up, and costs nothing.
        emulated = _emulated(reply)
        call.usage = read_usage(plain_body(reply)) if isinstance(reply, Answer) and not emulated else None
        wire = call.request.wire
        price = self._live.prices.price(model_of(wire), operation_of(wire), self._target)
        status = reply.status if isinstance(reply, Answer) else None
        spent = NOTHING if emulated else spent_on(status, call.usage, price)
        if reservation is None:
            call.spent.append(spent)
            return
        counted = reservation.settle(
            spent,
            AttemptEnd(
                status=status,
                request_id=_request_id(reply),
                seconds=sent.seconds,
                usage=call.usage,
                why=reply.says if isinstance(reply, NoAnswer) else None,
            ),
        )
        call.spent.append(counted)
        if spent is None and counted is not None:
            call.feared += counted

    def _pause(self, call: _Call, sent: ForwardedRequest) -> float | None:
        """The seconds before another attempt, None when there is none to be made."""
        reply, told = sent.reply, None
        if isinstance(reply, Answer):
            if reply.status < 400 or not may_pass(reply, api_error(plain_body(reply)).code):
                return None
            told = told_to_wait(reply, self._machine.now())
        elif not sent.passing:
            return None
        if call.attempts >= self._live.patience.attempts:
            return None
        # Beside what was told, by chance: all that were refused together would come back together.
        pause = (told or 0.0) + backoff(self._live.patience, call.attempts, self._machine.chance())
        return pause if self._machine.clock() - call.began + pause <= self._live.patience.seconds else None

    def _record(self, call: _Call, sent: ForwardedRequest) -> CallRecord:
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
            emulated=_emulated(reply),
        )


def _emulated(reply: Answer | NoAnswer) -> bool:
    return isinstance(reply, Answer) and reply.source.provenance is Provenance.EMULATED


def _why(reply: Answer | NoAnswer) -> str | None:
    if isinstance(reply, NoAnswer):
        return reply.says
    if says_nothing(reply.status):
        return f"the last answer was {reply.status}, which says nothing about the upload"
    return None


def _request_id(reply: Answer | NoAnswer) -> str | None:
    if isinstance(reply, NoAnswer):
        return None
    names = (name for vendor in vendors.known() for name in vendor.request_ids)
    return next(filter(None, map(reply.header, names)), None)
