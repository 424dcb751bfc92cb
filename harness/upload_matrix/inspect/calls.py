"""What a request that passed means: whose it is, which call, which attempt at it, what is wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import islice
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.inspect.witness import MadeCall
from upload_matrix.judge.findings import find
from upload_matrix.judge.findings._sent import is_unstable
from upload_matrix.judge.fix_code import BY_HEADER, FixCode, TextCall, completed, fix_code, header_code
from upload_matrix.judge.handed_over import FileOrigin, origin
from upload_matrix.model.case import Encoding, FileField, Operation
from upload_matrix.model.outcome import INCONCLUSIVE_STATUS
from upload_matrix.model.result import Finding, Severity
from upload_matrix.recordings.custom import CustomRule
from upload_matrix.recordings.redactor import DEFAULT, Redactor, request_secrets
from upload_matrix.tap.passing import PassingAnswer, PassingRequest
from upload_matrix.wire.carriers.multipart import Part, base_name
from upload_matrix.wire.fixes import as_form, readable
from upload_matrix.wire.form import Captured, WireForm

# -- who makes a call, as far as its headers tell --


SDK = frozenset({"openai", "openai-async", "azure", "node-openai"})
"""Clients that are the vendor's SDK."""


@dataclass(frozen=True, slots=True)
class Caller:
    """``client`` is the matrix's word for it (``openai-async``), None for one it has no word for.

    ``product`` and ``version`` are what it calls itself (``OpenAI/Python``, ``3.54.0``), ``runtime`` what it
    runs on (``CPython 3.11.7``). ``retry`` is how often it says it has tried before, None when it does not.
    """

    client: str | None
    product: str | None = None
    version: str | None = None
    runtime: str | None = None
    retry: int | None = None

    @property
    def language(self) -> str:
        """What it is written in, as far as it tells; ``http`` where it does not."""
        said = f"{self.product} {self.runtime}".lower()
        if "python" in said:
            return "python"
        return "javascript" if re.search(r"/js\b|\bnode\b|\bbun\b|\bdeno\b", said) else "http"

    def __str__(self) -> str:
        named = " ".join(filter(None, (self.product, self.version))) or "an unnamed client"
        return f"{named} on {self.runtime}" if self.runtime else named


_PRODUCTS: tuple[tuple[re.Pattern[str], str | None], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), client)
    for pattern, client in (
        (r"(AsyncAzureOpenAI/Python|AzureOpenAI/Python) (\S+)", "azure"),
        (r"(AsyncOpenAI/Python) (\S+)", "openai-async"),
        (r"(OpenAI/Python) (\S+)", "openai"),
        (r"((?:Azure)?OpenAI/JS) (\S+)", "node-openai"),
        (r"((?:Azure)?OpenAI/\w+) (\S+)", None),
        (r"(curl)/(\S+)", "curl"),
        (r"(python-requests)/(\S+)", "requests"),
        (r"(python-httpx2)/(\S+)", "httpx2"),
        (r"(python-httpx)/(\S+)", "httpx"),
        (r"(python-urllib3)/(\S+)", "urllib3"),
        (r"Python/\S+ (aiohttp)/(\S+)", "aiohttp"),
        (r"(axios)/(\S+)", "fetch"),
        (r"(node-fetch)(?:/(\S+))?", "fetch"),
        (r"(node|undici|Deno|Bun)(?:/(\S+))?", "fetch"),
        (r"([^\s/]+)(?:/(\S+))?", None),
    )
)
"""User-Agents as their authors write them, the particular before the general."""


def caller_of(headers: Iterable[tuple[bytes, bytes]]) -> Caller:
    """Read User-Agent; the ``x-stainless-*`` headers are many vendors', and tell release and runtime."""
    given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
    agent = given.get("user-agent", "").strip()
    client, product, version = None, None, None
    for pattern, word in _PRODUCTS:
        found = pattern.match(agent)
        if found is not None:
            client, product, version = word, found[1], found[2]
            break
    runtime = " ".join(
        filter(None, (given.get("x-stainless-runtime"), given.get("x-stainless-runtime-version")))
    )
    tried = given.get("x-stainless-retry-count", "")
    return Caller(
        client=client,
        product=product,
        version=given.get("x-stainless-package-version") or version,
        runtime=runtime or None,
        retry=int(tried) if re.fullmatch(r"\d{1,4}", tried) else None,
    )


_SERVER_ERROR = 500
Paths = Mapping[str, str]
"""Files in the folder that the program runs in, by the digest of their bytes."""

_LOOKED_BACK = 64
"""Requests among which an earlier attempt is looked for: as many as may be under way side by side."""

_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Noticed:
    """A finding with its fix as code for the caller, where there is any.

    ``counts`` is False for what is worth knowing and no fault, as an array where the API takes several.
    """

    finding: Finding
    code: FixCode | None
    counts: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """A request and what is to be said of it before it is answered.

    ``operation`` is None for a call that is none we know and has no file. ``attempt`` counts from 1;
    ``first`` is the number of the first attempt of this call, its own for that. ``redactor`` takes the keys
    that the request carries, and the program's other ones, out of what is shown of it. ``made`` is the line
    of the program that made the call, None where it was not seen.
    """

    passed: PassingRequest
    caller: Caller
    operation: Operation | None
    attempt: int
    first: int
    noticed: tuple[Noticed, ...] = ()
    redactor: Redactor = DEFAULT
    made: MadeCall | None = None

    @property
    def number(self) -> int:
        """The request's number in order of arrival."""
        return self.passed.number

    @property
    def is_upload(self) -> bool:
        """Whether it carries a file, or is a call that should, or one whose block for a file is amiss."""
        wire, operation = self.passed.wire, self.operation
        should = operation is not None and (bool(operation.file_fields) or operation.encoding is Encoding.RAW)
        return (
            bool(wire.uploads() or self.faults)
            or should
            or (operation is not None and wire.parts is not None)
        )

    @property
    def faults(self) -> tuple[Noticed, ...]:
        """The findings that count."""
        return tuple(each for each in self.noticed if each.counts)


class Watcher:
    """Makes a sight of each request, in the order they complete; remembers them to know attempts."""

    def __init__(
        self,
        operations: Mapping[str, Operation],
        secrets: Sequence[str] = (),
        rules: Sequence[CustomRule] = (),
        there: Callable[[WireForm], Paths] = lambda _: {},
        named: str | None = None,
    ) -> None:
        """``there`` finds the files of parts in the working folder; the command names the file ``named``."""
        self._named = named
        self._there = there
        self._operations = tuple(operations.values())
        self._secrets = tuple(secrets)
        # A program's requests carry the same keys over and over.
        self._redactor = lru_cache(maxsize=16)(partial(Redactor, tuple(rules)))
        self._sights: dict[int, Sight] = {}
        self._told: dict[int, PassingAnswer] = {}
        self._continued: set[int] = set()
        self._begun: dict[str, WireForm] = {}

    def see(self, passed: PassingRequest, made: MadeCall | None = None) -> Sight:
        """A complete request, and the call of the program that made it."""
        paths = self._there(passed.wire)
        caller = caller_of(passed.headers)
        operation = operation_for(passed.wire, self._operations, passed.route.vendor)
        before = self._before(passed, caller)
        chain = self._chain(before)
        noticed: tuple[Noticed, ...] = ()
        if operation is not None:
            wires = [each.passed.wire for each in chain]
            begun = self._begun.get(_address(passed.wire))
            vendor = passed.route.vendor
            known = len(find(wires, operation, begun, vendor)) if wires else 0
            unseen = passed.wire.parts is None and not passed.wire.uploads()
            unread = passed.wire.fault is not None or unseen
            repaired = readable(passed.captured()) if passed.kept and unread else None
            if repaired is not None:
                paths = {**paths, **self._there(repaired.wire)}
            form = as_form(passed.captured()) if passed.kept and unseen else None
            if form is not None:
                paths = {**paths, **self._there(form)}
            known_of = _Known(made, paths, repaired, form, self._named, begun, vendor)
            fresh = find([*wires, passed.wire], operation, begun, vendor)[known:]
            noticed = tuple(_noticed(finding, passed.wire, operation, caller, known_of) for finding in fresh)
        sight = Sight(
            passed,
            caller,
            operation,
            attempt=len(chain) + 1,
            first=chain[0].number if chain else passed.number,
            noticed=noticed,
            redactor=self._redactor((*self._secrets, *request_secrets(_target(passed), passed.headers))),
            made=made,
        )
        if before is not None:
            self._continued.add(before.number)
        self._sights[passed.number] = sight
        return sight

    def hear(self, passed: PassingRequest, told: PassingAnswer) -> Sight:
        """Its answer."""
        self._told[passed.number] = told
        onward = next(
            (value for name, value in told.headers if name.lower() in vendors.upload_url_headers()), None
        )
        if onward is not None:
            parts = urlsplit(onward)
            self._begun[parts.query or parts.path] = passed.wire
        return self._sights[passed.number]

    def _before(self, passed: PassingRequest, caller: Caller) -> Sight | None:
        """The attempt that this one repeats; None for the first of its call."""
        if caller.retry == 0:
            return None
        for sight in islice(reversed(self._sights.values()), _LOOKED_BACK):
            if sight.number in self._continued or not _alike(sight.passed.wire, passed.wire):
                continue
            if caller.retry is not None:
                if sight.caller.retry == caller.retry - 1:
                    return sight
            elif sight.caller == caller and self._failed(sight):
                return sight
        return None

    def _failed(self, sight: Sight) -> bool:
        """Whether a client may have a reason to try again: an answer that blames nobody, or none."""
        told = self._told.get(sight.number)
        if told is None:
            return False
        if told.silence is not None or told.status is None:
            return True
        return told.status >= _SERVER_ERROR or told.status in INCONCLUSIVE_STATUS | {_CONFLICT}

    def _chain(self, last: Sight | None) -> list[Sight]:
        if last is None:
            return []
        return [
            sight
            for sight in self._sights.values()
            if sight.first == last.first and sight.attempt <= last.attempt
        ]


def operation_for(
    wire: WireForm, operations: Iterable[Operation], vendor: str | None = None
) -> Operation | None:
    """The operation a request is: a known one by method and the end of its path, else one made of its files.

    Of several at a path that one of the ``vendor`` it is led to, then one of the usual vendor's. None for a
    request of no known operation that carries no file.
    """
    known = [
        each
        for each in operations
        if each.method == wire.method and vendors.is_below_root(wire.path, each.path, each.name)
    ]
    known.sort(key=lambda each: _distance(vendors.vendor_of(each.name), vendor))
    found = next(iter(known), None)
    if found is not None or not wire.uploads():
        return found
    names = dict.fromkeys(base_name(each.name) for each in wire.uploads() if each.carrier == "multipart")
    other = Encoding.RAW if wire.json is None else Encoding.JSON
    return Operation(
        name=f"{wire.method} {wire.path}",
        method=wire.method,
        path=wire.path,
        encoding=other if wire.parts is None else Encoding.MULTIPART,
        file_fields=tuple(FileField(name, required=False, repeatable=True) for name in names),
    )


def _distance(vendor: vendors.Vendor, led: str | None) -> int:
    """How far a vendor is from the one that is meant."""
    return 0 if vendor.name == led else 1 if vendor.usual else 2


def _address(wire: WireForm) -> str:
    """What an upload in steps is found again by: the query, which names it, wherever a program's base is."""
    return wire.query or wire.path


def _target(passed: PassingRequest) -> str:
    wire = passed.wire
    return f"{wire.path}?{wire.query}" if wire.query else wire.path


def choose(sights: Sequence[tuple[Sight, PassingAnswer]]) -> tuple[Sight, PassingAnswer] | None:
    """The request that somebody most likely wants to keep: one rejected, else one with findings, else any.

    Of uploads alone; None when there is none.
    """
    uploads = [pair for pair in sights if pair[0].is_upload]
    rejected = [pair for pair in uploads if pair[1].status is not None and 400 <= pair[1].status < 500]
    faulty = [pair for pair in uploads if pair[0].faults]
    return next(iter([*rejected, *faulty, *uploads]), None)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a request beside its wire form.

    ``made`` is the line that made it, ``paths`` are the files that lie there by the digest of their bytes,
    ``repaired`` is it with headers that fit its body, ``form`` what a body that is no form holds as the parts
    of one, ``named`` the one file that the command names, ``begun`` the request that began its upload, and
    ``vendor`` the name of whose server it is led to.
    """

    made: MadeCall | None
    paths: Paths
    repaired: Captured | None
    form: WireForm | None
    named: str | None
    begun: WireForm | None
    vendor: str | None


def _noticed(
    finding: Finding, wire: WireForm, operation: Operation, caller: Caller, known: _Known
) -> Noticed:
    code: FixCode | None
    made = known.made
    origin_of = partial(_origin, known)
    if known.repaired is not None and finding.code in BY_HEADER:
        code = header_code(known.repaired, operation, caller.client, origin_of)
    else:
        no_form = known.form if finding.code == "file-missing" else None
        code = fix_code(
            finding,
            no_form or wire,
            operation,
            caller.client,
            origin_of,
            TextCall(caller.language, known.paths, known.begun, known.vendor),
        )
    if code is not None and code.language == "javascript" and _is_typescript(made):
        code = replace(code, language="typescript")
    finding = completed(finding, wire, operation, origin_of)
    return Noticed(finding, code, counts=finding.severity is not Severity.NOTE)


def _origin(known: _Known, field: str, part: Part | None) -> FileOrigin:
    """Where a field's file came from: what the program tells, then the file there of the very same bytes."""
    made = known.made
    told = FileOrigin() if made is None else origin(field, made.handed_over, made.statement)
    path = None if told.path is None or is_unstable(told.path) else told.path
    return replace(told, path=path or (known.named if part is None else known.paths.get(part.sha256)))


def _is_typescript(made: MadeCall | None) -> bool:
    place = None if made is None else made.place
    return place is not None and place.file.endswith((".ts", ".mts", ".cts", ".tsx"))


def _alike(one: WireForm, other: WireForm) -> bool:
    """Whether two requests can be attempts of one call: a file may be lost on the way, but nothing else."""
    if one.media_type != other.media_type:
        return False
    if one.parts is None and not _same_files(one, other):
        return False  # another picture asked about in the same words
    return (one.method, one.path, one.query) == (other.method, other.path, other.query) and _texts(
        one
    ) == _texts(other)


def _same_files(one: WireForm, other: WireForm) -> bool:
    """Whether files in JSON, or bodies that are one, have the same bytes, as far as they have any left."""
    pairs = zip(one.uploads(), other.uploads(), strict=False)
    return all(mine.sha256 == its.sha256 for mine, its in pairs if mine.size and its.size)


def _texts(wire: WireForm) -> object:
    if wire.parts is None:
        return wire.json
    return [(part.name, part.sha256) for part in wire.parts if part.text is not None and part.size]
