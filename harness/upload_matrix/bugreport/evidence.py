"""The evidence in a bug report: requests and answers as text, what a gateway did, a diagnosis."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from upload_matrix.bugreport.story import Story
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.hop import Forwarded
from upload_matrix.model.story import GatewayTold, Told
from upload_matrix.report.diagnosis import CONFIDENCES, STANDS, fix_shown, total
from upload_matrix.report.gateway import HEADER, distinct, findings_line, headline, rewriting_rows
from upload_matrix.report.gateway import told as crossing_told
from upload_matrix.report.har import STATUS_PHRASES
from upload_matrix.report.isolation import FATES, HOW, IsolationDocument
from upload_matrix.report.markdown_escape import code, fenced, marked, prose, table
from upload_matrix.report.visible import visible, visible_lines
from upload_matrix.report.wording import of_source, plural, shorten

BODY_SHOWN = 20_000
"""Characters of a request or an answer that are shown."""


def request_text(told: Told) -> str:
    """The request: its head as sent, without secrets, and its parts; files by size and digest."""
    wire = told.wire
    query = f"?{wire.query}" if wire.query else ""
    lines = [f"{wire.method} {visible(wire.path + query)} HTTP/1.1"]
    lines += [f"{visible(name)}: {visible(value)}" for name, value in told.headers]
    lines.append("")
    lines += _parts(told) if told.parts is not None else _body(told.body)
    if not told.complete:
        lines.append(f"(it breaks off here: {visible(wire.fault or 'the client closed the connection')})")
    return _shortened("\n".join(lines)) + "\n"


def _shortened(text: str) -> str:
    if len(text) <= BODY_SHOWN:
        return text
    return f"{text[:BODY_SHOWN]}\n({len(text) - BODY_SHOWN:,} characters more)"


def _parts(told: Told) -> Iterator[str]:
    for part, content in told.parts or ():
        yield "--(boundary)"
        yield f"Content-Disposition: {visible(part.disposition)}"
        if part.content_type is not None:
            yield f"Content-Type: {visible(part.content_type)}"
        yield from (f"{visible(name)}: {visible(value)}" for name, value in part.headers)
        yield ""
        if part.is_file or part.text is None:
            known = f", {part.format}" if part.format else ""
            yield f"({len(content):,} bytes{known}, sha256 {part.sha256})"
        else:
            yield from visible_lines(part.text)
    yield "--(boundary)--"


def _body(body: bytes) -> list[str]:
    if not body:
        return []
    try:
        return visible_lines(body.decode("utf-8"))
    except UnicodeDecodeError:
        return [f"({len(body):,} bytes)"]


def answer_text(told: Told) -> str:
    """The answer with who gave it on top; for no answer, why there is none."""
    reply = told.reply
    if isinstance(reply, NoAnswer):
        return f"(no answer: {visible(reply.says)})\n"
    lines = [f"({visible(of_source(reply.source, reply.rule))})"]
    if not told.kept:
        lines.append("(the answer itself was not kept: these are the fields that the report holds)")
    lines.append(f"HTTP/1.1 {reply.status} {STATUS_PHRASES.get(reply.status, '')}".rstrip())
    lines += [f"{visible(name)}: {visible(value)}" for name, value in reply.headers]
    lines.append("")
    return _shortened("\n".join([*lines, *_body(reply.body)])).rstrip("\n") + "\n"


def answers_json(replies: list[Answer | NoAnswer]) -> str:
    """The replies in order, for ``server.py`` to give again."""
    document = [_reply(reply) for reply in replies]
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _reply(reply: Answer | NoAnswer) -> dict[str, object]:
    if isinstance(reply, NoAnswer):
        return {"reset": True} if reply.why is Silence.RESET else {"status": 503, "headers": [], "body": ""}
    left_out = {"content-length", "transfer-encoding", "connection"}
    return {
        "status": reply.status,
        "headers": [list(pair) for pair in reply.headers if pair[0].lower() not in left_out],
        "body": base64.b64encode(reply.body).decode(),
    }


# -- the gateway that the call took, as Markdown ready to stand in a template --


ROWS = 40
"""Differences that a table shows."""


def faithful(story: Story) -> bool:
    """Whether no gateway stands between what was sent and who judged it, or one that changes nothing."""
    return story.gateway is None or story.gateway.hop.faithful


def gateway_in_short(story: Story) -> str:
    """A sentence for the description; "" without a gateway."""
    if story.gateway is None:
        return ""
    hop = story.gateway.hop
    name = f"The call went through the gateway {code(hop.gateway)}"
    if hop.faithful:
        return f"{name}, which passed it on unchanged: the verdict is the target's."
    return (
        f"{name}: {prose(headline(hop))}. A verdict holds for what was forwarded, not for what was sent; "
        "both are shown below."
    )


def gateway_section(story: Story) -> str:
    """Who answered, each difference of what was sent and what was forwarded, and the forwarded requests."""
    gateway = story.gateway
    if gateway is None:
        return ""
    hop = gateway.hop
    blocks = [
        f"client, tap, gateway {code(hop.gateway)}, second tap, target. The requests above are those that "
        "the client sent to the gateway."
    ]
    place = 0
    for number, crossing in enumerate(hop.crossings, 1):
        opening = f"Request {number}: " if len(hop.crossings) > 1 else ""
        blocks.append(prose(f"{opening}{crossing_told(crossing)}."))
        for attempt, forwarded in distinct(crossing.forwarded):
            blocks += _forwarded(gateway, forwarded, place + attempt)
        place += len(crossing.forwarded)
    return "\n\n".join(blocks)


def _forwarded(gateway: GatewayTold, forwarded: Forwarded, number: int) -> list[str]:
    count = len(gateway.forwarded)
    name = f"Forwarded request {number} of {count}" if count > 1 else "The forwarded request"
    rows = rewriting_rows(forwarded)
    cells = [[prose(what), code(where), _value(sent), _value(new)] for where, sent, new, what in rows[:ROWS]]
    blocks = [table(HEADER, cells) if cells else "It is forwarded as it was sent."]
    if len(rows) > ROWS:
        blocks.append(f"and {len(rows) - ROWS:,} more")
    line = findings_line(forwarded)
    blocks += [prose(f"Findings {line}.")] if line is not None else []
    if number <= count:
        text = fenced(request_text(gateway.forwarded[number - 1]).rstrip("\n"), "http")
        wire = code(forwarded.wire)
        blocks.append(f"<details><summary>{name} (wire form {wire})</summary>\n\n{text}\n\n</details>")
    return blocks


def _value(value: str | None, longest: int | None = None) -> str:
    if value is None:
        return "*none*"
    return code(value if longest is None else shorten(value, longest))


def setting_up(story: Story) -> tuple[str, ...]:
    """The steps before the call: the gateway, and where it forwards to."""
    gateway = story.gateway
    if gateway is None:
        return ()
    upstream = f"forwarding to {code(gateway.upstream)}"
    if gateway.command is None:
        return (f"Have the gateway {code(gateway.hop.gateway)} run, {upstream}.",)
    return (f"Start the gateway, {upstream}: {code(gateway.command)}",)


# -- what was diagnosed, as Markdown ready to stand in a template --


_LONGEST_VALUE = 80

_FILES = {"python": "fix.py", "javascript": "fix.mjs", "sh": "fix.sh"}


def fix_file(story: Story) -> tuple[str, str] | None:
    """Name and text of the program that makes the fixed call; None where there is none."""
    fix = None if story.diagnosis is None else story.diagnosis.diagnosis.fix
    if fix is None or fix.code is None:
        return None
    return _FILES.get(fix.language or "", "fix.txt"), fix.code


def remarks(story: Story) -> Iterator[str]:
    """The cause, how sure that is, the fix and what is left, a paragraph each."""
    if story.diagnosis is None:
        return
    diagnosis = story.diagnosis.diagnosis
    yield f"**{marked(diagnosis.verdict)}** Confidence: {prose(CONFIDENCES[diagnosis.confidence])}."
    for says in diagnosis.notes:
        yield f"In the code: {marked(says)}."
    if diagnosis.fix is not None:
        yield f"Fix: {marked(diagnosis.fix.says)}; {prose(fix_shown(diagnosis.fix))}."
    if diagnosis.unexplained:
        yield "What remains: " + " ".join(marked(says) for says in diagnosis.unexplained)


def diagnosis_section(story: Story) -> str:
    """The suspects, the isolation with its differences and questions, the fix's program."""
    if story.diagnosis is None:
        return ""
    diagnosis, isolation = story.diagnosis.diagnosis, story.diagnosis.isolation
    rows = [
        (str(each.number), prose(each.name), STANDS[each.stand], marked(each.says))
        for each in diagnosis.inquiries
    ]
    blocks = [table(("", "suspect", "", "what follows"), rows), prose(total(diagnosis))]
    blocks += _isolation(isolation) if isolation is not None else []
    fix = diagnosis.fix
    if fix is not None and fix.code is not None:
        blocks += [f"The fixed call: {marked(fix.says)} ({prose(fix_shown(fix))})."]
        blocks += [fenced(fix.code.rstrip("\n"), fix.language or "text")]
    return "\n\n".join(blocks)


def _isolation(isolation: IsolationDocument) -> Iterator[str]:
    passing = isolation.passing
    yield f"Isolated between this request and {code(passing.name)} ({prose(HOW[passing.how])}):"
    yield table(
        ("difference", "passing", "failing", ""),
        [
            (
                marked(each.subject),
                _value(each.passing, _LONGEST_VALUE),
                _value(each.failing, _LONGEST_VALUE),
                _fate(each.fate),
            )
            for each in isolation.changes
        ],
    )
    yield table(
        ("asked with the failing", "answer"),
        [
            (
                ", ".join(map(code, each.changes)) or "*nothing: the passing request*",
                prose(each.vote + (f" ({said})" if (said := each.signature or each.says) else "")),
            )
            for each in isolation.asked
        ],
    )
    counts = isolation.counts
    took = f"The search took {counts.searched} of at most {plural(counts.bound, 'question')}."
    yield " ".join([took, *(_shown(cause.necessary) for cause in isolation.causes)])


def _shown(necessary: bool | None) -> str:
    if necessary:
        return (
            "The cause is sufficient (the passing request with it fails) and necessary (without it this one "
            "passes)."
        )
    if necessary is None:
        return "The cause is sufficient; whether it is necessary stayed open."
    return "The cause is sufficient; without it this request fails too."


def _fate(fate: str) -> str:
    return prose(FATES.get(fate, fate))
