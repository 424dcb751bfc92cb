"""Answers that no recording keeps, in a file, so that an interrupted question goes on where it was.

Only what an answer says is kept (status, error fields, who spoke), with secrets taken out.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from upload_matrix.files import read_text
from upload_matrix.model.answer import Answer, Provenance, Source, Supply
from upload_matrix.model.codec import parsed
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.recordings.redact import redact_text

_LONGEST = 4000
"""Characters of an answer's body that are kept."""


class Memory:
    """Answers by a request's key, in order; each is given once. ``path`` None keeps them for this run only.

    Raises ConfigurationError for a file that is none of ours.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._kept: dict[str, list[dict[str, Any]]] = {} if path is None else _read(path)
        self._given: defaultdict[str, int] = defaultdict(int)

    def take(self, key: str, target: str) -> Answer | None:
        """The next answer kept under ``key``; None when all were given."""
        entries = self._kept.get(f"{target} {key}", [])
        number = self._given[key]
        if number >= len(entries):
            return None
        self._given[key] += 1
        entry = entries[number]
        source = Source(target, Provenance(entry["provenance"]), Supply.RECORDED, entry.get("profile"))
        headers = (("content-type", "application/json"),)
        return Answer(entry["status"], headers, entry["body"].encode(), source)

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer; it counts as given."""
        source = answer.source
        said = "" if answer.status < 300 else redact_text(answer.body.decode("utf-8", "replace"))
        entry = {
            "status": answer.status,
            "body": said[:_LONGEST],
            "provenance": source.provenance.value,
        }
        if source.profile is not None:
            entry["profile"] = source.profile
        self._kept.setdefault(f"{source.target} {key}", []).append(entry)
        self._given[key] += 1
        if self._path is not None:
            _write(self._path, self._kept)


def _read(path: Path) -> dict[str, list[dict[str, Any]]]:
    if not path.exists():
        return {}
    text = read_text(path)
    try:
        document = parsed(text)
        answers = document["upload-matrix answers"]
        for entries in answers.values():
            for entry in entries:
                Provenance(entry["provenance"])
                entry["status"] + 0
                entry["body"].encode()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{path}: not the state of a diagnosis ({error!r}); delete it, or name another with --state"
        ) from error
    found: dict[str, list[dict[str, Any]]] = answers
    return found


def _write(path: Path, kept: dict[str, list[dict[str, Any]]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_text(json.dumps({"upload-matrix answers": kept}, indent=1), "utf-8")
    temporary.replace(path)
