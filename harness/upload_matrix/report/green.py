"""The last green run of a name: kept beside its reports when a red one takes its place, so that the red one
can say what changed."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.result import RED, Run, VerdictKind
from upload_matrix.report import json_report

FOLDER = ".green"
"""Hidden, so that ``reports/*.json`` and a site over the folder are about the runs themselves."""

_HEAD = 65_536
_SUMMARY = '"summary": '


def last_green(run: Run, report: Path) -> Run | None:
    """The last green run of this name that has a case of ``run``; None for a run that is not red.

    ``report`` is where the run's JSON lies or will lie. A green run that lies there still is put aside first.
    A file that cannot be read says nothing about the run, and counts as none.
    """
    if not any(result.verdict.kind in RED for result in run.results):
        return None
    kept = report.parent / FOLDER / report.name
    with suppress(OSError):
        if is_green(report):
            kept.parent.mkdir(exist_ok=True)
            report.replace(kept)
    try:
        found = json_report.load(kept.read_text("utf-8"), str(kept))
    except (OSError, ValueError, ConfigurationError):
        return None
    cases = {result.id for result in run.results}
    return found if any(result.id in cases for result in found.results) else None


def is_green(report: Path) -> bool:
    """Whether a run's JSON says, at its head, that every case was as expected or a known failure."""
    with report.open("rb") as file:
        head = file.read(_HEAD).decode("utf-8", "replace")
    place = head.find(_SUMMARY)
    if not head.lstrip().startswith("{") or json_report.FORMAT not in head[:100] or place < 0:
        return False
    try:
        summary, _ = json.JSONDecoder().raw_decode(head, place + len(_SUMMARY))
        verdicts = {VerdictKind(word) for word in summary["by_verdict"]}
    except (ValueError, KeyError, TypeError):
        return False
    return bool(verdicts) and verdicts <= {VerdictKind.AS_EXPECTED, VerdictKind.KNOWN_FAILURE}
