"""The shape of a matrix file: its keys and the kinds of their values, before the catalog is asked."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from upload_matrix.matrix.fields import (
    AnyScalar,
    Conditions,
    Day,
    Link,
    Name,
    Number,
    OutcomeWord,
    Shape,
    StrategyWord,
    Text,
    Values,
    Whole,
)

DEFAULT_TIMEOUT = 30.0
"""Seconds a case may take when the matrix does not say."""


MAX_RULES = 1_000
"""Entries that ``exclude``, ``expect`` and ``known_failures`` may have: every case is held against each."""


class ExpectShape(Shape):
    """One entry of ``expect``: what the cases give for which all of ``when`` holds."""

    when: Conditions = Field(default={}, description="Axes and facts with the values they must have.")
    outcome: OutcomeWord = Field(description="What becomes of the case.")
    status: Whole | None = Field(default=None, ge=200, le=599, description="The answer's HTTP status.")
    code: Text | None = Field(default=None, description="The error's code, exactly.")
    message: Text | None = Field(default=None, description="A part of the error's message.")


class KnownFailureShape(Shape):
    """One entry of ``known_failures``: a failure that the team knows and tolerates for now."""

    when: Conditions = Field(min_length=1, description="Axes and facts with the values they must have.")
    reason: Text = Field(description="Why it fails, for whoever reads the report.")
    link: Link | None = Field(default=None, description="Where it is followed up (http or https).")
    expires: Day | None = Field(default=None, description="The last day it is tolerated, as 2026-12-31.")


class MatrixShape(Shape):
    """A matrix of upload variants: one file, one matrix."""

    name: Name | None = Field(
        default=None, description="The first word of every case id; default: the file's name."
    )
    description: Text = Field(default="", description="What this matrix is about.")
    target: Text | None = Field(default=None, description="Who answers; default: the catalog's first target.")
    request: dict[str, AnyScalar] = Field(default={}, description="Text fields sent with every case.")
    timeout: Number = Field(default=DEFAULT_TIMEOUT, gt=0, description="Seconds a case may take.")
    mime_tables: dict[str, Text] = Field(
        default={}, description="Further mime tables: a name, and its file relative to this one."
    )
    images: dict[str, Text] = Field(
        default={}, description="Files of your own to upload: a name, and the file relative to this one."
    )
    axes: dict[str, Values] = Field(
        description="What varies: an axis and its values. One value may stand alone."
    )
    strategy: StrategyWord = Field(
        default="full", description="Every combination, or rows in which every pair of values occurs."
    )
    include: list[dict[str, AnyScalar]] = Field(
        default=[], description="Extra cases. An axis that is left out takes its first value."
    )
    exclude: list[Annotated[Conditions, Field(min_length=1)]] = Field(
        default=[],
        max_length=MAX_RULES,
        description="Combinations to leave out. All conditions of an entry must hold.",
    )
    expect: list[ExpectShape] = Field(
        default=[], max_length=MAX_RULES, description="The first entry whose conditions hold is meant."
    )
    known_failures: list[KnownFailureShape] = Field(
        default=[], max_length=MAX_RULES, description="Failures known and tolerated."
    )
