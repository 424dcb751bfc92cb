"""What is red is told in words: which cases, what came instead, and what changed since the last green run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reports_story import ACCEPTED, GENERIC, GOOD, HANDLE, REJECTED, TUPLE, answered, run_of

from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import Place, Verdict, VerdictKind
from upload_matrix.report import json_report, registry
from upload_matrix.report.green import FOLDER, last_green
from upload_matrix.report.red import changed_since, red_groups

CALM = Verdict(VerdictKind.AS_EXPECTED, "rejected 400")
RED = Verdict(VerdictKind.UNEXPECTED, "accepted", "expected accepted", at=Place("matrix/m.yaml", 7))
CLIENTS, CONTAINERS, IMAGES = ("openai", "httpx"), ("handle", "bytesio", "bytes"), ("webp", "png")


def cases(*red, verdict=RED, **changes):
    """A matrix of client x container x image; those that a word of ``red`` names wholly are not as expected."""
    found = []
    for client in CLIENTS:
        for container in CONTAINERS:
            for image in IMAGES:
                name = f"{client}/{container}/{image}"
                bad = any(set(word.split("/")) <= set(name.split("/")) for word in red)
                axes = {"client": client, "container": container, "image": image}
                said = verdict if bad else CALM
                found.append(replace(HANDLE, id=f"m/{name}", matrix="m", axes=axes, verdict=said, **changes))
    return found


def says(results, baseline=None):
    return [group.says for group in red_groups(run_of(*results), baseline)]


@pytest.mark.parametrize(
    ("red", "told"),
    [
        (["bytesio"], ["bytesio: expected accepted, got 400 invalid_value (4 cases)"]),
        (["bytesio", "bytes"], ["bytesio, bytes: expected accepted, got 400 invalid_value (8 cases)"]),
        (["handle/png"], ["handle / png: expected accepted, got 400 invalid_value (2 cases)"]),
        (["m"], []),
        (
            ["bytesio", "handle/png"],
            [
                "bytesio: expected accepted, got 400 invalid_value (4 cases)",
                "handle / png: expected accepted, got 400 invalid_value (2 cases)",
            ],
        ),
        (
            ["handle", "bytesio", "bytes"],
            ["m: expected accepted, got 400 invalid_value (12 cases)"],
        ),
    ],
)
def test_a_group_is_told_by_the_fewest_values_that_pick_it_out(red, told):
    assert says(cases(*red)) == told


def test_cases_that_no_values_pick_out_are_so_many_of_those_that_they_do():
    # Two diagonals: client with container, and image with neither.
    red = ["openai/handle/webp", "httpx/bytesio/png", "openai/bytes/png", "httpx/handle/png"]
    (group,) = red_groups(run_of(*cases(*red)))
    assert group.says == "m: expected accepted, got 400 invalid_value (4 of 12 cases)"
    assert len(group.surprise.results) == 4


def test_what_came_instead_is_told_with_the_servers_words_where_it_was_to_be_rejected_otherwise():
    other = replace(RED, expected="rejected 400 with “no such model”")
    assert says(cases("bytes", verdict=other)) == [
        "bytes: expected rejected 400 with “no such model”, got rejected 400 invalid_value "
        "“Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.” (4 cases)"
    ]
    unsent = Outcome(OutcomeKind.NOT_SENT, detail="ValueError")
    accepted = replace(RED, expected="not_sent")
    assert says(cases("bytes", verdict=accepted)) == [
        "bytes: expected not sent, got 400 invalid_value (4 cases)"
    ]
    assert says(cases("bytes", outcome=unsent)) == ["bytes: expected accepted, got not sent (4 cases)"]


def test_known_failures_that_pass_or_have_expired_say_so():
    passes = replace(RED, kind=VerdictKind.UNEXPECTED_PASS)
    assert says(cases("bytes", verdict=passes)) == [
        "bytes: a known failure passes now: remove its entry (4 cases)"
    ]
    expired = replace(RED, kind=VerdictKind.EXPIRED)
    assert says(cases("bytes", verdict=expired)) == [
        "bytes: a known failure has expired: expected accepted, got 400 invalid_value (4 cases)"
    ]


def test_two_matrices_are_named():
    elsewhere = replace(TUPLE[0], id="second/tuple", matrix="second")
    assert says([*cases("bytes"), elsewhere]) == [
        "m: bytes: expected accepted, got 400 invalid_value (4 cases)"
    ]


# -- since the last green run --


def calm(result, **changes):
    return replace(result, verdict=CALM, **changes)


def test_another_request_is_told_from_another_answer_and_another_expectation():
    sent, told, judged = (cases("bytes/openai/webp")[4], *cases("bytes/openai")[4:6])
    sent = replace(cases("bytes/openai/webp")[4], attempts=(answered(GENERIC, 400),), outcome=REJECTED)
    before = replace(calm(sent), attempts=(answered(GOOD, 200),), outcome=ACCEPTED)
    (group,) = red_groups(run_of(sent), run_of(before))
    assert group.changes == (
        "another request is sent than in the last green run: "
        "`image.content_type: image/webp -> application/octet-stream`",
    )
    before = calm(sent, outcome=ACCEPTED)
    (group,) = red_groups(run_of(sent), run_of(before))
    assert group.changes == ("the same request as in the last green run, which was accepted then",)
    (group,) = red_groups(run_of(sent), run_of(calm(sent)))
    assert group.changes == (
        "came to the same end in the last green run: the expectation changed, or what it depends on",
    )
    assert told.id != judged.id


def test_what_differs_within_a_group_is_counted():
    new, old = cases("bytes"), cases()[:10]
    (group,) = red_groups(run_of(*new), run_of(*(calm(each, outcome=ACCEPTED) for each in old)))
    assert group.changes == (
        "2 cases: the same request as in the last green run, which was accepted then",
        "2 cases: not among the cases of the last green run",
    )


def test_other_versions_are_named():
    run = run_of(HANDLE)
    (first, *_) = run.environments
    older = replace(run, environments=(replace(first, clients={"openai": "3.53.0"}),))
    run = replace(run, environments=(replace(first, clients={"openai": "3.54.0"}),))
    assert changed_since(run, older) == "Since the last green run: openai 3.53.0 -> 3.54.0."
    assert changed_since(run, run) is None


def test_a_red_report_puts_the_green_one_before_it_aside_and_keeps_it(tmp_path):
    green, red = run_of(*cases()), run_of(*cases("bytes"))
    report = tmp_path / "latest.json"
    assert last_green(red, report) is None
    registry.write(green, tmp_path, "latest", ["json"])
    assert last_green(green, report) is None
    assert report.exists()
    for _ in range(2):
        found = last_green(red, report)
        assert found is not None
        assert [result.id for result in found.results] == [result.id for result in green.results]
        registry.write(red, tmp_path, "latest", ["json"])
    assert [path.name for path in (tmp_path / FOLDER).iterdir()] == ["latest.json"]
    assert json_report.load(report.read_text("utf-8"), "latest").results == red.results


@pytest.mark.parametrize("text", ["", "{", '{"format": "upload-matrix report", "summary": 1}', "[]"])
def test_a_file_that_is_no_green_run_is_none(tmp_path, text):
    report = tmp_path / "latest.json"
    report.write_text(text, "utf-8")
    assert last_green(run_of(*cases("bytes")), report) is None
    assert report.read_text("utf-8") == text


def test_a_green_run_of_other_cases_says_nothing(tmp_path):
    registry.write(run_of(*TUPLE), tmp_path, "latest", ["json"])
    assert last_green(run_of(*cases("bytes")), tmp_path / "latest.json") is None
