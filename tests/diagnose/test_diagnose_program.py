"""Programs that send a form: what is written, and what is not written for safety."""

import pytest
from diagnose_world import File, edit

from upload_matrix.judge.fix_code import program

GOOD = File(filename="a.webp", type="image/webp")


def test_a_list_is_written_for_the_array_notation():
    wire = edit(File("image[]", "a.webp", "image/webp"), File("image[]", "b.webp", "image/webp")).wire
    written = program("openai", wire)
    assert 'image=[("a.webp", Path("image.webp").read_bytes(), "image/webp"), ("b.webp"' in written.code
    digests = [part.sha256 for part in wire.parts if part.is_file]
    assert list(written.files.items()) == list(zip(["image.webp", "image2.webp"], digests, strict=True))


def test_numbers_and_switches_are_written_as_such():
    code = program("openai", edit(GOOD, n="2", stream="true").wire).code
    assert "n=2," in code
    assert "stream=True," in code
    assert 'prompt="a hat",' in code


def test_node_is_written_too():
    code = program("node-openai", edit(GOOD).wire).code
    assert 'image: await toFile(fs.readFileSync("image.webp"), "a.webp", { type: "image/webp" }),' in code


@pytest.mark.parametrize(
    "request_",
    [
        edit(File("../../etc/x", "a.webp", "image/webp")),
        edit(GOOD, **{"x=1);import os;os.abort(": "1"}),
        edit(GOOD, **{"class": "1"}),
        edit(GOOD, prompt="x" * 5000),
        edit(GOOD, path="/v1/somewhere"),
    ],
)
@pytest.mark.parametrize("client", ["openai", "httpx", "curl", "node-openai"])
def test_what_cannot_be_written_safely_in_a_few_lines_is_not_written(client, request_):
    assert program(client, request_.wire) is None


def test_values_are_quoted_in_every_language():
    nasty = "a'b\"c$(touch x)`y`\n${z}"
    for client in ("openai", "httpx", "curl", "node-openai"):
        code = program(client, edit(GOOD, prompt=nasty).wire).code
        assert code.count("\n") > 1
        if client in ("openai", "httpx"):
            compile(code, "fix.py", "exec")
