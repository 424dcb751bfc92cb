"""The story of a saved request (``NAME.request``): its bytes and answer, without the code that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.analysis.outcome import decide
from harness.engine.answering import EMULATOR, EMULATOR_ROOT
from harness.engine.cassettes import Redactor
from harness.model.errors import ConfigurationError
from harness.model.exchange import Exchange
from harness.model.outcome import UNRESOLVED, ClientReport, OutcomeKind
from harness.model.story import Story
from harness.session.inspecting.saved import load
from harness.session.repro import Original
from harness.session.telling import told_of

if TYPE_CHECKING:
    from pathlib import Path

VENDOR = "https://api.openai.com/v1"
"""Where repros go when the emulator was asked: it stands for it."""


def saved_story(folder: Path) -> tuple[Story, Original]:
    """The story, and what its repros are measured by.

    Raises ConfigurationError for a folder that is no saved request, and for a request that was accepted or
    not answered.
    """
    saved = load(folder)
    exchange = Exchange(1, saved.request, saved.reply)
    # What the program made of the answer is not known, so that nothing rests on it.
    outcome = decide(ClientReport(returned="an answer"), [exchange])
    if outcome.kind is OutcomeKind.ACCEPTED or (
        outcome.kind in UNRESOLVED and outcome.kind is not OutcomeKind.INCONCLUSIVE
    ):
        raise ConfigurationError(f"{folder}: this request was {outcome}: nothing to report about it")
    emulated = saved.asked.startswith(EMULATOR)
    base_url = VENDOR if emulated else saved.asked.rstrip("/")
    root = EMULATOR_ROOT if emulated else urlsplit(base_url).path
    story = Story(
        id=folder.name,
        target=saved.asked,
        base_url=base_url,
        root=root,
        outcome=outcome,
        said=ClientReport(),
        told=(told_of(exchange, urlsplit(base_url).netloc, Redactor()),),
        frequency=("The request was seen once.",),
    )
    return story, Original((saved.request.wire,), (saved.reply,), ClientReport(), {}, root)
