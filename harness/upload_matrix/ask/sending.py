"""Sending what a plan holds: side by side, round by round, until it is done, stopped or out of money.

Each answer is on disk before it counts (the recordings see to that), so a run that is killed and started
again sends what is missing and nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from upload_matrix.answers.answering import Answering
from upload_matrix.model.answer import NOT_SENT, Answer, NoAnswer, Silence
from upload_matrix.model.plan import Plan, Planned

Key = tuple[str, str, int]
"""Target, digest of the stored form, sample."""


@dataclass
class Sent:
    """What became of a plan. ``replies`` by key; ``stopped`` says which limit kept some from being sent.

    ``interrupted``: the user ended it, by Ctrl-C or SIGTERM.
    """

    replies: dict[Key, Answer | NoAnswer] = field(default_factory=dict)
    stopped: str | None = None
    interrupted: bool = False

    def with_more(self, later: Sent) -> Sent:
        """What became of this and of what was sent after it."""
        return Sent(
            {**self.replies, **later.replies},
            later.stopped or self.stopped,
            self.interrupted or later.interrupted,
        )

    @property
    def unsent(self) -> int:
        """How many requests did not leave."""
        return sum(map(is_unsent, self.replies.values()))


def is_unsent(reply: Answer | NoAnswer | None) -> bool:
    """Whether a limit kept the request here."""
    return isinstance(reply, NoAnswer) and reply.why is Silence.BUDGET


def key(planned: Planned) -> Key:
    """What an answer is known by."""
    return planned.wanted.target, planned.wanted.wire, planned.sample


def send(
    plan: Plan,
    answering: Answering,
    *,
    concurrency: int,
    told: Callable[[Planned, Answer | NoAnswer, int], None] = lambda *_: None,
    ending: Callable[[], None] = lambda: None,
) -> Sent:
    """Ask for everything the plan sends, ``concurrency`` at a time, a round after the other.

    ``told`` is called in this thread after each, with how many are left, ``ending`` when the user ends it.
    Once a limit on money or calls says no, or the user interrupts, nothing more leaves; what is then unsent
    has a NoAnswer that says so, and what is under way is seen to its end. Raises what the recordings raise
    (CassetteError for one that is not sound) after that.
    """
    items = plan.sending()
    sent = Sent()
    stop = threading.Event()
    left = len(items)

    def ask(planned: Planned) -> Answer | NoAnswer:
        if stop.is_set():
            return NoAnswer(Silence.BUDGET, f"{NOT_SENT}stopped before its turn")
        renews = planned.sample in planned.wanted.stale
        answerer = answering.renewer if renews else answering.answerer
        return answerer(planned.wanted.target, planned.sample)(planned.wanted.request)

    with ThreadPoolExecutor(max(1, concurrency)) as pool:
        for number in dict.fromkeys(item.sample for item in items):
            jobs = {pool.submit(ask, item): item for item in items if item.sample == number}
            pending: set[Future[Answer | NoAnswer]] = set(jobs)
            try:
                while pending:
                    try:
                        done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    except KeyboardInterrupt:
                        if sent.interrupted:
                            raise
                        sent.interrupted = True
                        stop.set()
                        ending()
                        continue
                    for job in done:
                        left -= 1
                        reply = job.result()
                        if isinstance(reply, NoAnswer) and is_unsent(reply):
                            stop.set()
                            sent.stopped = sent.stopped or (None if sent.interrupted else reply.says)
                        sent.replies[key(jobs[job])] = reply
                        told(jobs[job], reply, left)
            except BaseException:
                stop.set()
                raise
    return sent
