"""How many requests are under way at once to one target: more while it goes well, half at each 429."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from upload_matrix.targets.patience import Room


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
