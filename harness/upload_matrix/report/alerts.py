"""What a CI server shows beside a line of a file: annotations and SARIF, of whatever has gone wrong.

An ``Alert`` is one thing to look at. ``faults`` makes them of a run's red cases, ``gate_alerts`` of a gate's
departures.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from upload_matrix.model.errors import Problem
from upload_matrix.model.result import Place
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import plural

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to look at, in plain text.

    ``rule`` is the word of the ``AlertRule`` that it breaks; without one it is a statement about the run as a
    whole. ``place`` is None where no file has a line for it. ``weight`` is how many cases (or whatever is
    counted) it stands for. ``identity`` is what makes it the same alert the next time, lines left out.
    """

    level: Level
    title: str
    lines: tuple[str, ...]
    rule: str | None = None
    place: Place | None = None
    weight: int = 1
    identity: tuple[str, ...] = ()
    properties: Mapping[str, str | Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AlertRule:
    """A kind of alert: the ``code`` it goes by, a few words, and what a reader does about it (Markdown)."""

    code: str
    title: str
    help: str


# -- annotations: ``::error file=...,line=...::...``, as GitHub Actions reads them from a step's output --
#
# Rules: https://docs.github.com/actions/reference/workflow-commands-for-github-actions (a command ends with
# its line; ``%``, CR and LF are escaped in messages, in properties ``:`` and ``,`` too), and the limit of ten
# errors, ten warnings and ten notices a step beyond which GitHub shows none.

MOST = 10
"""Annotations of one level that GitHub shows of one step."""

_COMMANDS: Mapping[Level, str] = {"error": "error", "warning": "warning", "note": "notice"}


def commands(alerts: Iterable[Alert], counted: str) -> str:
    """One command a line, the errors first; ``counted`` is what an alert's weight counts, in the singular."""
    told = tuple(alerts)
    return "".join(
        f"{line}\n"
        for level in _COMMANDS
        for line in _of_level([alert for alert in told if alert.level == level], counted)
    )


def _of_level(alerts: Sequence[Alert], counted: str) -> Iterator[str]:
    shown = alerts if len(alerts) <= MOST else alerts[: MOST - 1]
    for alert in shown:
        place = alert.place
        where: dict[str, str | int] = {} if place is None else {"file": place.file, "line": place.line}
        yield command(_COMMANDS[alert.level], "\n".join(alert.lines), **where, title=alert.title)
    if len(alerts) > len(shown):
        number = sum(alert.weight for alert in alerts[len(shown) :])
        says = f"{plural(number, counted)} more; the report has them all"
        yield command(_COMMANDS[alerts[0].level], says, title="upload-matrix")


def of_problems(problems: Iterable[Problem]) -> str:
    """What is wrong in matrix files, as commands."""
    told = list(problems)
    lines = [
        command("error", each.message, file=each.file, line=each.line, col=each.column, title="matrix")
        for each in told[: MOST if len(told) <= MOST else MOST - 1]
    ]
    if len(told) > MOST:
        lines.append(
            command("error", f"and {plural(len(told) - len(lines), 'problem')} more", title="matrix")
        )
    return "".join(f"{line}\n" for line in lines)


def command(level: str, message: str, **properties: str | int) -> str:
    """One workflow command, whatever words stand in it."""
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{level} {given}::{_data(message)}" if given else f"::{level}::{_data(message)}"


def _data(text: str) -> str:
    lines = "\n".join(visible(line) for line in text.split("\n"))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# -- SARIF 2.1.0 for code scanning: a result for each alert that has a line --
#
# The format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; what GitHub needs of it:
# https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning.
# A result without a location makes GitHub refuse the whole file, so what has none is a notification.

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def log(rules: Sequence[AlertRule], alerts: Iterable[Alert], *, successful: bool) -> str:
    """A SARIF log with one run; ``successful`` is whether it says all that it was asked."""
    told = tuple(alerts)
    notes = [
        {"level": alert.level, "message": {"text": _text(alert) if alert.rule else "\n".join(_said(alert))}}
        for alert in told
        if alert.rule is None or alert.place is None
    ]
    invocation = {"executionSuccessful": successful} | (
        {"toolExecutionNotifications": notes} if notes else {}
    )
    codes = [rule.code for rule in rules]
    results = [
        _result(alert, alert.rule, codes.index(alert.rule), alert.place)
        for alert in told
        if alert.rule is not None and alert.place is not None
    ]
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "upload-matrix", "rules": [_rule(rule) for rule in rules]}},
                "columnKind": "unicodeCodePoints",
                "invocations": [invocation],
                "results": results,
            }
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _rule(rule: AlertRule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.code.split("-")),
        "shortDescription": {"text": f"{rule.title.capitalize()}."},
        "fullDescription": {"text": rule.help.replace("`", "'")},
        "help": {"text": rule.help.replace("`", "'"), "markdown": rule.help},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["uploads"]},
    }


def _result(alert: Alert, rule: str, index: int, place: Place) -> dict[str, Any]:
    location = {
        "artifactLocation": {"uri": quote(place.file, errors="replace"), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": place.line},
    }
    said = "\0".join(alert.identity)
    return {
        "ruleId": rule,
        "ruleIndex": index,
        "level": alert.level,
        "message": {"text": _text(alert)},
        "locations": [{"physicalLocation": location}],
        # Without the line: an alert stays the same one when lines are put in above it.
        "partialFingerprints": {
            "uploadMatrix/v1": hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
        },
        "properties": {name: _shown(value) for name, value in alert.properties.items()},
    }


def _shown(value: str | Sequence[str]) -> str | list[str]:
    return visible(value) if isinstance(value, str) else list(map(visible, value))


def _said(alert: Alert) -> tuple[str, ...]:
    return (visible(alert.title), *map(visible, alert.lines))


def _text(alert: Alert) -> str:
    # In a message, [text](target) would be a link (SARIF 2.1.0, section 3.11.6).
    words = "\n".join(_said(alert))
    return words.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
