"""A few reports on disk over which sites are built in these tests."""

from __future__ import annotations

from dataclasses import replace

from reports_story import HANDLE, TUPLE, run_of, story
from sweep_builders import ACCEPTED, form, sweep

from upload_matrix.judge.gate import Gate
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.report import gate_report, json_report, sweep_json

GONE = Outcome(OutcomeKind.REJECTED, 404, code="model_not_found", message="The model does not exist.")


def put(folder, name, run):
    path = folder / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json_report.render(run), "utf-8", errors="backslashreplace")


def write_reports(folder):
    """Three runs of `field-report` (of which the last has another matrix too), a sweep and a gate."""
    put(folder, "2026-01-01", story())
    put(folder, "nightly/2026-02-01", story())
    other = tuple(
        replace(each, matrix="second", id=each.id.replace("field-report", "second")) for each in TUPLE
    )
    last = run_of(replace(HANDLE, outcome=GONE), *TUPLE, *other)
    put(folder, "2026-03-01", replace(last, matrices=("field-report", "second")))
    changed = sweep({"1.0": {"m/a": (form(), ACCEPTED)}, "2.0": {"m/a": (form("b.webp"), ACCEPTED)}})
    (folder / "history.json").write_text(sweep_json.dump(changed), "utf-8")
    (folder / "upgrade.gate.json").write_text(gate_report.dump(Gate("openai", ("3.0",), (), (), 4)), "utf-8")
