"""What a bug report says of the gateway that the call took, as Markdown ready to stand in a template."""

from __future__ import annotations

from upload_matrix.bugreport.messages import request_text
from upload_matrix.bugreport.story import Story
from upload_matrix.model.hop import Forwarded
from upload_matrix.model.story import GatewayTold
from upload_matrix.report.gateway import HEADER, distinct, findings_line, headline, rewriting_rows
from upload_matrix.report.gateway import told as crossing_told
from upload_matrix.report.markdown_escape import code, fenced, prose, table

ROWS = 40
"""Differences that a table shows."""


def faithful(story: Story) -> bool:
    """Whether no gateway stands between what was sent and who judged it, or one that changes nothing."""
    return story.gateway is None or story.gateway.hop.faithful


def in_short(story: Story) -> str:
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


def section(story: Story) -> str:
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
    blocks = [table(HEADER, cells) if cells else "It is forwarded part by part as it was sent."]
    if len(rows) > ROWS:
        blocks.append(f"and {len(rows) - ROWS:,} more")
    line = findings_line(forwarded)
    blocks += [prose(f"Findings {line}.")] if line is not None else []
    if number <= count:
        text = fenced(request_text(gateway.forwarded[number - 1]).rstrip("\n"), "http")
        wire = code(forwarded.wire)
        blocks.append(f"<details><summary>{name} (wire form {wire})</summary>\n\n{text}\n\n</details>")
    return blocks


def _value(value: str | None) -> str:
    return "*none*" if value is None else code(value)


def setting_up(story: Story) -> tuple[str, ...]:
    """The steps before the call: the gateway, and where it forwards to."""
    gateway = story.gateway
    if gateway is None:
        return ()
    upstream = f"forwarding to {code(gateway.upstream)}"
    if gateway.command is None:
        return (f"Have the gateway {code(gateway.hop.gateway)} run, {upstream}.",)
    return (f"Start the gateway, {upstream}: {code(gateway.command)}",)
