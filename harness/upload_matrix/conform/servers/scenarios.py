"""The scenarios: calls as their documents have them, each with one thing otherwise, and their requests.

Nothing is left to an SDK: every byte is written here, by ``wire.write``.
"""

from __future__ import annotations

import base64
import copy
import json
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from upload_matrix import vendors
from upload_matrix.assets.samples import sample
from upload_matrix.emulator.profile import OWN_ROOT
from upload_matrix.files import read_yaml
from upload_matrix.model.reception import CONTROL
from upload_matrix.wire.form import Captured, Framing, Headers
from upload_matrix.wire.json_body import keys_of, put
from upload_matrix.wire.read import wire_form
from upload_matrix.wire.write import Piece, body_headers, head_of, made, multipart

_EMPTY = "empty"
_MIB = 1024 * 1024
_ENDINGS = {"png": "png", "wav": "wav", "jsonl": "jsonl", "pdf": "pdf"}


class Right(BaseModel):
    """What a standard, or the vendor's document, has a server make of a scenario."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)

    taken: Annotated[Literal["taken", "rejected"], Field(alias="is")]
    by: Annotated[str, Field(min_length=1)]


class FilePart(BaseModel):
    """The file of a call; ``format`` is that of its bytes, ``empty`` for none of them."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    field: str
    format: str
    filename: str | None
    type: str | None
    disposition: str | None = None
    mebibytes: Annotated[int, Field(ge=1, le=64)] | None = None
    times: Annotated[int, Field(ge=1, le=8)] = 1


class _Call(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    fields: dict[str, str] = {}
    file: FilePart
    body: dict[str, Any] | None = None
    documented: Annotated[str, Field(min_length=1)]


class _Scenario(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    says: Annotated[str, Field(min_length=1)]
    calls: Annotated[list[str], Field(alias="for", min_length=1)]
    fields: dict[str, str | None] = {}
    file: dict[str, Any] | None = {}
    body: dict[str, Any] = {}
    framing: Literal["content-length", "chunked"] = "content-length"
    last_break: bool = True
    closed: bool = True
    key: Literal["right", "wrong"] = "right"
    right: Right | None = None
    only: Literal["server", "gateway"] | None = None


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    calls: dict[str, _Call]
    scenarios: list[_Scenario]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One request: ``call`` (an operation) with what ``says`` says otherwise; ``right`` by whom it is known.

    ``file`` None: it is sent without one. ``body`` is the JSON document, None for a form. ``told``: what is
    otherwise is in the words of a fact (field, filename, type, bytes), so facts can speak of it.
    """

    call: str
    name: str
    says: str
    file: FilePart | None
    fields: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    framing: Framing = Framing.CONTENT_LENGTH
    last_break: bool = True
    closed: bool = True
    wrong_key: bool = False
    right: Right | None = None
    only: str | None = None

    @property
    def id(self) -> str:
        """``images.edit/array-name``."""
        return f"{self.call}/{self.name}"

    @property
    def is_control(self) -> bool:
        """Whether it is the call as its documents have it."""
        return self.name == CONTROL

    @property
    def told(self) -> bool:
        """Whether a fact has words for all that is otherwise."""
        file = self.file
        plain = self.framing is Framing.CONTENT_LENGTH and self.last_break and self.closed
        known = file is not None and file.disposition is None and file.mebibytes is None and file.times == 1
        return plain and known and not self.wrong_key

    @property
    def model(self) -> str | None:
        """The model that is asked, None where the call has none."""
        value = self.fields.get("model") if self.body is None else self.body.get("model")
        return value if isinstance(value, str) else None


SCENARIOS = Path(__file__).with_name("scenarios.yaml")


@cache
def scenarios(path: Path = SCENARIOS) -> tuple[Scenario, ...]:
    """Every scenario, those of a call together and its control first.

    Raises ConfigurationError with file and line.
    """
    file = read_yaml(path, "the scenarios of servers")
    try:
        document = _Document.model_validate(file.data)
    except ValidationError as error:
        raise file.errors(_Document, error) from error
    for place, each in enumerate(document.scenarios):
        for call in each.calls:
            if call not in document.calls:
                raise file.error(("scenarios", place, "for"), f"no call is named {call}")
    found = []
    for call, written in document.calls.items():
        found.append(_control(call, written))
        found += [
            _scenario(call, written, each, lambda says, place=place: file.error(("scenarios", place), says))
            for place, each in enumerate(document.scenarios)
            if call in each.calls
        ]
    return tuple(found)


def _control(call: str, written: _Call) -> Scenario:
    return Scenario(
        call,
        CONTROL,
        "the call as its document has it",
        written.file,
        written.fields,
        written.body,
        right=Right(taken="taken", by=written.documented),
    )


def _scenario(call: str, written: _Call, each: _Scenario, fault: Any) -> Scenario:
    try:
        given = None if each.file is None else {**written.file.model_dump(), **each.file}
        file = None if given is None else FilePart.model_validate(given)
    except ValidationError as error:
        raise fault(f"file: {error.errors()[0]['msg']}") from error
    fields = {**written.fields, **each.fields}
    body = None if written.body is None else copy.deepcopy(written.body)
    for place, value in each.body.items():
        body = put(body, keys_of(place), value)
    return Scenario(
        call,
        each.name,
        each.says,
        file,
        {name: value for name, value in fields.items() if value is not None},
        body,
        Framing(each.framing),
        each.last_break,
        each.closed,
        each.key == "wrong",
        each.right,
        each.only,
    )


def asking(scenario: Scenario, model: str | None) -> Scenario:
    """The scenario with another model, where it names one."""
    if model is None or scenario.model is None:
        return scenario
    if scenario.body is not None:
        return replace(scenario, body={**scenario.body, "model": model})
    return replace(scenario, fields={**scenario.fields, "model": model})


# A scenario as the request that it is.


def request(scenario: Scenario, root: str = OWN_ROOT) -> Captured:
    """The request below ``root``, without a key: whoever sends it puts that in."""
    route = vendors.vendor_of(scenario.call).routes[scenario.call]
    body, content_type = _json(scenario) if scenario.body is not None else _form(scenario)
    headers: Headers = (
        (b"User-Agent", b"upload-matrix"),
        (b"Accept", b"application/json"),
        *body_headers(content_type, None, scenario.framing, len(body)),
    )
    wire = wire_form(route.method, root + route.path, headers, body, {})
    return Captured(head_of(wire, headers), headers, body, wire, complete=True)


def _form(scenario: Scenario) -> tuple[bytes, bytes]:
    pieces = [made(name, None, None, value.encode()) for name, value in scenario.fields.items()]
    pieces += _files(scenario.file)
    body, content_type = multipart([piece.rendered() for piece in pieces], None)
    if not scenario.closed:
        # The boundary that ends the last part stays, without the two dashes that close the body.
        return body.removesuffix(b"--\r\n") + b"\r\n", content_type
    return body if scenario.last_break else body.removesuffix(b"\r\n"), content_type


def _files(file: FilePart | None) -> Iterator[Piece]:
    if file is None:
        return
    for number in range(file.times):
        name = file.filename
        if number and name:
            stem, dot, ending = name.rpartition(".")
            name = f"{stem}-{number + 1}{dot}{ending}"
        piece = made(file.field, name, file.type, content(file))
        if file.disposition is not None:
            ending = _ENDINGS.get(file.format, file.format)
            written = file.disposition.replace("{field}", file.field).replace("{ending}", ending)
            piece = replace(piece, disposition=written.encode())
        yield piece


def _json(scenario: Scenario) -> tuple[bytes, bytes]:
    file = scenario.file
    data = base64.b64encode(b"" if file is None else content(file)).decode()
    stands = {"{base64}": data, "{data_url}": f"data:{file.type if file else ''};base64,{data}"}

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(each) for key, each in value.items()}
        if isinstance(value, list):
            return [filled(each) for each in value]
        return stands.get(value, value) if isinstance(value, str) else value

    return json.dumps(filled(scenario.body), ensure_ascii=False).encode(), b"application/json"


@cache
def content(file: FilePart) -> bytes:
    """The file's bytes, the same each time."""
    data = b"" if file.format == _EMPTY else sample(file.format)
    if data is None:
        raise ValueError(f"no file of the format {file.format!r} is made here")
    return data if file.mebibytes is None else _grown(file.format, data, file.mebibytes * _MIB)


def _grown(kind: str, data: bytes, size: int) -> bytes:
    """A valid file of at least ``size`` bytes: a PNG with a chunk that nobody reads, or more of the lines."""
    if kind == "png":
        end = data.rindex(b"\x00\x00\x00\x00IEND")
        # A private chunk that may be left unread, and may be copied: see the PNG specification, section 5.4.
        chunk = b"umPd" + bytes(size)
        padding = struct.pack(">I", size) + chunk + struct.pack(">I", zlib.crc32(chunk))
        return data[:end] + padding + data[end:]
    if kind == "jsonl":
        return data * (size // len(data) + 1)
    raise ValueError(f"no large file of the format {kind!r} is made here")
