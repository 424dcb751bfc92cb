"""The HTML reports: one self-contained page each, for people. What they are made of lives in ``html``.

The template engine is loaded only when a page is wanted: every command that lists the formats imports this
file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from upload_matrix.judge.gate import Gate
from upload_matrix.model.client_table import MeasuredClients
from upload_matrix.model.conformance import Conformance
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.reception import ServerReport, ServersReport
from upload_matrix.model.result import Run
from upload_matrix.model.sweep import Sweep
from upload_matrix.report.ab_report import AbDocument
from upload_matrix.report.diagnosis import DiagnosisDocument
from upload_matrix.report.isolation import IsolationDocument
from upload_matrix.report.registry import (
    AB,
    CLIENTS,
    CONFORMANCE,
    DIAGNOSIS,
    GATE,
    ISOLATION,
    RUN,
    SERVER,
    SERVERS,
    SWEEP,
    Report,
)


def chunks(
    run: Run, *, facts: Sequence[CallRecord] = (), baseline: Run | None = None, root: str | None = None
) -> Iterator[str]:
    """The page of a run in pieces; with ``facts``, its live calls, it shows how long they took.

    ``baseline`` is the last green run, against which it holds what is red. ``root`` is the way from the page
    to the folder that lines of matrices are named from: with it they are links.
    """
    from upload_matrix.report.html.run_page import page

    return page(run, facts=facts, baseline=baseline, root=root).chunks()


def render(
    run: Run, *, facts: Sequence[CallRecord] = (), baseline: Run | None = None, root: str | None = None
) -> str:
    """The page of a run as text."""
    return "".join(chunks(run, facts=facts, baseline=baseline, root=root))


def sweep_page(sweep: Sweep) -> str:
    """The page of a sweep."""
    from upload_matrix.report.html import sweep_page

    return sweep_page.render(sweep)


def gate_page(gate: Gate) -> Iterable[str]:
    """The page of a gate, in pieces."""
    from upload_matrix.report.html.gate_page import page

    return page(gate).chunks()


def _ab_page(document: AbDocument) -> Iterable[str]:
    from upload_matrix.report.html import comparison_page

    return comparison_page.ab_chunks(*document.compared)


def _isolation_page(document: IsolationDocument) -> Iterable[str]:
    from upload_matrix.report.html import isolation_page

    return isolation_page.page(document).chunks()


def _diagnosis_page(document: DiagnosisDocument) -> Iterable[str]:
    from upload_matrix.report.html import isolation_page

    return isolation_page.diagnosis_page(document).chunks()


def _conformance_page(document: Conformance) -> Iterable[str]:
    from upload_matrix.report.html import conformance_page

    return conformance_page.program_page(document).chunks()


def _server_page(document: ServerReport) -> Iterable[str]:
    from upload_matrix.report.html import conformance_page

    return conformance_page.server_page(document).chunks()


def _servers_page(document: ServersReport) -> Iterable[str]:
    from upload_matrix.report.html import conformance_page

    return conformance_page.servers_page(document).chunks()


def _clients_page(table: MeasuredClients) -> Iterable[str]:
    from upload_matrix.report.html import conformance_page

    return conformance_page.clients_page(table).chunks()


def _whole(page: Callable[[Any], Iterable[str]]) -> Callable[[Any], str]:
    return lambda document: "".join(page(document))


REPORTS = (
    Report("html", ".html", render, RUN, ("facts", "baseline", "root"), chunks),
    *(
        Report("html", ".html", _whole(page), kind)
        for kind, page in (
            (SWEEP, sweep_page),
            (GATE, gate_page),
            (AB, _ab_page),
            (ISOLATION, _isolation_page),
            (DIAGNOSIS, _diagnosis_page),
            (CONFORMANCE, _conformance_page),
            (SERVER, _server_page),
            (SERVERS, _servers_page),
            (CLIENTS, _clients_page),
        )
    ),
)
