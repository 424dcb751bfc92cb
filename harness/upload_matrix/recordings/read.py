"""Reading recordings back, and checking that each is what it says it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from upload_matrix.files import read_bytes
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.errors import CassetteError, ConfigurationError
from upload_matrix.recordings.reduce import Reduced
from upload_matrix.recordings.wiretext import parse
from upload_matrix.wire.form import WireForm

FORMAT_VERSION = 1
"""vcrpy's, since its release 1.0."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's loader is 30 to 40 times faster; not every build of PyYAML has it."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded answer: the wire form it answers, the file it stands in, the images made tiny in it.

    ``sample`` numbers the answers to one form, from 0. ``answer.source.supply`` is ``recorded``. ``unkept``
    says why headers and body of an answer that was paid for are not kept; None where they are.
    """

    wire: WireForm
    answer: Answer
    path: Path
    reduced: tuple[Reduced, ...] = ()
    sample: int = 0
    unkept: str | None = None

    @property
    def reply(self) -> Answer | NoAnswer:
        """What a replay gives."""
        if self.unkept is None:
            return self.answer
        return NoAnswer(Silence.UNKEPT, self.unkept, source=self.answer.source)


def read_cassette(path: Path) -> tuple[Recording, ...]:
    """Every recording in a file.

    Raises CassetteError, naming the file and the way out, when it cannot be read, is not one of this
    harness, or was edited by hand so that its request is no longer what its digest says.
    """
    try:
        data = read_bytes(path)
    except ConfigurationError as error:
        raise CassetteError(str(error)) from error
    return parse_cassette(data, path)


def parse_cassette(data: bytes, path: Path) -> tuple[Recording, ...]:
    """As read_cassette, of a file's bytes."""
    try:
        document: Any = yaml.load(data, Loader=_Loader)  # noqa: S506 - both loaders are the safe ones
        return tuple(_recording(interaction, path) for interaction in _interactions(document))
    except (yaml.YAMLError, ValueError) as error:
        raise CassetteError(
            f"{path}: not a recording of this harness: {error}; delete the file and record it again with "
            "--record-mode new_episodes"
        ) from error


def _interactions(document: Any) -> list[Any]:
    version = _field(document, "version", int)
    if version != FORMAT_VERSION:
        raise ValueError(f"version is {version}, and {FORMAT_VERSION} is the one known here")
    interactions: list[Any] = _field(document, "interactions", list)
    return interactions


def _recording(interaction: Any, path: Path) -> Recording:
    wire = parse(_field(interaction, "request", dict, "body", str))
    recorded = _field(interaction, "recorded", dict)
    digest = _field(recorded, "wire", str)
    if wire.digest != digest:
        raise ValueError(
            f"recorded.wire is {digest}, but its request has the digest {wire.digest} (edited by hand?)"
        )
    _check_texts(wire)
    headers = _field(interaction, "response", dict, "headers", dict)
    body = _field(interaction, "response", dict, "body", dict, "string", (str, bytes))
    answer = Answer(
        status=_field(interaction, "response", dict, "status", dict, "code", int),
        headers=tuple((str(name), str(value)) for name, values in headers.items() for value in values),
        body=body.encode("utf-8") if isinstance(body, str) else body,
        source=_source(recorded),
        rule=_optional(recorded, "rule"),
    )
    reduced = tuple(_reduced(entry) for entry in recorded.get("reduced", ()))
    return Recording(wire, answer, path, reduced, _sample(recorded), _optional(recorded, "unkept"))


def _check_texts(wire: WireForm) -> None:
    """A text stands beside the digest that counts; a review must be able to trust what it reads."""
    for part in wire.parts or ():
        if part.is_file or part.text is None:
            continue
        if hashlib.sha256(part.text.encode("utf-8", "surrogatepass")).hexdigest() != part.sha256:
            raise ValueError(f"the text of part {part.name!r} is not what its sha256 says (edited by hand?)")


def _source(recorded: Any) -> Source:
    provenance = Provenance(_field(recorded, "provenance", str))
    day = _optional(recorded, "on")
    if (day is not None) is not (provenance is Provenance.LIVE):
        raise ValueError("a live recording says on which day, in recorded.on, and an emulated one does not")
    return Source(
        target=_field(recorded, "target", str),
        provenance=provenance,
        supply=Supply.RECORDED,
        profile=_optional(recorded, "profile"),
        recorded_on=day,
    )


def _reduced(entry: Any) -> Reduced:
    try:
        return Reduced(**entry)
    except TypeError as error:
        raise ValueError(f"an entry of recorded.reduced is {entry!r}") from error


def _sample(recorded: Any) -> int:
    number: int = _field(recorded, "sample", int) if "sample" in recorded else 0
    if number < 0:
        raise ValueError(f"recorded.sample is {number}, and samples count from 0")
    return number


def _optional(mapping: Any, name: str) -> str | None:
    return _field(mapping, name, str) if name in mapping else None


def _field(tree: Any, *steps: Any) -> Any:
    """The value below ``tree`` along names, each followed by the type it must have."""
    names, types = steps[::2], steps[1::2]
    for number, (name, kind) in enumerate(zip(names, types, strict=True), 1):
        if not isinstance(tree, dict) or name not in tree:
            raise ValueError(f"{'.'.join(names[:number])} is missing")
        tree = tree[name]
        if not isinstance(tree, kind):
            raise ValueError(f"{'.'.join(names[:number])} is {tree!r:.60}")  # noqa: TRY004 - caught as one
    return tree
