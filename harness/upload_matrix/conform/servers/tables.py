"""What ``conform servers`` and ``conform gateways`` do: all that are known here, measured and told."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

from upload_matrix.conform.conforming import report_files
from upload_matrix.conform.servers.subjects import measure_all, named
from upload_matrix.model.errors import Exit
from upload_matrix.report import registry
from upload_matrix.report.document import terminal
from upload_matrix.report.server_report import in_short
from upload_matrix.report.streams import columns, say


@dataclass(frozen=True, slots=True)
class SubjectTableOptions:
    """The commands' options, under their own names."""

    names: tuple[str, ...] = ()
    install: bool = False
    outputs: tuple[str, ...] = ()
    show: bool = False
    as_json: bool = False


def run_table(kind: Literal["server", "gateway"], options: SubjectTableOptions) -> int:
    """Measure them; the exit code. Raises ConfigurationError."""
    wanted = named(kind, options.names)
    files = report_files(registry.SERVERS, options.outputs, show=options.show)
    report = measure_all(kind, wanted, say, may_install=options.install)
    files.write(report)
    if options.as_json:
        (as_json,) = registry.find(["json"], registry.SERVERS)
        sys.stdout.write(as_json.render(report))
    else:
        sys.stdout.write(terminal(in_short(report), columns()))
    return Exit.OK if report.subjects else Exit.UNRESOLVED
