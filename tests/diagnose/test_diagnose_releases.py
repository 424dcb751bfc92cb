"""Suspect 2: other releases are run offline; where one cannot be had, nothing is said of it."""

import sys
from dataclasses import replace

from diagnose_world import File, asking, bench_of, edit

from upload_matrix.diagnose.steps import other_releases
from upload_matrix.environments.interpreters import INSTALLED, Located
from upload_matrix.model.diagnosis import Stand
from upload_matrix.model.errors import UnavailableError

SDK_EDIT = edit(File(), text=(("prompt", "a hat"), ("model", "gpt-image-1")))
"""Its fields in the order in which the SDK writes them."""


def locate(seat):
    """Release 9.9.9 is what is installed here; no other can be had."""
    if seat.sdk in (INSTALLED, "9.9.9"):
        return Located(sys.executable)
    raise UnavailableError(f"openai {seat.sdk} is not here")


def look(tmp_path, request, *releases, **more):
    with asking(tmp_path) as asker:
        bench = bench_of(asker, request, tmp_path, releases=releases, **more)
        bench.settings = replace(bench.settings, locate=locate)
        found = other_releases(bench)
        assert asker.tally().calls == 0
    return found


def test_a_release_that_sends_the_same_rules_the_sdk_out(tmp_path):
    found = look(tmp_path, SDK_EDIT, "9.9.9", "8.8.8")
    assert found.stand is Stand.RULED_OUT, found
    assert found.tried[0] == "9.9.9: sends the same"
    assert "8.8.8 is not here" in found.tried[1]


def test_a_request_that_the_sdk_here_does_not_make_is_not_compared(tmp_path):
    found = look(tmp_path, edit(File(filename="odd name.bin")), "9.9.9", container="bytesio")
    assert found.stand is Stand.OPEN
    assert "sends something else" in found.says


def test_another_client_has_no_release_of_the_sdk(tmp_path):
    assert look(tmp_path, edit(File()), "9.9.9", client="curl").stand is Stand.NOT_APPLICABLE
