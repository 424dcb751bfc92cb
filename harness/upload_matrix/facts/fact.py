"""A fact: one upload as it was declared, what was answered, and who says so."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field

from upload_matrix.model import codec
from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.media import GENERIC_TYPES, bare_type

ID_LENGTH = 8
"""Hex digits of a fact's name: enough to tell some thousands of one vendor apart, and short to type."""

Month = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]

ABSENT = "absent"
"""Known not to have been there: a part without Content-Type, a form without a model."""
EMPTY = "empty"
"""A Content-Type that is there and has no value."""
GENERIC = "generic"
"""A type that says nothing, as ``application/octet-stream``."""


class Grade(ExplainedWord):
    """How a fact is known, the strongest first."""

    MEASURED = "measured", "Seen by a tap of this program, in a call to the vendor's own server."
    RECORDED = "recorded", "Read in somebody's public recording of a live call."
    DOCUMENTED = "documented", "The vendor's own documents say so."
    REPORTED = "reported", "Somebody wrote that it happened, as a rule in an issue, with the answer's words."
    CONTRIBUTED = "contributed", "Handed in by a user of this program."


class Fate(ExplainedWord):
    """What became of the upload."""

    ACCEPTED = "accepted", "The server took the upload."
    IGNORED = "ignored", "A good answer that shows that the file was not looked at."
    REJECTED = "rejected", "The server rejected the upload."
    FAILED = (
        "failed",
        "An answer that says nothing of the upload: the key, the quota, a server that was down.",
    )


@dataclass(frozen=True, slots=True)
class FactSource:
    """Where a fact was read; ``entry`` is the exchange within a recording, ``licence`` the repository's."""

    repository: str
    path: str
    entry: str | None = None
    commit: str | None = None
    licence: str | None = None


@dataclass(frozen=True, slots=True)
class SaidError:
    """The error of an answer, in the fields that it has."""

    type: str | None = None
    param: str | None = None
    code: str | int | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Echo:
    """What the answer to an upload said of it."""

    type: str | None = None
    filename: str | None = None
    bytes: int | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Why a fact no longer counts, and since when."""

    reason: Annotated[str, Field(min_length=1)]
    on: date


@dataclass(frozen=True)
class Fact:
    """One distinct upload and its answer; ``count`` is how often it was seen, in ``repositories``.

    ``path`` is without its query, ids in it as ``{...}``. ``place`` is a part's name or a JSON path, None
    where the body was not recorded. ``declared`` is a type, ``absent``, ``empty`` or ``generic``; None: not
    known. Where the interface has a word for the format instead (``wav``), it is that word. ``sniffed`` is
    what the bytes are, ``bytes`` their decoded size. ``array``: the field was sent as one (``image[]``).
    ``files`` were in the request, and with more than one the answer speaks of the whole. ``fields`` are
    text fields of the request that are known. ``model`` is a name, ``absent``, or a pattern where only the
    family can be told (``gpt-image-*``); None: not known. ``carrier`` is multipart, or else ``form-text`` (a
    part of a form without a filename), data-url, base64, url, file-id, inline-text or resumable.
    ``about_file`` False: an error with another cause; None for an error: it cannot be told which file is
    meant. ``delivered``: whether the file reached the model, and ``delivered_by`` what shows it. ``tokens``
    are those that the answer counted for media. ``recorded`` is the newest month that the exchange itself
    tells, ``recorded_from`` the oldest, ``committed`` that of the commit: a bound where the first is None.
    """

    id: str
    vendor: str
    operation: str
    grade: Grade
    sources: tuple[FactSource, ...]
    method: str = "POST"
    path: str | None = None
    model: str | None = None
    carrier: str | None = None
    place: str | None = None
    filename: str | None = None
    filename_has_path: bool = False
    declared: str | None = None
    sniffed: str | None = None
    bytes: int | None = None
    array: bool = False
    files: int = 1
    fields: Mapping[str, str] = field(default_factory=dict)
    scheme: str | None = None
    status: int | None = None
    error: SaidError | None = None
    about_file: bool | None = True
    delivered: bool | None = None
    delivered_by: str | None = None
    tokens: Mapping[str, int] | None = None
    echo: Echo | None = None
    recorded: Month | None = None
    recorded_from: Month | None = None
    committed: Month | None = None
    count: int = 1
    repositories: int = 1
    withdrawn: Withdrawal | None = None
    """It no longer counts; it stays, so that nobody adds it again."""

    @property
    def verdict(self) -> Fate | None:
        """What became of the upload; None where the status is not known."""
        if self.status is None:
            return None
        if self.status in (401, 402, 403, 408, 429) or self.status >= 500 or self.about_file is False:
            return Fate.FAILED if self.status >= 400 else Fate.ACCEPTED
        if self.status >= 400:
            return Fate.REJECTED
        return Fate.IGNORED if self.delivered is False else Fate.ACCEPTED

    @property
    def month(self) -> str | None:
        """When it was seen, as far as is known: recorded, else committed."""
        return self.recorded or self.committed

    @cached_property
    def identity(self) -> str:
        """What makes two facts one: all but how often, by whom and when it was seen."""
        said = (
            "id",
            "sources",
            "recorded",
            "recorded_from",
            "committed",
            "count",
            "repositories",
            "withdrawn",
        )
        data = {name: value for name, value in codec.encode(self).items() if name not in said}
        first = self.sources[0]
        data["source"] = [first.repository, first.path, first.entry]
        return json.dumps(data, ensure_ascii=False, sort_keys=True)


def name_of(fact: Fact) -> str:
    """The id that a fact has by what it says, so that it is the same wherever it is made."""
    return hashlib.sha256(fact.identity.encode()).hexdigest()[:ID_LENGTH]


def named(fact: Fact) -> Fact:
    """The fact under its id."""
    return replace(fact, id=name_of(fact))


_SAME = (
    *("vendor", "operation", "method", "path", "model", "carrier", "place", "filename", "filename_has_path"),
    *("bytes", "scheme", "status", "error", "about_file", "delivered", "delivered_by"),
    *("recorded", "recorded_from", "committed", "count"),
)
"""Words that an observation and a fact have in common."""


def of_observation(data: Mapping[str, Any]) -> Fact:
    """A fact of a line of ``observations.jsonl``, whose fields the README beside it explains."""
    body_known = data.get("place") is not None
    declared = data.get("declared_type")
    if not body_known or data.get("declared_recorded") is False:
        declared = None
    elif declared is None:
        declared = ABSENT
    elif not declared:
        declared = EMPTY
    elif bare_type(declared) in GENERIC_TYPES:
        declared = GENERIC
    echo = {
        name: data[f"server_{name}"]
        for name in ("type", "filename", "bytes", "status")
        if data.get(f"server_{name}") is not None
    }
    plain = {name: data[name] for name in _SAME if data.get(name) is not None}
    # Who wrote a day has told the month.
    months = ("recorded", "recorded_from", "committed")
    plain |= {name: plain[name][:7] for name in months if isinstance(plain.get(name), str)}
    if data.get("error") and "about_file" in data:
        plain["about_file"] = data["about_file"]
    commits = {data["source"]: data.get("commit")}
    if body_known and data.get("carrier") == "multipart":
        plain.setdefault("model", ABSENT)
    fact: Fact = codec.decode(
        Fact,
        {
            **plain,
            "id": "",
            "grade": data.get("grade", Grade.RECORDED),
            "declared": declared,
            "sniffed": data.get("sniffed"),
            "array": bool(data.get("field_array")),
            "files": data.get("media_in_request") or 1,
            "tokens": data.get("input_tokens_of_media"),
            "echo": echo or None,
            "repositories": data.get("repos") or 1,
            "sources": [_source(each, commits) for each in data.get("sources") or [data["source"]]],
        },
    )
    return named(fact)


def _source(text: str, commits: Mapping[str, str | None]) -> dict[str, Any]:
    """``OWNER/NAME PATH#ENTRY @COMMIT``, the last two optional."""
    where, at, commit = text.rpartition(" @")
    where = where if at else text
    repository, _, rest = where.partition(" ")
    path, sharp, entry = rest.rpartition("#")
    whole = commits.get(where)
    return {
        "repository": repository,
        "path": path if sharp else rest,
        "entry": entry if sharp else None,
        "commit": whole if whole and whole.startswith(commit) else (commit if at else whole),
    }
