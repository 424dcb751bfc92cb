"""A case: one cell of the matrix, with a value for every axis and a stable readable id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from packaging.specifiers import SpecifierSet

from upload_matrix.model.outcome import OutcomeKind

# An operation: an API call with (or, as a control, without) an upload, described as data.


class Encoding(StrEnum):
    """How the request body is written."""

    MULTIPART = "multipart"
    JSON = "json"
    RAW = "raw"
    """The body is the file itself."""


@dataclass(frozen=True, slots=True)
class Takes:
    """What the API takes as a file while all text fields of ``when`` have values that fit a pattern there.

    ``extensions`` (``.jsonl``) where it goes by the filename, ``types`` where it compares Content-Types;
    none: it does not go by that, or that is not known. ``bare`` says that a name without any extension was
    seen to be taken. ``most`` is how many files of this field it takes, None where that is not known.
    """

    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extensions: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    bare: bool = False
    most: int | None = None


ANYTHING = Takes()


@dataclass(frozen=True, slots=True)
class FileField:
    """A field that takes a file; ``repeatable`` when the API takes several.

    ``listed_as`` is the name that each of several has to have (``image[]``), where the API is known to reject
    the plain name twice. ``family`` (``audio``) is what a container that may hold several things is sent
    as. The first of ``takes`` that fits a request holds for it.
    """

    name: str
    required: bool = True
    repeatable: bool = False
    listed_as: str = ""
    family: str = ""
    takes: tuple[Takes, ...] = ()

    def taken(self, value: Callable[[str], str | None]) -> Takes:
        """What is taken in a request whose text fields have these values."""

        def fits(each: Takes) -> bool:
            return all(
                any(fnmatchcase(value(name) or "", pattern) for pattern in patterns)
                for name, patterns in each.when.items()
            )

        return next(filter(fits, self.takes), ANYTHING)


@dataclass(frozen=True, slots=True)
class EarlierCall:
    """A call that has to be made before another, which uses what it gave: an upload, named by its id.

    ``fields`` are its text fields, ``container`` is how it hands the file over. ``gives`` is the way
    to a value in its answer (``id``, ``file.uri``) by the name of the placeholder that it fills.
    """

    operation: Operation
    gives: Mapping[str, str]
    container: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """``name`` is also the attribute path on an SDK client: ``images.edit`` is ``client.images.edit``.

    ``path`` is below the API root (``/images/edits``). ``control`` names the operation that shares the
    model and the account but not the upload, for comparison. ``json_files`` are the fields that name its
    files where the API documents a JSON body beside the form. ``bodies`` are what is sent as JSON with a file
    in it, by carrier, with {data_url}, {base64}, {media_type} and text fields in their places. ``before`` are
    the calls that come before it, by carrier. ``source`` is what all of it was read in.
    """

    name: str
    method: str
    path: str
    encoding: Encoding
    file_fields: tuple[FileField, ...] = ()
    text_fields: tuple[str, ...] = ()
    control: str | None = None
    summary: str = ""
    json_files: tuple[str, ...] = ()
    bodies: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, EarlierCall] = field(default_factory=dict)
    source: str = ""

    def file_field(self, name: str) -> FileField | None:
        """The file field called ``name``, or None."""
        return next((field for field in self.file_fields if field.name == name), None)

    @property
    def carriers(self) -> tuple[str, ...]:
        """The ways in which it takes a file, the usual one first: its own, then those of ``bodies``."""
        own = self.encoding is Encoding.RAW or self.upload is not None
        return (*((self.encoding.value,) if own else ()), *self.bodies)

    @property
    def upload(self) -> FileField | None:
        """The file field under test: the first one; None for a control without an upload."""
        return self.file_fields[0] if self.file_fields else None


# What a matrix says a case should give, and the failures it knows about.


SDK_VERSION = "sdk_version"
"""The fact whose values are ranges of releases (``<1.76``) rather than words."""


@dataclass(frozen=True, slots=True)
class Condition:
    """``allowed`` (or, negated, forbidden) values of one axis or fact. None stands for "has none"."""

    name: str
    values: tuple[str | None, ...]
    negated: bool = False

    def holds(self, values: Mapping[str, str | None]) -> bool:
        """Whether the value under ``name`` fits; a name that is absent counts as None."""
        value = values.get(self.name)
        if self.name == SDK_VERSION and value is not None:
            ranges = (SpecifierSet(each) for each in self.values if each is not None)
            return any(each.contains(value, prereleases=True) for each in ranges) is not self.negated
        return (value in self.values) is not self.negated


@dataclass(frozen=True, slots=True)
class Expectation:
    """When all conditions hold, the outcome must be this; fields left None are not compared.

    ``message`` is a part of the server's message. ``line`` is where it stands in the matrix file. ``at``: the
    operation that a chain of calls ends at, its last one or an earlier one that failed.
    """

    when: tuple[Condition, ...]
    outcome: OutcomeKind
    status: int | None = None
    code: str | None = None
    message: str | None = None
    line: int = 0
    at: str | None = None

    def __str__(self) -> str:
        words = [self.outcome.value]
        if self.status is not None:
            words.append(str(self.status))
        if self.code is not None:
            words.append(self.code)
        if self.message is not None:
            words.append(f"with “{self.message}”")
        if self.at is not None:
            words.append(f"at {self.at}")
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """A failure the team knows and tolerates until ``expires`` (inclusive); then it is red again."""

    when: tuple[Condition, ...]
    reason: str
    link: str | None = None
    expires: date | None = None
    line: int = 0

    def has_expired(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.expires is not None and today > self.expires


NOT_APPLICABLE = "n/a"
"""The value of an axis that an operation does not have (a container, where no file is sent)."""

SAMPLE = "sample"
"""The axis of repetitions, counted from 1: not in a matrix, but made where calls are to be repeated."""

OPTIONAL_AXES: Mapping[str, str] = {
    "prepare": "as-is",
    "mask": "none",
    "filename": "right",
    "retries": "none",
    "sdk": "installed",
    "python": "this",
    SAMPLE: "1",
}
"""Axes with a neutral value. At it they are left out of the id, so adding the axis renames no case."""


def value_on(axes: Mapping[str, str], axis: str) -> str:
    """A case's value on an axis: of one that it does not name the neutral value, where there is one."""
    return axes.get(axis, OPTIONAL_AXES.get(axis, NOT_APPLICABLE))


@dataclass(frozen=True, slots=True)
class Case:
    """One cell: ``axes`` in the matrix's order, ``request`` the text fields sent, in order.

    ``expectations`` are the matrix's rules whose axis conditions this case meets, first one first; a
    rule may still depend on facts of the environment, so the verdict picks among them. ``canary`` is a word
    of the file that the answer has to hold. ``file`` is the
    matrix's, relative to where the command was given, None when it lies elsewhere; ``line`` counts from 1.
    """

    id: str
    matrix: str
    axes: Mapping[str, str]
    operation: Operation
    request: Mapping[str, str | int | float | bool]
    target: str
    expectations: tuple[Expectation, ...] = ()
    known_failures: tuple[KnownFailure, ...] = ()
    canary: str | None = None
    line: int = field(default=0, compare=False)
    file: str | None = field(default=None, compare=False)

    def axis(self, name: str) -> str | None:
        """The value on an axis, or None when the matrix does not have it or it does not apply."""
        value = self.axes.get(name)
        return None if value == NOT_APPLICABLE else value

    def on(self, **values: str) -> Case:
        """This case with other values on these axes, and the id that follows from them."""
        axes = {**self.axes, **values}
        return replace(self, id=case_id(self.matrix, axes), axes=axes)

    @property
    def carrier(self) -> str:
        """How it hands its file over; empty where it has none."""
        return self.axis("carrier") or next(iter(self.operation.carriers), "")

    @property
    def before(self) -> EarlierCall | None:
        """The call that has to be made before this one."""
        return self.operation.before.get(self.carrier)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the calls that it makes, below the API's root."""
        return (*(() if self.before is None else (self.before.operation.path,)), self.operation.path)

    @property
    def sample(self) -> int:
        """Which repetition of its call this is, counted from 0."""
        return int(self.axes.get(SAMPLE, "1")) - 1


def case_id(matrix: str, axes: Mapping[str, str]) -> str:
    """The readable id: ``field-report/images.edit/gpt-image-1/openai/handle/webp/builtin``.

    Optional axes away from their neutral value follow as ``mask:unnamed``.
    """
    words = [matrix]
    for name, value in axes.items():
        if value == NOT_APPLICABLE:
            continue
        if name in OPTIONAL_AXES:
            if value != OPTIONAL_AXES[name]:
                words.append(f"{name}:{value}")
        else:
            words.append(value)
    return "/".join(words)


# What a client declares about itself, read from its file.


PYTHON = "python"
NODE = "node"
OWN_PYTHON = "python:"
"""Begins the runtime of a client whose packages cannot lie beside the SDK; a name of the Python follows."""


@dataclass(frozen=True, slots=True)
class ClientDeclaration:
    """``runtime`` is what its probe runs under: ``python``, ``node``, or ``python:NAME`` for a Python of its
    own. ``accepts`` and ``declines`` are values by axis: what can
    and cannot be written with this client. ``ignores`` are axes that make no difference to it,
    ``containers`` the ways to hand a file over that only such clients have, with a line each, and ``needs``
    the packages it imports. ``distributions`` are those whose versions matter, its own first, and ``sdk`` is
    the one whose releases the axis ``sdk`` names; None for the usual vendor's. ``since`` is the first release
    of its own package that it can drive, and why: what "all releases" begin with."""

    summary: str = ""
    runtime: str = PYTHON
    accepts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    declines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignores: tuple[str, ...] = ()
    containers: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    sdk: str | None = None
    since: tuple[str, str] | None = None

    @property
    def home(self) -> str | None:
        """The package that the client is; None for one that is no package."""
        return self.distributions[0] if self.distributions else None


# The words a matrix may use: operations, and per axis the values that exist.
#
# Gathered by the front from the folders where operations, containers, clients and images live, and handed
# to the matrix room, which validates against it and suggests the closest word.


FACTS: Mapping[str, str] = {
    "guess": "the Content-Type the environment's mime table derives from the file's name; null when none",
    SDK_VERSION: "a range that the SDK's release in the case's environment lies in (<1.76); null when none",
}
"""Facts of the environment that a condition may name beside the axes, with their meaning."""


FREE_AXES: Mapping[str, str] = {
    "sdk": "a release of the SDK (1.109.1), or installed: the one beside the harness",
    "python": "an installed interpreter (3.9), or this: the one that runs the harness",
}
"""Axes whose values are not known beforehand, with their meaning."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """``axes`` maps an axis to its known values with a line of description each.

    Besides these, every text field of an operation (``model``, ``size``, ``quality``...) is an axis with
    free values. ``targets`` are the names a matrix may give as its target, ``clients`` what clients
    declare about themselves, ``families`` the kinds of the shipped files (``image``, ``audio``).
    """

    operations: Mapping[str, Operation]
    axes: Mapping[str, Mapping[str, str]]
    targets: tuple[str, ...]
    clients: Mapping[str, ClientDeclaration] = field(default_factory=dict)
    families: Mapping[str, str] = field(default_factory=dict)

    def text_fields(self) -> frozenset[str]:
        """Every text field of any operation."""
        return frozenset(name for operation in self.operations.values() for name in operation.text_fields)
