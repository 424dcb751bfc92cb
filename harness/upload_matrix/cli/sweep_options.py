"""The options of ``upload-matrix sweep`` as one value, under their own names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """What the user gave; ``upload_matrix.cli.sweep`` says what each option means and its default."""

    matrices: tuple[str, ...]
    specs: tuple[str, ...]
    python: str
    strategy: str | None
    guard: int
    deps: str
    spot_check: int
    pre: bool
    yanked: bool
    offline: bool
    workers: int | None
    scheduler: str | None
    part: str | None
    fresh: bool
    baseline: str | None
    fail_on: str
    update_baseline: bool
    target: str | None
    record_mode: str
    disable_recording: bool
    plan: bool
    yes: bool
    cassettes: str
    reports: str
    name: str
    max_cases: int
    mime_tables: tuple[str, ...]
    as_json: bool
