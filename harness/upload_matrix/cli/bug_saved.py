"""The story of a saved request (``NAME.request``): its bytes and answer, without the code that made it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix.answers.answering import EMULATOR, EMULATOR_ROOT
from upload_matrix.bugreport.story import Story
from upload_matrix.inspect.saved import load
from upload_matrix.judge.outcome import decide
from upload_matrix.model.answer import Answer
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.exchange import Exchange
from upload_matrix.model.outcome import UNRESOLVED, ClientReport, OutcomeKind
from upload_matrix.recordings import Redactor
from upload_matrix.recordings.custom import project_rules
from upload_matrix.run.repro import Original
from upload_matrix.run.telling import told_of

VENDOR = "https://api.openai.com/v1"
"""Where repros go when the emulator was asked: it stands for it."""


def saved_story(folder: Path, known: Answer | None = None) -> tuple[Story, Original]:
    """The story, and what its repros are measured by. ``known`` answers where no answer was saved.

    Raises ConfigurationError for a folder that is no saved request, and for a request that was accepted or
    not answered.
    """
    saved = load(folder)
    reply = known if known is not None and not isinstance(saved.reply, Answer) else saved.reply
    exchange = Exchange(1, saved.request, reply)
    # What the program made of the answer is not known, so that nothing rests on it.
    outcome = decide(ClientReport(returned="an answer"), [exchange])
    if outcome.kind is OutcomeKind.ACCEPTED or (
        outcome.kind in UNRESOLVED and outcome.kind is not OutcomeKind.INCONCLUSIVE
    ):
        raise ConfigurationError(f"{folder}: this request was {outcome}: nothing to report about it")
    redactor = Redactor(project_rules(Path.cwd()))
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
        told=(told_of(exchange, urlsplit(base_url).netloc, redactor, kept=reply is not known),),
        frequency=("The request was seen once.",),
    )
    return story, Original((saved.request.wire,), (reply,), ClientReport(), {}, root)
