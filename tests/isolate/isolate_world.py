"""Worlds with a planted cause: an emulator profile, conditions beyond its words, and noise."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from isolate_requests import PAIRS

from upload_matrix.emulator.judge import answer
from upload_matrix.emulator.profile import Profile, load_profile
from upload_matrix.judge.isolate.result import Question, Reply, Signature, Vote, reply_of
from upload_matrix.wire.form import Captured
from upload_matrix.wire.splice import Splicer

MODELS = ("gpt-image-1", "gpt-image-1-mini", "whisper-1")
FLAKY = Signature(400, "planted", None)


@dataclass(frozen=True)
class Planted:
    """One entry of planted.yaml."""

    id: str
    kind: str
    pair: str
    causes: list[list[str]]
    rules: list[dict[str, Any]] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    beyond: dict[str, Any] = field(default_factory=dict)
    extends: str | None = None

    def expected(self) -> set[frozenset[str]]:
        return {frozenset(cause) for cause in self.causes}

    def document(self) -> dict[str, Any]:
        """The profile as its file would have it."""
        codes = self.codes or ["planted"] * len(self.rules)
        document: dict[str, Any] = {
            "name": f"planted-{self.id}",
            "date": "2026-02-22",
            "summary": f"A planted cause, {self.kind}.",
            "families": {"mini": ["gpt-image-1-mini"]},
            "rules": [
                {
                    "id": f"planted-{number}",
                    "source": "planted by a test",
                    "when": when,
                    "answer": {
                        "status": 400,
                        "code": code,
                        "message": "No.",
                        "type": "invalid_request_error",
                    },
                }
                for number, (when, code) in enumerate(zip(self.rules, codes, strict=True))
            ],
        }
        if self.extends is not None:
            return document | {"extends": self.extends}
        models = [{"id": model, "operations": ["images.edit", "audio.transcriptions"]} for model in MODELS]
        return document | {"models": models}


@cache
def planted() -> tuple[Planted, ...]:
    text = Path(__file__).with_name("planted.yaml").read_text(encoding="utf-8")
    return tuple(Planted(**entry) for entry in yaml.safe_load(text))


def profile_of(case: Planted) -> Profile:
    """Through a file and the profile loader, as a user's own would be."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{case.id}.yaml")
        path.write_text(yaml.safe_dump(case.document()), encoding="utf-8")
        return load_profile(str(path))


class World:
    """Answers crafted requests. ``noise`` is the share of answers that say the opposite of the truth."""

    def __init__(self, case: Planted, *, noise: float = 0.0, seed: str = "") -> None:
        self.case = case
        self.splicer = Splicer(*PAIRS[case.pair]())
        self._profile = profile_of(case)
        self._noise = noise
        self._random = random.Random(f"{case.id} {noise} {seed}")
        self.questions: list[Question] = []

    def ask(self, question: Question) -> Reply:
        self.questions.append(question)
        return self._flipped(self.answer(self.splicer.craft(question.kept).request))

    def answer(self, request: Captured) -> Reply:
        if self.case.beyond and not all(_holds(request, *pair) for pair in self.case.beyond.items()):
            return Reply(Vote.ACCEPTED, emulated=True)
        return reply_of(answer(self._profile, request.wire))

    def _flipped(self, reply: Reply) -> Reply:
        if self._random.random() >= self._noise:
            return reply
        if reply.vote is Vote.ACCEPTED:
            return Reply(Vote.REJECTED, FLAKY, emulated=True, says="noise")
        return Reply(Vote.ACCEPTED, emulated=True, says="noise")


def _holds(request: Captured, word: str, value: Any) -> bool:
    parts = request.wire.parts or ()
    match word:
        case "framing":
            return request.wire.framing.value == value
        case "first":
            return parts[0].name.removesuffix("[]") == value
        case "part_header":
            return any(name.lower() == value for part in parts for name, _ in part.headers)
        case "header":
            name, held = value
            return (name.encode(), held.encode()) in {(key.lower(), text) for key, text in request.headers}
    raise ValueError(word)


def named(result) -> set[frozenset[str]]:
    return {frozenset(change.where for change in cause.changes) for cause in result.causes}
