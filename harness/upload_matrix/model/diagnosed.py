"""A diagnosis as its report tells it, read back: what a bug report repeats of it."""

from __future__ import annotations

from dataclasses import dataclass

from upload_matrix.model.change import Change
from upload_matrix.model.diagnosis import Diagnosis
from upload_matrix.model.wire import WireForm


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between the passing and the failing request, and its ``fate`` (``decides``, ...)."""

    change: Change
    fate: str


@dataclass(frozen=True, slots=True)
class Question:
    """A request in between: the differences it kept, why it was asked, and the vote on it."""

    purpose: str
    changes: tuple[str, ...]
    vote: str
    says: str | None = None
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class IsolationTold:
    """How the deciding difference was found. ``passing`` names the request that passes, ``how`` it was come
    by; ``necessary`` says of each cause whether the failing request passes without it (None: not shown).

    ``searched`` questions were asked of at most ``bound``. ``forms`` are the passing and the failing request.
    """

    sentence: str
    passing: str
    how: str
    differences: tuple[Difference, ...]
    questions: tuple[Question, ...]
    necessary: tuple[bool | None, ...]
    calls: int
    recorded: int
    searched: int
    bound: int
    forms: tuple[WireForm, WireForm]


@dataclass(frozen=True, slots=True)
class DiagnosisTold:
    """The diagnosis, and the isolation in it where there was one."""

    diagnosis: Diagnosis
    isolation: IsolationTold | None = None
