"""Where a stand-in or a gateway spoke, every page says so."""

from __future__ import annotations

from dataclasses import replace

from gateway_builders import BAD, GOOD, MASKED, OWN, RUN
from gateway_builders import REFUSED as BY_GATEWAY
from reports_story import EMULATED, FORWARDED, GENERIC, HANDLE, TUPLE, answered, run_of, story
from test_html_data import Read

from upload_matrix.report import html_report
from upload_matrix.report.html import comparison_page, run_page
from upload_matrix.report.html.run_data import EMULATED as BY_STAND_IN
from upload_matrix.report.html.run_data import GATEWAY, LIVE
from upload_matrix.report.html.wire_data import delta_rows
from upload_matrix.wire.difference import Difference

CHIP = 'class="by-stand-in"'


def test_a_comparison_marks_the_rows_that_a_stand_in_answered():
    live = replace(HANDLE, attempts=(answered(GENERIC, 400, FORWARDED),))
    changed = replace(live, outcome=TUPLE[0].outcome)
    assert CHIP not in comparison_page.render(run_of(live), run_of(changed))
    assert comparison_page.render(run_of(HANDLE), run_of(changed)).count(CHIP) == 1
    emulated = replace(HANDLE, outcome=TUPLE[0].outcome)
    assert comparison_page.render(run_of(HANDLE), run_of(emulated)).count(CHIP) == 2
    # Added cases have a mark, too.
    assert comparison_page.render(run_of(), run_of(HANDLE)).count(CHIP) == 1


def test_the_clients_table_tells_how_many_answers_are_emulated():
    live = replace(HANDLE, id="live", attempts=(answered(GENERIC, 400, FORWARDED),))
    (row,) = run_page.clients(run_of(HANDLE, live)).values["rows"]
    assert (row.answered, row.emulated) == (2, 1)
    assert "1 of 2 <span " + CHIP in html_report.render(run_of(HANDLE, live))
    assert "<td>live</td>" in html_report.render(run_of(live))


def test_the_hop_of_a_case_is_told_crossing_by_crossing():
    read = Read(RUN)
    assert read.columns["hop"] == [0, 1, 2]
    masked, own, plain = (read.row("hops", place) for place in range(3))
    assert masked["says"] == "masked"
    assert not masked["faithful"]
    (crossing,) = masked["crossings"]
    (forwarded,) = crossing["forwarded"]
    assert read.index["wires"][forwarded["form"]] == GOOD.digest
    assert forwarded["rewritings"] == [["masked", "image.content_type"]]
    assert forwarded["findings"] == "repaired: octet-stream"
    assert crossing["answers"][0]["says"] == "live (openai, asked in this run)"
    assert own["crossings"][0]["forwarded"] == []
    # A retry forwards the same once more: one comparison, two answers.
    assert len(plain["crossings"][0]["forwarded"]) == 1
    assert [each["status"] for each in plain["crossings"][0]["answers"]] == [500, 200]


def test_a_run_without_a_gateway_has_no_hop():
    read = Read(story())
    assert set(read.columns["hop"]) == {-1}
    assert "hops.0" not in read.blocks


def test_an_answer_of_the_gateways_own_is_nobody_elses():
    assert Read(RUN).columns["answered"] == [LIVE, GATEWAY, LIVE]
    assert "by a gateway itself" in html_report.render(RUN)
    crossing = MASKED.hop.crossings[0]
    behind = replace(crossing.forwarded[0], source=EMULATED)
    hop = replace(MASKED.hop, crossings=(replace(crossing, forwarded=(behind,)),))
    # What the gateway says rests on what a stand-in said to it.
    reworded = replace(MASKED, hop=hop, attempts=(replace(MASKED.attempts[0], wire=BAD.digest, source=OWN),))
    assert Read(replace(RUN, results=(reworded, BY_GATEWAY))).columns["answered"] == [BY_STAND_IN, GATEWAY]


def test_where_a_stand_in_gave_every_answer_its_sentences_are_marked_as_a_list():
    text = html_report.render(run_of(HANDLE, *TUPLE))
    assert '<ol class="conclusions emulated">' in text
    assert " (emulated).</li>" not in text
    live = replace(TUPLE[0], id="live", attempts=(answered(GOOD, 200, FORWARDED),))
    mixed = html_report.render(run_of(HANDLE, *TUPLE, live))
    assert '<ol class="conclusions emulated">' not in mixed
    assert " (emulated).</li>" in mixed


def test_of_a_digest_a_difference_shows_the_first_digits():
    sha = "0123456789ab" + "c" * 52
    assert delta_rows((Difference("image.content", sha, "asset:png"), Difference("x", f"a{sha}", None))) == [
        ["image.content", "0123456789ab…", "asset:png"],
        ["x", f"a{sha}", None],
    ]
