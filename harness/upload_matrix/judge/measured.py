"""Times of live calls, variant by variant: measured in this run, and of no other. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from upload_matrix.judge.ab import Side
from upload_matrix.judge.statistics import Interval, median, median_interval
from upload_matrix.model.call import CallRecord


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds of answered live calls, each its last attempt alone; ``calls`` is how many there were."""

    seconds: tuple[float, ...]
    calls: int

    @property
    def median(self) -> float | None:
        """Seconds; None when nothing was measured."""
        return median(self.seconds) if self.seconds else None

    @property
    def interval(self) -> Interval | None:
        """Where the true median lies, at 95 %; None for fewer than six calls."""
        return median_interval(self.seconds)


def latency(side: Side, calls: Iterable[CallRecord]) -> Latency:
    """What ``calls`` say of a side: those to its target with a request that it sends."""
    own = [call for call in calls if call.target == side.result.target and call.wire in side.wires]
    # A call that ended in trouble was not served: its time is that of the trouble.
    served = tuple(call.seconds for call in own if call.seconds is not None and call.why is None)
    return Latency(served, len(own))
