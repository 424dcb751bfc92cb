"""Reading recordings back, and checking that each is what it says it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from datetime import date
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml

from upload_matrix.files import read_bytes
from upload_matrix.model.answer import Answer, NoAnswer, Provenance, Silence, Source, Supply
from upload_matrix.model.errors import CassetteError, ConfigurationError
from upload_matrix.recordings.bodies import Reduced
from upload_matrix.recordings.texts import document, is_json_document, quoted, rewritten
from upload_matrix.wire.carriers.embedded import SHIPPED, Embedded
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.carriers.raw import RawFile
from upload_matrix.wire.form import Framing, WireForm, canonical_json

# A wire form as text for review, and back: one ``name: value`` a line, the parts as a list.
#
# The text is YAML too, but its values are JSON and are read as such, so that nothing is lost on the way,
# whatever a client wrote into a name.


_LISTS = ("parts:", "embedded:")
"""Lines that begin a list, of entries with a ``name: value`` a line each."""
_JSON = "json: "
_JSON_TEXT = "json_text"
"""The key for a JSON body that is not an object or array, or was not written canonically."""


def render(wire: WireForm) -> str:
    """``wire`` as text, ending in a line feed."""
    return "".join(f"{line}\n" for line in _lines(wire))


def parse(text: str) -> WireForm:
    """The wire form that ``render`` wrote; raises ValueError naming the line that is not understood."""
    head, json_start, document = text.partition(f"\n{_JSON}")
    fields: dict[str, Any] = {}
    lists: dict[str, list[dict[str, Any]]] = {}
    for number, line in enumerate(head.rstrip("\n").split("\n"), 1):
        if line in _LISTS and line not in lists:
            lists[line] = []
            continue
        into = fields
        if lists:
            entries = lists[next(reversed(lists))]
            if line.startswith("- "):
                entries.append({})
            if not entries or not line.startswith(("- ", "  ")):
                raise ValueError(f"line {number} of the request's body: {line!r} belongs to no part")
            into, line = entries[-1], line[2:]
        key, _, value = line.partition(": ")
        try:
            into[key] = json.loads(value)
        except ValueError as error:
            raise ValueError(f"line {number} of the request's body: {line!r}: {error}") from error
    if json_start:
        fields["json"] = canonical_json(document.encode("utf-8", "surrogatepass"))
    elif _JSON_TEXT in fields:
        fields["json"] = fields.pop(_JSON_TEXT)
    try:
        fields["framing"] = Framing(fields["framing"])
        parts, embedded = (lists.get(name) for name in _LISTS)
        raw, steps = fields.pop("raw", None), fields.pop("upload_headers", ())
        return WireForm(
            **fields,
            parts=None if parts is None else tuple(_part(part) for part in parts),
            embedded=tuple(Embedded(**{**SHIPPED, **each}) for each in embedded or ()),
            raw=None if raw is None else RawFile(**raw),
            upload_headers=tuple((name, value) for name, value in steps),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"the request's body is not a wire form: {error}") from error


def _part(fields: dict[str, Any]) -> Part:
    headers = tuple((name, value) for name, value in fields.pop("headers", ()))
    return Part(**fields, headers=headers)


def _lines(wire: WireForm) -> Iterator[str]:
    yield from _fields(
        {
            "method": wire.method,
            "path": wire.path,
            "query": wire.query or None,
            "media_type": wire.media_type,
            "framing": wire.framing.value,
            "body_size": wire.body_size or None,
            "body_sha256": wire.body_sha256,
            "fault": wire.fault,
        }
    )
    if wire.raw is not None:
        told = {"format": wire.raw.format, "asset": wire.raw.asset}
        yield f"raw: {json.dumps({name: value for name, value in told.items() if value is not None})}"
    if wire.upload_headers:
        yield f"upload_headers: {json.dumps([list(pair) for pair in wire.upload_headers])}"
    if wire.parts is not None:
        yield from _list(_LISTS[0], (_part_lines(part) for part in wire.parts))
    if wire.embedded:
        yield from _list(_LISTS[1], (_embedded_lines(each) for each in wire.embedded))
    if wire.json is not None:
        yield _json(wire.json)


def _list(name: str, entries: Iterable[Iterable[str]]) -> Iterator[str]:
    yield name
    for entry in entries:
        first, *rest = entry
        yield f"- {first}"
        yield from (f"  {line}" for line in rest)


def _embedded_lines(each: Embedded) -> Iterator[str]:
    """All of it but the condition, as with a part: that is told by bytes, which a recording has not.

    Of a shipped file its name is enough: size and digest vary with the encoder that made it.
    """
    by_name = each.asset is not None and each.spelling is not None
    for item in dataclass_fields(each):
        value = getattr(each, item.name)
        left_out = item.name == "condition" or (by_name and item.name in SHIPPED)
        if not left_out and value not in (None, ""):
            yield f"{item.name}: {_value(value)}"


def _json(text: str) -> str:
    if is_json_document(text):
        pretty = rewritten(text, lambda _, value: value)
        if canonical_json(pretty.encode("utf-8")) == text:
            return _JSON + pretty
    return f"{_JSON_TEXT}: {quoted(text)}"


def _part_lines(part: Part) -> Iterator[str]:
    yield f"name: {quoted(part.name)}"
    yield from _fields({"text": part.text})
    # Shown also when there is none: that is what most diagnoses turn on.
    yield f"filename: {_value(part.filename)}"
    yield f"content_type: {_value(part.content_type)}"
    yield f"disposition: {quoted(part.disposition)}"
    if part.headers:
        yield f"headers: [{', '.join(f'[{quoted(name)}, {quoted(value)}]' for name, value in part.headers)}]"
    yield from _fields({"characters": part.characters, "asset": part.asset, "format": part.format})
    yield f"size: {part.size}"
    yield f"sha256: {quoted(part.sha256)}"


def _fields(fields: Mapping[str, str | int | None]) -> Iterator[str]:
    for name, value in fields.items():
        if value is not None:
            yield f"{name}: {_value(value)}"


def _value(value: str | int | None) -> str:
    return quoted(value) if isinstance(value, str) else json.dumps(value)


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


# A recording as the bytes of its file, and getting them onto the disk whole or not at all.


@dataclass(frozen=True, slots=True)
class Label:
    """What a recording says beside request and answer. The first ``sample``, 0, is not numbered; ``unkept``
    says why the answer has neither headers nor body."""

    uri: str
    today: date
    sample: int = 0
    unkept: str | None = None


def cassette(
    form: WireForm,
    answer: Answer,
    reduced: Iterable[Reduced],
    label: Label,
) -> bytes:
    """The file for one answer, in vcrpy's format; equal arguments give equal bytes on every machine.

    vcrpy reads ``request`` and ``response`` and passes over ``recorded``, which is ours. ``form`` and
    ``answer`` must hold no secrets any more.
    """
    source = answer.source
    recorded: dict[str, Any] = {
        "target": source.target,
        "provenance": source.provenance.value,
        "profile": source.profile,
        "rule": answer.rule,
        "on": label.today.isoformat() if source.provenance is Provenance.LIVE else None,
        "wire": form.digest,
        "sample": label.sample or None,
        "unkept": label.unkept,
        "reduced": [_without_none(asdict(entry)) for entry in reduced] or None,
    }
    interaction: dict[str, Any] = {
        "request": {
            "method": form.method,
            "uri": label.uri,
            "body": render(form),
            "headers": {"content-type": [form.media_type]} if form.media_type else {},
        },
        "response": {
            "status": {"code": answer.status, "message": _phrase(answer.status)},
            "headers": _grouped(answer.headers),
            "body": {"string": _text_or_bytes(answer.body)},
        },
        "recorded": _without_none(recorded),
    }
    return document({"version": FORMAT_VERSION, "interactions": [interaction]})


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _grouped(headers: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    return grouped


def _text_or_bytes(body: bytes) -> str | bytes:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body


def _without_none(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
