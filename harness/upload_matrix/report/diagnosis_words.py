"""The words that a terminal and Markdown share when they tell of a diagnosis."""

from __future__ import annotations

from upload_matrix.model.diagnosis import Confidence, Diagnosis, Inquiry, Mend, Stand
from upload_matrix.model.money import NOTHING, Money
from upload_matrix.model.money import shown as money
from upload_matrix.report.provenance import NOT_THE_VENDOR
from upload_matrix.report.wording import plural

STANDS = {
    Stand.CAUSE: "✗ the cause",
    Stand.RULED_OUT: "✓ ruled out",
    Stand.OPEN: "? open",
    Stand.NOT_NEEDED: "– not needed",
    Stand.NOT_APPLICABLE: "– not applicable",
}

CONFIDENCES = {
    Confidence.PROVEN: "proven: the cause alone fails, without it the call passes, and the mended call did",
    Confidence.LIKELY: "likely: not everything that would prove it could be shown",
    Confidence.NONE: "none: no cause was found",
}


def cost(calls: int, recorded: int, spent: Money | None) -> str:
    """``2 calls ($0.03), 1 recorded``; a price that is unknown is said to be."""
    if not calls and not recorded:
        return "no call"
    words = [plural(calls, "call")] if calls else []
    if calls and spent != NOTHING:
        words[0] += f" ({'price unknown' if spent is None else money(spent)})"
    if recorded:
        words.append(f"{recorded:,} recorded")
    return ", ".join(words)


def inquiry_cost(inquiry: Inquiry) -> str:
    """What one suspect took."""
    return cost(inquiry.calls, inquiry.recorded, inquiry.spent)


def total(diagnosis: Diagnosis) -> str:
    """What it took altogether, the failing call and the mend included, and who spoke."""
    took = f"Altogether {cost(diagnosis.calls, diagnosis.recorded, diagnosis.spent)}."
    return f"{took} Answers: emulated - {NOT_THE_VENDOR}." if diagnosis.emulated else took


def mend_shown(mend: Mend) -> str:
    """What is known of the mend."""
    by = " by the emulator" if mend.emulated else ""
    if mend.accepted is None:
        return "not tried"
    if not mend.accepted:
        return f"refused too{by}"
    if mend.code_accepted:
        return f"accepted{by}; the program below was run and accepted too"
    return f"the request is accepted{by}"


def bug_report_offer(diagnosis: Diagnosis, source: str | None) -> str | None:
    """The command line that makes a report for the vendor; None where there is nothing to report."""
    if source is None or diagnosis.answer.accepted:
        return None
    return f"upload-matrix bug-report {source}"
