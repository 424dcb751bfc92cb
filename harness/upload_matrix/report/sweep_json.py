"""A sweep as JSON: the truth that its other reports are views of, and a regression gate's baseline.

One release a line and one part of a wire form a line. Nothing in it depends on the time or the machine but
the environments, which are an input. ``summary``, ``certainty``, ``missing`` (only where something is) and
``changes`` follow from the rest: they are written for readers and not read back. ``sweep_schema`` publishes
the format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import partial
from typing import Any, TypeVar

from upload_matrix.judge.certainty import certainty, missing
from upload_matrix.judge.history import history
from upload_matrix.model.codec import (
    Document,
    MalformedError,
    decode,
    encode,
    in_lines,
    line,
    parsed,
    separated,
)
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.sweep import Strategy, Sweep
from upload_matrix.model.wire import WireForms
from upload_matrix.report.decode import may, need, texts
from upload_matrix.report.sweep_codec import (
    Behaviour,
    behaviour_key,
    decode_answer,
    decode_behaviour,
    decode_guard,
    decode_release,
    encode_answer,
    encode_behaviour,
    encode_change,
    encode_guard,
    encode_release,
)

T = TypeVar("T")

NAME = "json"
SUFFIX = ".json"
KIND = "sweep"
FORMAT = "upload-matrix sweep"
VERSION = 1


def dump(sweep: Sweep) -> str:
    """The whole sweep as text."""
    return "".join(chunks(sweep))


render = dump


def chunks(sweep: Sweep) -> Iterator[str]:
    """The sweep in pieces of a line or so."""
    yield "{\n"
    head: Document = {
        "format": FORMAT,
        "version": VERSION,
        "distribution": sweep.distribution,
        "strategy": sweep.strategy.value,
        "guard": encode_guard(sweep.guard),
        "summary": asdict(sweep.counts),
        "certainty": _certainty(sweep),
    }
    lacking = missing(sweep)
    if lacking:
        head["missing"] = asdict(lacking)
    for key, value in head.items():
        yield f"{line(key)}: {line(value)},\n"
    behaviours = _behaviours(sweep)
    keys = {behaviour: key for key, (behaviour, _) in behaviours.items()}
    lists: dict[str, Iterable[Any]] = {
        "variants": sweep.variants,
        "notes": sweep.notes,
        "changes": map(encode_change, history(sweep).changes),
        "answers": map(encode_answer, sorted(sweep.answers, key=lambda each: (each.target, each.wire))),
        "releases": (
            encode_release(release, sweep.results.get(release.name), sweep.variants, keys)
            for release in sweep.releases
        ),
    }
    for key, values in lists.items():
        yield f"{line(key)}: ["
        yield from separated(line(value) for value in values)
        yield "],\n"
    yield '"behaviours": {'
    yield from separated(f"{line(key)}: {line(behaviours[key][1])}" for key in sorted(behaviours))
    yield '},\n"wire_forms": {'
    yield from separated(
        f"{line(digest)}: {in_lines(encode(sweep.wires[digest]))}" for digest in sorted(sweep.wires)
    )
    yield "}\n}\n"


def _behaviours(sweep: Sweep) -> dict[str, tuple[Behaviour, Document]]:
    distinct = {
        Behaviour(cell.wires, cell.outcome, cell.read)
        for result in sweep.results.values()
        for cell in result.cells.values()
    }
    found = {}
    for behaviour in distinct:
        document = encode_behaviour(behaviour)
        found[behaviour_key(document)] = (behaviour, document)
    return found


def _certainty(sweep: Sweep) -> Document:
    judged = certainty(len(sweep.releases), sweep.statements)

    def named(stretch: tuple[int, int]) -> list[str]:
        return [sweep.releases[index].name for index in stretch]

    return {
        "tried": judged.tried,
        "unlooked": [named(stretch) for stretch in judged.unlooked],
        "silent": [named(stretch) for stretch in judged.silent],
        "longest_unlooked": judged.longest_unlooked,
        "longest_blind": judged.longest_blind,
        "chances_of_missing": [
            {"releases": duration, "chance": round(chance, 4)} for duration, chance in judged.chances
        ],
    }


def load(text: str, name: str) -> Sweep:
    """Read a sweep back; ``name`` is its file, for messages.

    Gives the sweep that was written, a shipped picture's bytes known by name only (as in a run's report).
    Raises ``ConfigurationError`` naming the file and what is wrong with it.
    """
    try:
        document = parsed(text)
    except ValueError as error:
        raise ConfigurationError(f"{name}: not JSON: {error}. Write it again with a sweep.") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ConfigurationError(
            f'{name}: not a sweep of upload-matrix: it does not say "format": "{FORMAT}". '
            "Name the .json file that a sweep has written."
        )
    try:
        _check_version(document.get("version"), name)
        return _sweep(document, name)
    except ValueError as error:
        raise ConfigurationError(f"{name}: the sweep {error}. Write it again with a sweep.") from error


def _check_version(version: Any, name: str) -> None:
    if version == VERSION:
        return
    if isinstance(version, int) and version > VERSION:
        raise ConfigurationError(
            f"{name}: sweep version {version} was written by a newer upload-matrix; this one reads "
            f"version {VERSION}. Upgrade upload-matrix, or write the sweep again with this one."
        )
    raise MalformedError(f"has {version!r} as its 'version', not {VERSION}")


def _sweep(document: Document, name: str) -> Sweep:
    wires = decode(WireForms, need(document, "wire_forms", dict))
    behaviours = {
        key: _read(name, f"behaviours[{key}]", partial(decode_behaviour, key), each)
        for key, each in need(document, "behaviours", dict).items()
    }
    for key, behaviour in behaviours.items():
        for digest in behaviour.wires:
            if digest not in wires:
                raise MalformedError(f"lacks the wire form {digest!r} that the behaviour {key!r} names")
    variants = texts(need(document, "variants", list), "variants")
    if len(set(variants)) != len(variants):
        raise MalformedError("names a variant twice")
    releases = [
        _read(
            name,
            f"releases[{index}]",
            partial(decode_release, variants=variants, behaviours=behaviours),
            each,
        )
        for index, each in enumerate(need(document, "releases", list))
    ]
    return Sweep(
        distribution=need(document, "distribution", str),
        releases=tuple(release for release, _ in releases),
        variants=variants,
        results={result.release: result for _, result in releases if result is not None},
        wires=wires,
        strategy=Strategy(need(document, "strategy", str)),
        guard=decode_guard(may(document, "guard", dict)),
        answers=tuple(
            _read(name, f"answers[{index}]", decode_answer, each)
            for index, each in enumerate(need(document, "answers", list))
        ),
        notes=texts(may(document, "notes", list) or [], "notes"),
    )


def _read(name: str, where: str, decode: Callable[[Document], T], document: Document) -> T:
    try:
        return decode(document)
    except ValueError as error:
        raise ConfigurationError(f"{name}: {where} {error}. Write it again with a sweep.") from error
