"""Pages of conformances: how it ended comes first, what fails before what passes, every address once."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from committed_reports import committed
from reports_story import edit, file_part

from upload_matrix.model.conformance import CheckMark, Conformance, ConformanceCheck, ConformanceRun, Tier
from upload_matrix.report.html import conformance_page
from upload_matrix.report.html.page import BAD, GOOD, OPEN
from upload_matrix.report.registry import find
from upload_matrix.report.rendering import read

WIRE = edit(file_part())


def conformance(*marks: CheckMark, expected=()):
    checks = tuple(
        ConformanceCheck(f"check-{number}", Tier.ESSENTIAL, mark) for number, mark in enumerate(marks)
    )
    run = ConformanceRun("plain", checks, attempts=(WIRE.digest,), status=0)
    return Conformance(
        subject="python `up`.py", kind="client", expected=expected, runs=(run,), wires={WIRE.digest: WIRE}
    )


PASSED, FAILED, UNDECIDED = CheckMark.PASSED, CheckMark.FAILED, CheckMark.UNDECIDED


@pytest.mark.parametrize(
    ("document", "headline", "mood"),
    [
        (conformance(PASSED, PASSED), "All 2 checks pass", GOOD),
        (conformance(PASSED), "The check passes", GOOD),
        (conformance(FAILED, PASSED, CheckMark.NOT_OFFERED), "1 of 2 checks fails", BAD),
        (
            conformance(FAILED, CheckMark.NOT_SENT, UNDECIDED),
            "2 of 3 checks fail; 1 check could not be decided",
            BAD,
        ),
        (conformance(UNDECIDED, UNDECIDED, PASSED), "2 checks could not be decided", OPEN),
        (
            conformance(FAILED, PASSED, expected=("plain/check-0",)),
            "Only 1 expected failure of 2 checks",
            GOOD,
        ),
        (conformance(PASSED, expected=("plain/check-0",)), "1 expected failure passes now", BAD),
        (
            replace(conformance(UNDECIDED), runs=(ConformanceRun("plain", ()),)),
            "Nothing was sent in any scenario, so nothing is said",
            OPEN,
        ),
    ],
)
def test_the_headline_says_how_it_ended_as_the_exit_code_does(document, headline, mood):
    page = conformance_page.program_page(document)
    assert (page.headline, page.mood) == (headline, mood)


def test_what_fails_stands_before_all_checks_and_is_marked():
    page = conformance_page.program_page(conformance(PASSED, FAILED))
    assert [section.title for section in page.sections] == ["Summary", "Not as it should be", "Checks"]
    text = "".join(page.chunks())
    assert text.count('<span class="amiss">✗ failed</span>') == 2
    assert "Conformance of a client" in text


@pytest.mark.parametrize("name", ["servers", "gateways", "every-client"])
def test_every_address_of_a_page_is_there_once(name):
    document = read(committed(name).read_text("utf-8"), name)
    text = find(["html"], document.kind)[0].render(document.subject)
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)
