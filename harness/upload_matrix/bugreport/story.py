"""A failure with all that a bug report is made of.

It is put together from a case, a saved request or a diagnosis. Nothing in it is secret any more: headers and
texts were cleaned before they came here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from upload_matrix import vendors
from upload_matrix.model.answer import Answer, Provenance
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind
from upload_matrix.model.result import Environment, Finding
from upload_matrix.model.story import Call, GatewayTold, KnownCall, Partner, Told
from upload_matrix.report.diagnosis import DiagnosisDocument
from upload_matrix.report.gateway import headline
from upload_matrix.report.visible import visible
from upload_matrix.report.wording import heading


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


# -- what a report and its scripts are called --


LIBRARY_KINDS = frozenset({OutcomeKind.NOT_SENT, OutcomeKind.UNPARSED, OutcomeKind.ALTERED})
"""Outcomes that the client brings about by itself, whatever the server says."""

_WHAT = {
    OutcomeKind.NOT_SENT: "is not sent: the client raises before",
    OutcomeKind.UNPARSED: "succeeds, but the client cannot read the answer",
    OutcomeKind.ALTERED: "succeeds after a retry that sent another upload",
    OutcomeKind.IGNORED: "is accepted, and the model is given nothing of the file",
    OutcomeKind.REJECTED: "is rejected",
    OutcomeKind.INCONCLUSIVE: "gets no usable answer",
}


def title(story: Story) -> str:
    """``images.edit with a bytesio is rejected (400 invalid_value)``, fit for one line."""
    call = story.call
    if call is None:
        subject = f"{story.told[-1].wire.method} {story.told[-1].wire.path}" if story.told else story.id
    else:
        files = ", ".join(dict.fromkeys(file.container for file in call.files))
        subject = call.operation.name + (f" with {files}" if files else "")
    if story.gateway is not None and story.gateway.hop.effects:
        # Whatever became of it: the gateway is whom this report is for.
        hop = story.gateway.hop
        return visible(f"{hop.gateway}: {subject} is not forwarded as it was sent ({headline(hop)})")
    what = _WHAT.get(story.outcome.kind, heading(story.outcome))
    words = heading(story.outcome).removeprefix(story.outcome.kind.value).strip()
    return visible(f"{subject} {what}" + (f" ({words})" if words else ""))


def mark(story: Story) -> str:
    """The line that a script of an emulated case begins with, "" for a live one."""
    if not story.emulated:
        return ""
    return "The answers seen were EMULATED by upload-matrix: they are not the vendor's words."


# -- where a request goes, as code writes it: base URL and key from the environment --


AZURE = "azure"


@dataclass(frozen=True, slots=True)
class Where:
    """``url_variable`` and ``key_variable`` are environment variables; ``default`` stands where the first is
    not set, None when it must be. ``suffix`` follows the base URL. ``header`` and ``credential`` (with
    ``{key}`` in it) are the header with the key."""

    url_variable: str
    default: str | None
    key_variable: str
    suffix: str
    header: str
    credential: str


def where(story: Story, told: Told) -> Where:
    """The place of one request."""
    wire = told.wire
    query = f"?{wire.query}" if wire.query else ""
    vendor = vendors.usual()
    variables, deployments = vendor.variables, vendor.deployments
    if deployments and variables.endpoint and wire.path.startswith(f"{deployments.below}/"):
        key = variables.endpoint_key or variables.key
        return Where(variables.endpoint, None, key, wire.path + query, *vendor.endpoint_key_header)
    suffix = wire.path.removeprefix(story.root) + query
    return Where(variables.base_url, story.base_url, variables.key, suffix, *story.key_header)
