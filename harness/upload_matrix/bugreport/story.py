"""A failure with all that a bug report is made of.

It is put together from a case, a saved request or a diagnosis. Nothing in it is secret any more: headers and
texts were cleaned before they came here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from upload_matrix.model.answer import Answer, Provenance
from upload_matrix.model.outcome import ClientReport, Outcome
from upload_matrix.model.result import Environment, Finding
from upload_matrix.model.story import Call, GatewayTold, KnownCall, Partner, Told
from upload_matrix.report.diagnosis import DiagnosisDocument


@dataclass(frozen=True, slots=True)
class Story:
    """A failure. ``base_url`` is the API's root as a vendor's reader would reach it, ``root`` its path.

    ``call`` is None when only a request is known and not what wrote it. ``key_header`` is name and value of
    the header with the key, ``{key}`` in the key's place. ``started`` is when the run began (ISO 8601),
    ``platform`` the operating system it ran on; both None when not recorded. ``remarks`` are further
    sentences of ours. ``gateway`` is what the call went through: ``told`` is then what was sent to it,
    ``base_url`` its own. ``diagnosis`` is what was found out about it.
    """

    id: str
    target: str
    base_url: str
    root: str
    outcome: Outcome
    said: ClientReport
    told: tuple[Told, ...]
    call: Call | None = None
    expected: str | None = None
    axes: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    environment: Environment | None = None
    platform: str | None = None
    started: str | None = None
    partner: Partner | None = None
    frequency: tuple[str, ...] = ()
    calls: tuple[KnownCall, ...] = ()
    remarks: tuple[str, ...] = ()
    key_header: tuple[str, str] = ("Authorization", "Bearer {key}")
    gateway: GatewayTold | None = None
    diagnosis: DiagnosisDocument | None = None

    @property
    def emulated(self) -> bool:
        """Whether a stand-in gave any of the answers, those to a gateway included."""
        behind = () if self.gateway is None else self.gateway.forwarded
        return any(
            isinstance(each.reply, Answer) and each.reply.source.provenance is Provenance.EMULATED
            for each in (*self.told, *behind)
        )
