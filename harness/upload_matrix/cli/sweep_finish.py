"""The end of a sweep: judged against its baseline, written, and said in a few lines with an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from upload_matrix.cli.sweep_options import SweepOptions
from upload_matrix.judge.certainty import missing
from upload_matrix.judge.gate import Gate, gate
from upload_matrix.judge.regression import FailOn
from upload_matrix.model.sweep import Sweep
from upload_matrix.report import (
    gate_json,
    gate_markdown,
    registry,
    sweep_html,
    sweep_json,
    sweep_markdown,
    sweep_text,
)

UNRESOLVED = 3


@dataclass(frozen=True, slots=True)
class Finished:
    """What is to be printed (``json`` with ``--json``, else ``text``) and the command's exit code."""

    text: str
    exit_code: int
    json: Iterator[str]


def finish(options: SweepOptions, sweep: Sweep, baseline: Sweep | None, width: int) -> Finished:
    """Judge and write a sweep: ``NAME.json`` and ``NAME.md``, with a baseline ``NAME.gate.json`` and so on.

    ``width`` is in columns. Raises OSError when the disk says no.
    """
    folder = Path(options.reports)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [sweep_text.summary(sweep, width)]
    lacking = missing(sweep)
    if options.part is not None and sweep.results:
        # The other releases are other shards' business.
        lacking = replace(lacking, untried=0)
    code = UNRESOLVED if lacking else 0
    written = [
        registry.write_text(folder / f"{options.name}.json", sweep_json.chunks(sweep)),
        registry.write_text(folder / f"{options.name}.md", (sweep_markdown.render(sweep),)),
        registry.write_text(folder / f"{options.name}.html", (sweep_html.render(sweep),)),
    ]
    if baseline is not None:
        judged = gate(baseline, sweep, fail_on=FailOn(options.fail_on))
        lines.insert(0, sweep_text.gate_summary(judged, width))
        code = judged.exit_code
        written += _write_gate(folder, options.name, judged)
    if options.update_baseline and options.baseline is not None:
        if not sweep.counts.measured:
            lines.append(f"{options.baseline} stays as it is: this sweep could measure nothing")
        else:
            written.append(registry.write_text(Path(options.baseline), sweep_json.chunks(sweep)))
    lines += [f"wrote {path}" for path in written]
    return Finished("\n".join(lines), code, sweep_json.chunks(sweep))


def _write_gate(folder: Path, name: str, judged: Gate) -> Iterator[Path]:
    yield registry.write_text(folder / f"{name}.gate.json", gate_json.chunks(judged))
    yield registry.write_text(folder / f"{name}.gate.md", (gate_markdown.render(judged),))
