"""The sentences, lists and tables of a bug report, each as Markdown that is ready to stand in a template."""

from __future__ import annotations

from collections.abc import Sequence

from upload_matrix import __version__, vendors
from upload_matrix.bugreport import evidence
from upload_matrix.bugreport.evidence import answer_text, request_text
from upload_matrix.bugreport.story import LIBRARY_KINDS, Story
from upload_matrix.inspect.calls import caller_of
from upload_matrix.judge.phrases import phrase
from upload_matrix.model.answer import Answer
from upload_matrix.model.case import NOT_APPLICABLE, OPTIONAL_AXES
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.story import Told, Tried
from upload_matrix.report.markdown_escape import code, fenced, marked, prose, table
from upload_matrix.report.wording import (
    answer_fields,
    head,
    heading,
    is_python,
    of_source,
    other_body,
    request_line,
    rows,
)
from upload_matrix.wire.media import extension

NOT_RECORDED = "not recorded"
OPERATION = "operation"

IN_SENTENCE = 4
"""Differences that a sentence names."""

ROWS = 40
"""Parts and differences that a table shows: some clients send a part per byte."""


def answers(story: Story) -> str:
    """Who answered, each once."""
    sources = (of_source(each.reply.source) for each in story.told if isinstance(each.reply, Answer))
    return prose("; ".join(dict.fromkeys(sources)) or "none")


def whose(story: Story, tried: Sequence[Tried]) -> str:
    """Why this is the library's affair, or why that is left open."""
    kind = story.outcome.kind
    if kind is OutcomeKind.NOT_SENT:
        return "The client raises before a request is sent, so no server has a part in it."
    if kind is OutcomeKind.UNPARSED:
        return "The server answered with success, and the client could not read the answer."
    if not evidence.faithful(story):
        return (
            "A gateway stands between the library and the server, and what it forwards is not "
            "what the library sent, or the answer is its own. See what the gateway made of it, below."
        )
    if kind is OutcomeKind.ALTERED:
        return "Nothing but the client's own retry changed the upload; the call reports success."
    same = [
        each.file
        for each in tried
        if each.file in ("repro_rest.py", "repro.sh") and each.verified.verdict.value == "identical"
    ]
    says = "Not ticked: a server gave this answer. What the library decides is what is sent."
    if same:
        says += (
            f" The same request without the library ({', '.join(code(file) for file in same)}) is verified"
            " identical, so a server cannot tell the two apart."
        )
    return says


def summary(story: Story) -> str:
    """What was called, with what, and what became of it."""
    axes = ", ".join(
        f"{name} {code(value)}"
        for name, value in story.axes.items()
        if value not in (NOT_APPLICABLE, OPTIONAL_AXES.get(name)) and name != OPERATION
    )
    outcome = code(heading(story.outcome))
    if story.call is None:
        return f"The request of {code(story.id)} ends as {outcome}."
    return f"{code(story.call.operation.name)} ends as {outcome}" + (f" with {axes}." if axes else ".")


def said(story: Story) -> str:
    """The server's words, field by field, and what they leave out."""
    lines = [f"- {name}: {code(value)}" for name, value in answer_fields(story.outcome)]
    if story.outcome.detail:
        lines.append(f"- {prose(story.outcome.detail)}")
    return "\n".join(lines) or "Nothing was answered."


def partner(story: Story) -> str:
    """In a sentence: what is done otherwise where it passes, and what differs on the wire."""
    near = story.partner
    if near is None:
        return ""
    axes = ", ".join(
        f"{name} {code(passing)} instead of {code(failing)}" for name, passing, failing in near.axes
    )
    who = " (emulated)" if near.emulated else ""
    first = f"With {axes} it passes{who}" if axes else f"The case {code(near.id)} passes{who}"
    if not near.deltas:
        return f"{first}."
    shown = near.deltas[:IN_SENTENCE]
    deltas = "; ".join(
        f"{marked(phrase(delta.where))}: {_value(delta.before)} passes, {_value(delta.after)} does not"
        for delta in shown
    )
    more = len(near.deltas) - len(shown)
    alone = "the only difference on the wire is" if len(near.deltas) == 1 else "on the wire differ"
    return f"{first}; {alone} {deltas}" + (f"; and {more} more." if more else ".")


def _value(value: str | None) -> str:
    return "none" if value is None else code(value)


def steps(story: Story) -> tuple[str, ...]:
    """What a reader does, in order."""
    run = _main_file(story)
    ends = f"It ends as {code(heading(story.outcome))}"
    if story.outcome.kind in (OutcomeKind.UNPARSED, OutcomeKind.ALTERED):
        address = f"OPENAI_BASE_URL=http://127.0.0.1:8787{story.root} OPENAI_API_KEY=dummy"
        return (
            f"In one terminal: {code('python server.py')}, which gives the answers as they were seen.",
            f"In another: {code(f'{address} {run}')}",
            f"{ends}; the server prints each request it is sent.",
        )
    if story.outcome.kind is OutcomeKind.NOT_SENT:
        return (f"Run {code(f'OPENAI_API_KEY=dummy {run}')}; no server is reached.", f"{ends}.")
    if story.gateway is not None:
        # What a gateway wants for its key is its own affair: the call is made with the variable all the same.
        return (
            *evidence.setting_up(story),
            f"Run {code(f'OPENAI_BASE_URL={story.base_url} OPENAI_API_KEY=... {run}')}.",
            f"{ends}.",
        )
    key = "AZURE_OPENAI_API_KEY" if story.call and story.call.client == "azure" else "OPENAI_API_KEY"
    return (
        f"Set {code(key)}; the API is that under {code(story.base_url)}.",
        f"Run {code(run)}.",
        f"{ends}.",
    )


def _main_file(story: Story) -> str:
    client = story.call.client if story.call is not None else ""
    if client.startswith("node"):
        return "node repro.mjs"
    return "python repro.py" if client.startswith(("openai", "azure")) else "python repro_rest.py"


def repros(tried: Sequence[Tried]) -> str:
    """The table of repros with what running each showed."""
    lines = []
    for each in tried:
        says = each.verified.says + (f"; {each.verified.ends}" if each.verified.ends else "")
        lines.append((code(each.file), prose(each.script.summary) if each.script else "", prose(says)))
    return table(("file", "what it does", "run before this was written"), lines)


def attempt(number: int, told: Told, count: int) -> dict[str, str]:
    """One attempt: heading, parts, the request as text and the answer."""
    name = f"Request {number} of {count}" if count > 1 else "The request"
    return {
        "heading": f"{name} (wire form {code(told.wire.digest)})",
        "parts": parts(told),
        "request": fenced(request_text(told).rstrip("\n"), "http"),
        "answer": fenced(answer_text(told).rstrip("\n"), "http"),
    }


def parts(told: Told) -> str:
    """The request line, and a row for each part."""
    wire = told.wire
    line = code(request_line(wire))
    if wire.parts is None:
        line += f"\n\n{fenced(other_body(wire) or '', 'json' if wire.json is not None else 'text')}"
    found = rows(wire)
    if wire.parts is None and not found:
        return line
    cells = [[code(value) if value else "" for value in row] for row in found[:ROWS]]
    more = f"\n\nand {len(found) - ROWS:,} more" if len(found) > ROWS else ""
    return f"{line}\n\n{table(head(wire), cells)}{more}"


def client(story: Story) -> str:
    """The exceptions with their causes, or the type that was returned; "" when not known."""
    if story.said.raised:
        return fenced("\n".join(f"{each.name}: {each.message}" for each in story.said.raised))
    return f"It returned {code(story.said.returned)}." if story.said.returned else ""


def pair(story: Story) -> str:
    """The A/B pair: both requests' differences, part by part."""
    near = story.partner
    if near is None:
        return ""
    who = " (emulated)" if near.emulated else ""
    lines = [f"{code(near.id)}: {code(heading(near.outcome))}{who}"]
    cells = [
        (marked(phrase(delta.where)), _value(delta.before), _value(delta.after)) for delta in near.deltas
    ]
    if cells:
        lines.append(table(("what differs", "passes", "fails"), cells))
        if len(near.deltas) > ROWS:
            lines.append(f"and {len(near.deltas) - ROWS:,} more")
    elif story.told:
        lines.append("Both send the same request.")
    else:
        lines.append("The failing case sends nothing, so there are no requests to compare.")
    if near.note:
        lines.append(prose(near.note))
    if near.told is not None:
        lines.append(f"Its request and answer are in the folder {code('passing/')}.")
    return "\n\n".join(lines)


def findings(story: Story) -> str:
    """What the wire says by itself, with the fix."""
    lines = []
    for each in story.findings:
        fix = f"\n{fenced(each.fix, 'python')}".replace("\n", "\n  ") if is_python(each.fix) else ""
        words = f"- {code(each.code)}: {marked(each.says)}"
        lines.append(words + (fix or f" {marked(each.fix)}"))
    return "\n".join(lines)


def _headers(story: Story) -> dict[str, str]:
    """The failing request's own, by lower-case name: what a client says of itself where no run noted more."""
    return {name.lower(): value for name, value in story.told[0].headers} if story.told else {}


def operating_system(story: Story) -> str:
    """For the form's field."""
    said = _headers(story)
    own = " ".join(filter(None, (said.get("x-stainless-os"), said.get("x-stainless-arch"))))
    return prose(story.platform or own) or NOT_RECORDED


def runtime(story: Story) -> str:
    """For the form's field: ``Python v3.11.7``, or Node's version."""
    found = story.environment
    if found is None:
        raw = [
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, value in _headers(story).items()
        ]
        return prose(caller_of(raw).runtime or "") or NOT_RECORDED
    return prose(found.python) if found.python.startswith("node") else prose(f"Python v{found.python}")


def library(story: Story) -> str:
    """For the form's field: ``openai v3.54.0``; of other clients, what they are made of."""
    clients = story.environment.clients if story.environment else {}
    if story.environment is None:
        return prose(_headers(story).get("user-agent", "")) or NOT_RECORDED
    if "openai" in clients:
        return prose(f"openai v{clients['openai']}")
    return prose(", ".join(f"{name} {version}" for name, version in clients.items())) or NOT_RECORDED


def environment(story: Story) -> str:
    """Everything that is known of where it failed."""
    lines = [f"- OS: {operating_system(story)}", f"- runtime: {runtime(story)}"]
    found = story.environment
    if found is not None:
        versions = ", ".join(f"{name} {version}" for name, version in found.clients.items())
        lines.append(f"- libraries: {prose(versions) if versions else NOT_RECORDED}")
        for ending in dict.fromkeys(extension(file.name) for file in story.call.files) if story.call else ():
            if ending in found.guesses:
                guess = found.guesses[ending]
                knows = "nothing" if guess is None else code(guess)
                lines.append(f"- the mime table there makes {knows} of {code(ending)}")
    lines.append(f"- when: {prose(story.started) if story.started else NOT_RECORDED}")
    lines.append(f"- asked: {code(story.target)}")
    lines.append(f"- written by upload-matrix {__version__}")
    return "\n".join(lines)


def ask_live(story: Story) -> str:
    """The command by which the vendor's own server is asked, in place of a stand-in."""
    if story.call is None:
        return f"upload-matrix diagnose {story.id} --target {vendors.usual().target}"
    return f"upload-matrix run --target {vendors.usual().target} --record-mode once"


def calls(story: Story) -> str:
    """The request ids a vendor finds the calls by; "" when there are none."""
    if not story.calls:
        return ""
    cells = [
        (
            code(each.request_id),
            str(each.status or ""),
            prose(each.at or (f"in the run begun {story.started}" if story.started else "")),
            "" if each.seconds is None else f"{each.seconds:.2f} s",
        )
        for each in story.calls
    ]
    return table(("request id", "status", "when", "took"), cells)


def is_library(story: Story) -> bool:
    """Whether the library alone brings the outcome about."""
    return story.outcome.kind in LIBRARY_KINDS
