"""The rest of the Markdown report: what is unresolved or known, where it ran, how much, how to repeat it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from upload_matrix.judge.wireforms import last_wire
from upload_matrix.model.result import CaseResult, Run, VerdictKind
from upload_matrix.report.markdown_escape import Section, code, fenced, marked, prose, table
from upload_matrix.report.markdown_groups import case_list
from upload_matrix.report.wording import SIGNS, Counts, beyond_the_outcome, heading, plural, visible, way_out

_KNOWN_NAMED = 50


def unresolved(results: Sequence[CaseResult]) -> Iterator[Section]:
    """A section for each reason why cases say nothing, with the way out."""
    groups: dict[tuple[str, str | None], list[CaseResult]] = {}
    for result in results:
        if result.verdict.kind is VerdictKind.UNRESOLVED:
            groups.setdefault((str(result.outcome), last_wire(result)), []).append(result)
    for (_, wire), cases in groups.items():
        kind = cases[0].outcome.kind
        named = "" if wire is None else f", wire form {wire}"
        title = f"{SIGNS[kind]} {heading(cases[0].outcome)}: {plural(len(cases), 'case')}{named}"
        pieces = [f"### {prose(title)}", case_list(cases), *_why(cases[0])]
        words = way_out(cases[0])
        pieces += [] if words is None else [marked(words)]
        yield Section(title, "\n\n".join(pieces))


def _why(result: CaseResult) -> Iterator[str]:
    said = result.outcome.message or result.outcome.detail
    if said is not None:
        yield fenced(said)
    attempt = result.attempts[-1] if result.attempts else None
    if attempt is not None and attempt.nearest is not None:
        yield f"From the nearest recording, {code(attempt.nearest)}, to this request:"
        yield "\n".join(f"- {code(difference)}" for difference in attempt.nearest_differences)


def known_failures(results: Sequence[CaseResult]) -> Iterator[Section]:
    """The failures that the matrix tolerates, with their reasons."""
    known = [result for result in results if result.verdict.kind is VerdictKind.KNOWN_FAILURE]
    if not known:
        return
    lines = [f"- {code(result.id)}: {_reason(result)}" for result in known[:_KNOWN_NAMED]]
    if len(known) > _KNOWN_NAMED:
        lines.append(f"- and {len(known) - _KNOWN_NAMED:,} more")
    title = f"Known failures: {plural(len(known), 'case')}"
    yield Section(title, f"### {title}\n\n" + "\n".join(lines))


def _reason(result: CaseResult) -> str:
    link = f" ({code(result.verdict.link)})" if result.verdict.link else ""
    return prose(beyond_the_outcome(result) or str(result.outcome)) + link


def environments(run: Run) -> Iterator[Section]:
    """Where the clients ran, and which Content-Type each environment guesses for an extension."""
    if not run.environments:
        return
    rows = [
        [
            code(environment.name),
            prose(environment.python),
            prose(environment.mime_table),
            ", ".join(prose(f"{name} {version}") for name, version in environment.clients.items()),
            ", ".join(f"{code(end)} {_guess(guess)}" for end, guess in environment.guesses.items()),
        ]
        for environment in run.environments
    ]
    header = ("environment", "Python", "mime table", "clients", "guesses")
    yield Section("Environments", f"## Environments\n\n{table(header, rows)}")


def _guess(guess: str | None) -> str:
    return "*(none)*" if guess is None else code(guess)


def counted(counts: Counts) -> Section:
    """How many of what, and how many calls were paid for."""
    rows = [
        ["cases", f"{counts.cases:,}"],
        *(["outcome " + kind.replace("_", " "), f"{number:,}"] for kind, number in counts.by_outcome.items()),
        *(["verdict " + kind, f"{number:,}"] for kind, number in counts.by_verdict.items()),
        ["distinct wire forms", f"{counts.wire_forms:,}"],
        *(["answers " + supply, f"{number:,}"] for supply, number in counts.by_supply.items()),
        *([["calls forwarded to a live server", f"{counts.calls:,}"]] if counts.calls else []),
    ]
    return Section("Counts", f"## Counts\n\n{table(('what', 'number'), rows)}")


def reproduce(run: Run) -> str:
    """The footer: the command that runs the same again."""
    # By name, which every case's id starts with: a report does not know in which folder its matrices lay.
    target = "" if run.target is None else f" --target {shlex.quote(visible(run.target))}"
    commands = [f"upload-matrix run -k {shlex.quote(visible(name))}{target}" for name in run.matrices]
    command = "\n".join(commands) or "upload-matrix run"
    return f"Run it again:\n\n{fenced(command, 'sh')}"
