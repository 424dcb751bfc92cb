"""When to try again and how long to wait before: pure, with chance and time handed in.

Sources: Retry-After (RFC 9110, section 10.2.3), ``retry-after-ms`` and ``x-should-retry`` as the openai
package 3.54.0 reads them, ``x-ratelimit-*`` as OpenAI documents them ("Rate limits in headers"), and full
jitter as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from upload_matrix.model.answer import Answer

THROTTLED = 429

PASSING_STATUS = frozenset({408, 425, THROTTLED, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""Answers that another try may change. Not 501, which is the emulator's "no statement"."""

LASTING_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
"""Errors sent with 429 that no waiting mends: the account has no money left."""

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
