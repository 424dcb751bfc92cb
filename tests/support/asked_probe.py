"""An instruction to a probe, and its report: ``send`` and ``report`` in one."""

from __future__ import annotations

from typing import Any

from upload_matrix.environments.interpreters import Seat
from upload_matrix.environments.probes import Probe, ProbePool


def ask(probe: Probe, instruction: dict[str, Any], seconds: float) -> dict[str, Any]:
    probe.hello()
    probe.send(instruction)
    return probe.report(instruction["id"], seconds)


def ask_at(pool: ProbePool, seat: Seat, instruction: dict[str, Any], seconds: float) -> dict[str, Any]:
    pool.send(seat, instruction)
    return pool.report(seat, instruction["id"], seconds)
