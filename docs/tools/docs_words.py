"""The reference of words: axis values, outcomes, findings, profiles and their rules, from where they live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs_markdown import code, page, prose, table

from upload_matrix.emulator.profile import load_profile, profile_names
from upload_matrix.judge.findings import CODES
from upload_matrix.model.case import FACTS, FREE_AXES
from upload_matrix.model.errors import Exit
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.report import registry
from upload_matrix.run.loading import catalog, targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def words_page() -> str:
    """Everything a matrix may name, and everything a report may say."""
    return page(
        "Words",
        "What a matrix may name and what a report may say, read from the code. Clients, containers, "
        "operations, targets and profiles of your own, in the folders beside your matrix, add to these.",
        [*_axes(), *_facts(), *_outcomes(), *_findings(), *_formats()],
    )


def profiles_page() -> str:
    """Every rule of every built-in emulator profile, with its source."""
    return page(
        "Emulator profiles",
        "The rules by which the emulator answers, each with its source, in the order in which they are "
        "asked. Every answer made by them is marked as emulated. `upload-matrix serve --profile NAME "
        "--rules` prints the same for any profile, yours included.",
        _profiles(),
    )


def exit_codes_page() -> str:
    """What every command's exit code means."""
    return page(
        "Exit codes",
        "The same for every command, so that a CI job can tell a failure of an upload from one of ours. A "
        "command that means something more special by one says so under [commands](commands/index.md).",
        exit_codes(),
    )


def exit_codes() -> list[str]:
    """The table of them."""
    return table(("code", "meaning"), [(str(code.value), code.means) for code in Exit])


def _axes() -> Iterator[str]:
    specs = targets(())
    words = catalog((), specs)
    operations = {name: operation.summary for name, operation in words.operations.items()}
    yield from _mapping("Axis `operation`", operations)
    for axis, values in words.axes.items():
        yield from _mapping(f"Axis `{axis}`", values)
    live = {name: spec.summary for name, spec in specs.items()}
    emulated = {name: "The emulator, see its profile." for name in words.targets if name not in live}
    yield from _mapping("Axis `target`", {**emulated, **live})
    yield from _mapping("Axes with free values", FREE_AXES)
    yield from ["So is every text field of the operation: `model`, `size`, `quality`, ...", ""]


def _facts() -> Iterator[str]:
    yield from _mapping("Facts", FACTS, "Conditions (`when`, `exclude`) may name them beside axes.")


def _outcomes() -> Iterator[str]:
    yield from _mapping("Outcomes", {kind.value: kind.means for kind in OutcomeKind})


def _findings() -> Iterator[str]:
    yield from _mapping("Findings", CODES)


def _formats() -> Iterator[str]:
    yield from ["## Report formats", "", "For `report --format`; `run --format` takes those of a run.", ""]
    for kind in (registry.RUN, registry.SWEEP, registry.GATE):
        yield from [f"Of a {kind}:", ""]
        rows = [
            (code(name), code(f"NAME{report.suffix}")) for name, report in registry.available(kind).items()
        ]
        yield from table(("format", "file"), rows)


def _profiles() -> Iterator[str]:
    for name in profile_names():
        profile = load_profile(name)
        yield from [f"## {name}", "", f"{prose(profile.summary)} As of {profile.date}.", ""]
        yield from table(("rule", "source"), [(code(rule.id), rule.source) for rule in profile.rules])


def _mapping(title: str, words: Mapping[str, str], opening: str = "") -> Iterator[str]:
    yield from [f"## {title}", ""]
    if opening:
        yield from [opening, ""]
    yield from table(("word", "meaning"), [(code(word), prose(text)) for word, text in words.items()])
