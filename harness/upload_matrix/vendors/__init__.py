"""Vendors: a vendor is a folder of data beside this file, found by looking; nothing here names one.

``NAME/operations``, ``targets``, ``prices``, ``recipes`` and ``profiles`` hold YAML files of the shape that
a user's own have in the folders of these names beside a matrix; ``NAME/vendor.yaml`` is what the program has
to know beyond them. ``NAME/evidence`` holds facts, read by ``facts``; a vendor may have nothing else.
Imports ``model.codec`` only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import yaml

from upload_matrix.model.codec import decode

_VERSION = re.compile(r"(?<!/upload)/v\d+$")

ROOT = Path(__file__).resolve().parent

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def folders(kind: str) -> tuple[Path, ...]:
    """The folder ``kind`` (``operations``) of every vendor that has one, the vendors by name."""
    return tuple(sorted(ROOT.glob(f"*/{kind}")))


def files(kind: str) -> tuple[Path, ...]:
    """The YAML files in those folders."""
    return tuple(path for folder in folders(kind) for path in sorted(folder.glob("*.yaml")))


@dataclass(frozen=True, slots=True)
class Deployments:
    """A second way to address an API: ``paths`` lie in ``below``/deployments/MODEL, others in ``below``.

    ``roots`` end a base URL that is not the one to give.
    """

    below: str
    paths: frozenset[str]
    roots: tuple[str, ...] = ()

    def model(self, path: str) -> tuple[str, str] | None:
        """The model that a path, which may begin with a gateway's own, is addressed to, and what follows."""
        found = re.fullmatch(rf".*{re.escape(self.below)}/deployments/([^/]+)(/.+)", path)
        return (unquote(found[1]), found[2]) if found else None


@dataclass(frozen=True, slots=True)
class Variables:
    """Environment variables that the vendor's SDKs read.

    A program is given ``base_url``. The others are changed only where they have a value: to give a program
    one that it did not have could make it take another way. To an ``endpoint`` a client adds the whole path.
    ``further_keys`` hold a key too. Where the SDK reads no base URL from a variable, ``in_code`` is what a
    program writes to have it from there; else it goes past whoever set the variable.
    """

    base_url: str
    key: str
    base_url_where_set: tuple[str, ...] = ()
    endpoint: str | None = None
    endpoint_key: str | None = None
    further_keys: tuple[str, ...] = ()
    in_code: str | None = None

    @property
    def where_set(self) -> tuple[str, ...]:
        """What is pointed elsewhere only where it has a value."""
        return (*self.base_url_where_set, *filter(None, (self.endpoint,)))

    @property
    def keys(self) -> tuple[str, ...]:
        """All that hold a key."""
        return (self.key, *self.further_keys, *filter(None, (self.endpoint_key,)))


@dataclass(frozen=True, slots=True)
class AccountErrors:
    """``no_money``: codes of an account that may not spend any more; ``unverified``: words of the message to
    an organisation that has to be verified."""

    no_money: frozenset[str] = frozenset()
    unverified: str | None = None


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """Where an operation lies below a root, and the one method it answers to.

    ``emulated`` is what the emulator answers to a request that no rule rejects: ``images``, ``models``, or a
    JSON document whose texts may hold {profile}, {timestamp}, {digest}, of the first file {filename} and
    {size}, and the name of a text field of the operation. None: the emulator does not know.
    ``emulated_forms`` are the answers by ``response_format`` (a text is sent as plain text),
    ``emulated_events`` those that ``stream`` asks for; both may also hold the words of ``emulated``.
    ``fields`` are all that the operation has, files included, ``files`` those that take a file.
    ``known_as``: what facts call it too.
    """

    method: str
    path: str
    emulated: Any = None
    emulated_forms: Mapping[str, Any] = field(default_factory=dict)
    emulated_events: tuple[Any, ...] = ()
    fields: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()
    known_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EmulatedImages:
    """What an emulated answer with pictures has beside them: tokens an output by quality, and an input.

    Models that fit ``bare`` answer without usage, and with URLs where those are asked for.
    """

    output_tokens: Mapping[str, int] = field(default_factory=dict)
    input_tokens: int = 0
    bare: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A notation by which a file stands as text in a JSON body.

    ``data`` is the way to the text (``image_url.url``: an object's name, then one in the object there), from
    an object whose ``type`` is among ``of`` and that stands in one whose ``type`` is among ``within``, where
    these are given. From the same object lead ``type`` to its media type or word for the format, and
    ``filename`` to its name, which has to go along. ``wants`` is ``base64``, ``data-url`` or ``either``.
    ``types`` and ``words`` are what is taken as the type, where known; ``unregistered`` what is documented as
    one though the registry does not have it, and ``seen`` what a recorded call was accepted with though it is
    not documented; ``spellings`` those of base64 that are taken beside the plain
    one. ``family`` (``audio``) is what a
    container is sent as.
    ``addresses``: where a data URL is wanted, an address will do.
    ``own``: only the vendor's own operations speak it, and elsewhere the same words mean another thing.
    """

    data: str
    wants: str = "base64"
    type: str | None = None
    filename: str | None = None
    of: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    unregistered: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    family: str = ""
    addresses: bool = True
    own: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that a vendor takes, as ``source`` (an address) said at ``date``.

    ``of`` is the kind of file (``image``, ``audio``, ``document``), nothing for any; ``formats`` are those of
    them that it is for, all where none is named. ``measure`` is ``bytes`` of the file, ``characters`` of its
    base64, pixels of a ``side`` or of the ``area``, or bytes of the ``request`` that has such a file.
    ``operations`` are those that it is for, all where none is named. It holds for requests of ``more_than``
    so many such files. ``disputed``: what another source says.
    """

    measure: str
    most: int
    source: str
    date: str
    of: str = ""
    formats: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    more_than: int = 0
    disputed: str = ""

    @property
    def amount(self) -> str:
        """``8,000 pixels a side``."""
        return f"{self.most:,} {_UNITS[self.measure]}"

    @property
    def among(self) -> str:
        """`` in requests of more than 20 such files``; empty where it holds for any."""
        return f" in requests of more than {self.more_than} such files" if self.more_than else ""


_UNITS = {
    "bytes": "bytes",
    "characters": "characters of base64",
    "side": "pixels a side",
    "area": "pixels in all",
    "request": "bytes",
}


@dataclass(frozen=True, slots=True)
class Counter:
    """Where an answer of ``operation`` counts the tokens of files of a ``family`` (``image``, ``audio``).

    ``at`` is the way to the number: ``usage.input_tokens_details.image_tokens``, or with a choice among the
    entries of a list, ``promptTokensDetails[modality=IMAGE].tokenCount``.
    """

    operation: str
    family: str
    at: str


class Addressed(NamedTuple):
    """What a path means; ``operation`` and ``method`` are None for one that is none of ours.

    ``deployment`` is the model that the path names.
    """

    operation: str | None
    method: str | None
    deployment: str | None


@dataclass(frozen=True, slots=True)
class Vendor:
    """One ``vendor.yaml``, with the routes of the operations beside it; ``name`` is its folder's.

    ``also`` are vendors of facts who serve the same API in their own cloud. ``usual``: meant where nothing
    names another. ``target`` is that of ``base_url``, where clients go when nothing is said;
    ``hosts`` are the vendor's own (``.a.b``: all below ``a.b``; ``*`` stands for anything). ``roots`` begin a
    path.
    ``needed_headers`` go with every call.
    ``request_ids`` are headers by which the vendor finds a call again, ``hidden_headers`` name whose call it
    is, and have what stands in their value's place; ``harmless_headers`` may be kept. ``most_images`` and
    ``most_inputs`` are the most that one call takes, ``needed`` the text fields that an operation cannot do
    without, with a plain value each, ``samples`` a format that it takes (see ``assets.samples``). ``profile``
    is the emulator's where none is named, ``sdk`` the package of the SDK, and the probe's client that calls
    it; the usual vendor has both. ``bytes_alone`` are patterns of paths whose files have no name and no type
    by design, ``typed_with_parameters`` of those where a media type may have parameters, ``goes_by_bytes`` of
    those where the declared type is known not to matter, ``takes_related`` of those where metadata and file
    may be the parts of a multipart/related.
    ``blocks`` are the notations of files in JSON, the particular before the general.
    ``counters`` tell where an answer counts what of a file the model was given.
    ``error_form`` is the body of an error, with {message}, {type}, {param}, {code}, {status} and {digest} (of
    the request) in it; None: OpenAI's. ``emulated_tokens`` are what an emulated answer counts for a file, by
    family.
    ``upload_headers`` begin the names of headers that belong to an upload in steps, of which ``upload_type``
    declares the file's type before its bytes come and an answer's ``upload_url`` tells where they go.
    ``limits`` are of sizes, where known. ``source``: what the rest was read in, but where it names its own.
    ``models`` are patterns of the names of its models. ``content`` has by operation and by kind of file how
    a block that carries one is written (see ``content``), and ``roles`` whose messages may have one.
    """

    target: str
    base_url: str
    hosts: tuple[str, ...]
    roots: tuple[str, ...]
    variables: Variables
    routes: Mapping[str, ApiRoute]
    name: str = ""
    also: tuple[str, ...] = ()
    usual: bool = False
    profile: str = ""
    sdk: str = ""
    deployments: Deployments | None = None
    endpoint_key_header: tuple[str, str] = ("authorization", "Bearer {key}")
    needed_headers: Mapping[str, str] = field(default_factory=dict)
    request_ids: tuple[str, ...] = ()
    hidden_headers: Mapping[str, str] = field(default_factory=dict)
    harmless_headers: frozenset[str] = frozenset()
    image_models: tuple[str, ...] = ()
    most_images: int = 10
    most_inputs: int = 16
    needed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    samples: Mapping[str, str] = field(default_factory=dict)
    bytes_alone: tuple[str, ...] = ()
    typed_with_parameters: tuple[str, ...] = ()
    goes_by_bytes: tuple[str, ...] = ()
    takes_related: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    counters: tuple[Counter, ...] = ()
    upload_headers: tuple[str, ...] = ()
    upload_type: str | None = None
    upload_url: str | None = None
    limits: tuple[Limit, ...] = ()
    models: tuple[str, ...] = ()
    content: Mapping[str, Mapping[str, tuple[Any, ...]]] = field(default_factory=dict)
    roles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    emulated_images: EmulatedImages = EmulatedImages()
    emulated_tokens: Mapping[str, int] = field(default_factory=dict)
    error_form: Any = None
    account: AccountErrors = AccountErrors()
    source: str = ""

    @property
    def key_header(self) -> tuple[str, str]:
        """The header that the key is sent in at ``base_url``; {key} stands for it."""
        own = self.variables.endpoint is None
        return self.endpoint_key_header if own else ("authorization", "Bearer {key}")

    def operation_called(self, name: str) -> str | None:
        """The operation of this name, or that facts call so; None for none."""
        return next((own for own, at in self.routes.items() if name in (own, *at.known_as)), None)

    def is_used(self, environ: Mapping[str, str]) -> bool:
        """Whether a program in this environment is set up for the vendor: it has its base URL or its key."""
        return any(environ.get(name) for name in (self.variables.base_url, *self.variables.keys))

    def owns(self, host: str) -> bool:
        """Whether a host is the vendor's own."""
        return any(is_host(host, own) for own in self.hosts)

    def addressed(self, path: str) -> Addressed:
        """What a path means, which starts at the target's root and is without its query."""
        model = None
        below = next((path.removeprefix(root) for root in self.roots if path.startswith(f"{root}/")), "")
        if self.deployments and path.startswith(self.deployments.below) and not below:
            model, below = self.deployments.model(path) or (None, path.removeprefix(self.deployments.below))
            if model is None and below in self.deployments.paths:
                below = ""  # it wants a deployment
        for name, at in self.routes.items():
            found = _ending(at.path).match(below) if below else None
            if found is not None:
                return Addressed(name, at.method, found.groupdict().get("model", model))
        return Addressed(None, None, model)


def is_host(host: str, own: str) -> bool:
    """Whether a host is ``own``, is below it where that is ``.a.b``, or fits it where it has ``*``."""
    return host.endswith(own) if own.startswith(".") else fnmatchcase(host, own)


def known() -> tuple[Vendor, ...]:
    """The vendors, the usual one first, then by name."""
    return _known(ROOT)


def owner_of(host: str) -> Vendor | None:
    """The vendor whose host it is; None for nobody's known."""
    return next((vendor for vendor in known() if vendor.owns(host)), None)


def usual() -> Vendor:
    """The vendor that is meant where nothing names another: whose SDKs the shipped clients are."""
    return known()[0]


def serving(name: str) -> Vendor | None:
    """The vendor of that name, or whose API that one serves; None for one of which there are facts alone."""
    return next((vendor for vendor in known() if name in (vendor.name, *vendor.also)), None)


def addressed(path: str) -> Addressed:
    """What a path at a server's root means to the first vendor that knows it."""
    found = [vendor.addressed(path) for vendor in known()]
    return next((each for each in found if each.operation or each.deployment), found[0])


def deployments() -> Deployments:
    """The one way of deployments there is."""
    return next(vendor.deployments for vendor in known() if vendor.deployments)


def deployment(path: str) -> str | None:
    """The model in a path that addresses a deployment, below any root; None for any other path."""
    found = (vendor.deployments.model(path) for vendor in known() if vendor.deployments)
    return next((each[0] for each in found if each), None)


def operation_of(path: str) -> str | None:
    """The operation a path stands for, below any root; None for a path of none that a vendor has."""
    return _operation_of(ROOT, path)


@lru_cache(maxsize=4096)
def _operation_of(root: Path, path: str) -> str | None:
    # Asked many times of the few paths that a run has.
    routes = (route for vendor in _known(root) for route in vendor.routes.items())
    return next((name for name, at in routes if is_below_root(path, at.path, name)), None)


def is_below_root(path: str, own: str, operation: str | None = None) -> bool:
    """Whether ``path`` is ``own`` below the root of an API, which may lie below a gateway's own path.

    In ``own``, ``{model}`` stands for a segment of a path. A root is nothing, or ends in a version (``/v1``)
    or in the roots of the ``operation``'s own vendor. ``/files`` is thus not what
    ``/v1/vector_stores/ID/files`` or ``/upload/v1beta/files`` addresses.
    """
    found = _ending(own).search(path)
    if found is None:
        return False
    root = path[: found.start()]
    named = any(root.endswith(each) for each in vendor_of(operation).roots)
    below = any(
        re.search(rf"{re.escape(vendor.deployments.below)}(/deployments/[^/]+)?$", root)
        for vendor in known()
        if vendor.deployments
    )
    return not root or named or below or _VERSION.search(root) is not None


def ends_in(path: str, own: str) -> bool:
    """Whether a path ends in an operation's, whatever stands before it."""
    return _ending(own).search(path) is not None


@cache
def _ending(own: str) -> re.Pattern[str]:
    """What ends in an operation's path."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/:]+)", re.escape(own)) + r"\Z")


def is_misplaced(path: str) -> bool:
    """Whether an operation's path lies below no root, or below several: ``/v1/v1/files``."""
    for vendor in known():
        below, before = path, ""
        while below != before:
            before = below
            for root in vendor.roots:
                below = below.removeprefix(root)
        if any(at.path == below for at in vendor.routes.values()):
            return addressed(path).operation is None
    return False


def is_endpoint(path: str) -> bool:
    """Whether a path is one of the second way of addressing an API."""
    return any(vendor.deployments and path.startswith(f"{vendor.deployments.below}/") for vendor in known())


def has_field(operation: str | None, name: str) -> bool:
    """Whether an operation has a field; True where its fields are not known."""
    route = vendor_of(operation).routes.get(operation or "")
    return route is None or not route.fields or name in route.fields


def file_fields(path: str) -> tuple[str, ...]:
    """The fields of a form at this path that take a file; () where that is not known."""
    operation = operation_of(path)
    return () if operation is None else vendor_of(operation).routes[operation].files


def _listed(path: str, patterns: Callable[[Vendor], tuple[str, ...]]) -> bool:
    return any(re.search(pattern, path) for vendor in known() for pattern in patterns(vendor))


def takes_bytes_alone(path: str) -> bool:
    """Whether files at this path have neither name nor type by design, as a piece of a larger one."""
    return _listed(path, lambda vendor: vendor.bytes_alone)


def goes_by_bytes(path: str) -> bool:
    """Whether the server at this path is known to pay no heed to the type that a file is declared as."""
    return _listed(path, lambda vendor: vendor.goes_by_bytes)


def takes_related(path: str) -> bool:
    """Whether metadata and file may come in one multipart/related at this path."""
    return _listed(path, lambda vendor: vendor.takes_related)


def takes_parameters(path: str) -> bool:
    """Whether a media type may have parameters at this path, as ``audio/wav; samplerate=16000``."""
    return _listed(path, lambda vendor: vendor.typed_with_parameters)


def block_at(
    path: str, document: Any, keys: Sequence[str | int], operation: str | None = None
) -> Block | None:
    """The notation that a value of a JSON body stands in, by the way to it; None for no known one.

    Of the vendor whose operation the request's ``path`` addresses (``operation``, where it is known) before
    those of all others, which gateways and imitations speak; of several that fit, the one whose type is
    there.
    """
    fitting = None
    while keys and isinstance(keys[-1], int):
        keys = keys[:-1]  # an entry of a list is where the list is
    last = keys[-1] if keys else None
    if not isinstance(last, str):
        return None
    for block in _blocks(operation or operation_of(path)).get(last, ()):
        way = block.data.split(".")
        root = len(keys) - len(way)
        if root < 0 or list(keys[root:]) != way:
            continue
        above, around = None, document
        for key in keys[:root]:
            above, around = around, around[key]
        inside = above.get("type") if isinstance(above, dict) else None
        if (not block.of or around.get("type") in block.of) and (not block.within or inside in block.within):
            if block.type is not None and _leads(around, block.type):
                return block
            fitting = fitting or block
    return fitting


def _leads(document: Any, way: str) -> bool:
    """Whether there is something at the end of a way (``input_audio.format``)."""
    for name in way.split("."):
        if not isinstance(document, dict) or name not in document:
            return False
        document = document[name]
    return True


@cache
def _blocks(operation: str | None) -> Mapping[str, tuple[Block, ...]]:
    own = None if operation is None else vendor_of(operation)
    ordered = sorted(known(), key=lambda vendor: vendor is not own)
    found: dict[str, tuple[Block, ...]] = {}
    spoken = ((vendor, block) for vendor in ordered for block in vendor.blocks)
    for block in (block for vendor, block in spoken if vendor is own or not block.own):
        last = block.data.rpartition(".")[2]
        found[last] = (*found.get(last, ()), block)
    return found


class Meant(NamedTuple):
    """Whose operation a request addresses; ``sure`` where more than a path that others share says so.

    ``others`` are operations of other vendors that lie at the same path.
    """

    vendor: Vendor
    operation: str
    sure: bool
    others: tuple[str, ...]


def meant(path: str, name: str | None, model: str | None) -> Meant | None:
    """What a request addresses: by its path where that is one vendor's, by the vendor ``name`` that it is led
    to, by its model.

    None for a path of no operation, and for one at which several have one and the vendor led to has none.
    """
    found = [
        (vendor, operation)
        for vendor in known()
        for operation, route in vendor.routes.items()
        if is_below_root(path, route.path, operation)
    ]
    if not found:
        return None
    if len({vendor.name for vendor, _ in found}) == 1:
        told = found
    elif name is not None:
        told = [each for each in found if each[0].name == name]
        if not told:
            return None
    else:
        told = [pair for pair in found if any(fnmatchcase(model or "", each) for each in pair[0].models)]
    vendor, operation = (told or found)[0]
    others = tuple(other for _, other in found if other != operation)
    return Meant(vendor, operation, bool(told), others)


@cache
def other_content() -> Mapping[str, Mapping[str, tuple[Any, ...]]]:
    """How protocols and libraries that are no vendor's write a file: ``content.yaml``, by name and kind."""
    found: Mapping[str, Mapping[str, tuple[Any, ...]]] = decode(
        Mapping[str, Mapping[str, tuple[Any, ...]]], _read(ROOT / "content.yaml")
    )
    return found


def counters(path: str) -> tuple[Counter, ...]:
    """Those of the operation that a path addresses."""
    operation = operation_of(path)
    own = () if operation is None else vendor_of(operation).counters
    return tuple(each for each in own if each.operation == operation)


def upload_headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    """Of a request's headers those that belong to an upload in steps, by lower-case name."""
    begin = tuple(each.encode() for vendor in known() for each in vendor.upload_headers)
    return tuple(
        sorted(
            (name.decode("latin-1").lower(), value.decode("latin-1"))
            for name, value in headers
            if name.lower().startswith(begin)
        )
    )


def key_header_of(variable: str | None) -> tuple[str, str]:
    """The header in which the key is sent that this variable holds; {key} stands for it."""
    own = (
        vendor.key_header
        for vendor in known()
        if variable in (vendor.variables.key, *vendor.variables.further_keys)
    )
    return next(own, ("authorization", "Bearer {key}"))


def of_variable(name: str) -> Vendor | None:
    """The vendor whose SDK or programs read their base URL from this variable; None for nobody's."""
    return next((vendor for vendor in known() if vendor.variables.base_url == name), None)


def base_url_for(name: str, origin: str, root: str) -> str:
    """What a variable is set to, so that its readers call an API that lies at ``origin`` below ``root``.

    SDKs that add the root (``/v1``) themselves are given the URL without it.
    """
    vendor = of_variable(name)
    if vendor is not None and root in vendor.roots:
        root = urlsplit(vendor.base_url).path.rstrip("/")
    return origin + root


def upload_url_headers() -> frozenset[str]:
    """Headers of an answer, in lower case, that tell where the bytes of an upload are to go."""
    return frozenset(vendor.upload_url for vendor in known() if vendor.upload_url)


def vendor_of(operation: str | None) -> Vendor:
    """The vendor whose operation it is; the usual one where none has it."""
    return next((vendor for vendor in known() if operation in vendor.routes), usual())


@cache
def _known(root: Path) -> tuple[Vendor, ...]:
    found = [_vendor(path) for path in sorted(root.glob("*/vendor.yaml"))]
    return tuple(sorted(found, key=lambda vendor: not vendor.usual))


def _vendor(path: Path) -> Vendor:
    data = _read(path)
    operations = [_read(each) for each in sorted((path.parent / "operations").glob("*.yaml"))]
    words = ("method", "path", "emulated", "emulated_forms", "emulated_events", "known_as")
    own = {
        each["name"]: {word: each[word] for word in words if word in each}
        | {"fields": _fields(each), "files": list(each.get("file_fields", ()))}
        for each in operations
    }
    vendor: Vendor = decode(
        Vendor, {**data, "name": path.parent.name, "routes": {**own, **data.get("routes", {})}}
    )
    return vendor


def _fields(operation: Mapping[str, Any]) -> list[str]:
    named = ("text_fields", "file_fields", "json_files")
    return sorted({name for word in named for name in operation.get(word, ())})


def _read(path: Path) -> Any:
    return yaml.load(path.read_bytes(), Loader=_Loader)  # noqa: S506 - both loaders are the safe ones
