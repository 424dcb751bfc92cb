from __future__ import annotations

import json
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from reports_hostile import HOSTILE, hostile_run
from reports_story import (
    ACCEPTED,
    CONTROL,
    EMULATED,
    FORWARDED,
    GENERIC,
    GOOD,
    HANDLE,
    RECORDED,
    TUPLE,
    answered,
    case,
    edit,
    file_part,
    run_of,
    story,
)

from upload_matrix.model.answer import Provenance
from upload_matrix.report.document import SMALLEST
from upload_matrix.report.json_report import dump, load
from upload_matrix.report.markdown import render

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def test_the_whole_report_of_a_small_run():
    text = render(run_of(HANDLE, *TUPLE), title="field report")
    conclusions = "".join(f"- {line}\n" for line in json.loads(dump(run_of(HANDLE, *TUPLE)))["conclusions"])
    assert conclusions.startswith("- The `Content-Type` of part `image` decides: ")
    assert text == (
        f"""\
# field report

**✗ 1 of 3 cases is not as expected** \
Answers: emulated (profile openai-2026-02) - not the vendor's words

## Not as expected

- **handle: expected accepted, got 400 invalid_value (1 case)**

## Conclusions

{conclusions}
## Matrix field-report

Everywhere: operation `images.edit`, model `gpt-image-1`, client `openai`, image `webp`.

| container | builtin | system |
| --- | --- | --- |
| handle | **✗ 400 invalid_value** ⚠ unexpected | – |
| tuple | ✓ accepted | ✓ accepted |

✓ accepted, ✗ rejected, not sent, unparsed, altered or ignored, ? no statement, ! harness error, – unavailable or no case; \
⚠ not as the matrix says.

### ✗ rejected 400 invalid_value: 1 case, wire form {GENERIC.digest}

- `field-report/images.edit/gpt-image-1/openai/handle/webp/builtin`

**Verdict** unexpected: expected accepted, got rejected 400 invalid_value \
“Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.”

**Request** `POST /v1/images/edits, multipart/form-data, content-length`

| part | filename | Content-Type | content | format |
| --- | --- | --- | --- | --- |
| `image` | `avatar.webp` | `application/octet-stream` | `shipped picture avatar/webp` | `webp` |
| `model` | *(none)* | *(none)* | `“gpt-image-1”` |   |
| `prompt` | *(none)* | *(none)* | `“make it blue”` |   |

**Answer** emulated (profile openai-2026-02, rule edits-model-branch) - not the vendor's words

```text
status: 400
type: invalid_request_error
code: invalid_value
param: model
message: Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.
```

**Difference** to the nearest form that passes, `{GOOD.digest}`:

| where | passes | this one |
| --- | --- | --- |
| `image.content_type` | `image/webp` | `application/octet-stream` |

**Findings**

`octet-stream`: The Content-Type of part `image` is the generic `application/octet-stream`, \
while its bytes are webp. Fix:

```python
image=("avatar.webp", data, "image/webp")
```

## Environments

| environment | Python | mime table | clients | guesses |
| --- | --- | --- | --- | --- |
| `python-3.11-builtin` | 3.11.7 | builtin | openai 3.54.0 | `.webp` *(none)* |
| `python-3.11-system` | 3.11.7 | system | openai 3.54.0 | `.webp` `image/webp` |

## Counts

| what | number |
| --- | --- |
| cases | 3 |
| outcome accepted | 2 |
| outcome rejected | 1 |
| verdict as-expected | 2 |
| verdict unexpected | 1 |
| distinct wire forms | 2 |
| answers emulator | 3 |

Run it again:

```sh
upload-matrix run -k field-report
```
"""
    )


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one."""
    _, found, rest = text.partition(f"{heading}\n\n")
    assert found, heading
    return rest.partition("\n\n#")[0]


def test_what_is_unresolved_comes_with_the_nearest_recording_and_the_way_out():
    unrecorded = section(render(story()), "### ? unrecorded: 1 case, wire form 516db37739b5dc15")
    assert unrecorded == (
        """\
- `field-report/images.edit/gpt-image-1/openai/bytesio/webp/system`

```text
no recording of wire form 516db37739b5dc15
```

From the nearest recording, `87439c4b1d885de3`, to this request:

- `image.filename: avatar.webp -> upload`

Record it with `--record-mode new_episodes`, or have the \
emulator answer without recordings: `--target emulator:PROFILE --disable-recording`."""
    )


def test_known_failures_are_listed_with_reason_and_link():
    assert section(render(story()), "### Known failures: 1 case") == (
        "- `field-report/images.edit/gpt-image-1/openai/bytesio/webp/builtin`: the known failure of line 12 "
        "(unnamed BytesIO) (`https://example.org/issues/7`)"
    )


def test_a_refusal_shows_what_the_client_raised():
    refused = section(render(story()), "### ✗ not sent: 1 case, no request was sent in full")
    assert refused.endswith(
        "As the matrix expects.\n\n**The client** TypeError: write() argument must be str, not bytes"
    )


def test_a_report_read_back_renders_the_same():
    part = replace(file_part(), size=7777, sha256="cc" * 32)
    wire = edit(part)
    run = run_of(case("images.edit", "tuple", "system", ACCEPTED, answered(wire, 200)), HANDLE, wires=(wire,))
    assert render(load(dump(run), "report.json")) == render(run)


def test_more_than_five_cases_are_counted():
    results = [replace(HANDLE, id=f"case-{n}", axes={**HANDLE.axes, "openai": f"3.{n}.0"}) for n in range(8)]
    text = render(run_of(*results))
    assert "\n- `case-4`\n- and 3 more\n" in text
    assert text.count("**Request**") == 1
    assert "Every openai alike: 3.0.0 … 3.7.0 (8 values).\n\n| outcome |\n" in text
    assert f"### ✗ rejected 400 invalid_value: 8 cases, wire form {GENERIC.digest}\n" in text


@pytest.mark.parametrize(
    ("sources", "says"),
    [
        ((), "Answers: none"),
        ((EMULATED,), "Answers: emulated (profile openai-2026-02) - not the vendor's words"),
        ((RECORDED,), "Answers: live (openai, recorded 2026-02-22)"),
        ((FORWARDED,), "Answers: live (openai, asked in this run)"),
        (
            (RECORDED, replace(RECORDED, recorded_on="2026-03-01")),
            "Answers: live (openai, recorded 2026-02-22 to 2026-03-01)",
        ),
        (
            (RECORDED, EMULATED, EMULATED),
            "Answers: 1 live (openai, recorded 2026-02-22), 2 emulated (profile openai-2026-02)"
            " - the emulated ones are not the vendor's words",
        ),
        (
            (EMULATED, replace(EMULATED, profile="openai-2026-08")),
            "Answers: emulated (profiles openai-2026-02, openai-2026-08) - not the vendor's words",
        ),
        ((replace(EMULATED, profile=None),), "Answers: emulated - not the vendor's words"),
    ],
)
def test_who_answered_stands_in_the_first_lines(sources, says):
    results = (
        replace(TUPLE[0], id=f"case-{n}", attempts=(answered(GOOD, 200, source),))
        for n, source in enumerate(sources)
    )
    assert render(run_of(*results)).split("\n")[2].endswith(f"** {says}")
    assert all(source.provenance in Provenance for source in sources)


def test_each_matrix_has_its_own_section_and_its_failures_below_it():
    other = replace(HANDLE, id="second/handle", matrix="second")
    text = render(run_of(*TUPLE, other, CONTROL))
    headings = [line for line in text.split("\n") if line.startswith("##")]
    assert headings == [
        "## Not as expected",
        "## Conclusions",
        "## Matrix field-report",
        "## Matrix second",
        f"### ✗ rejected 400 invalid_value: 1 case, wire form {GENERIC.digest}",
        "## Environments",
        "## Counts",
    ]
    assert text.endswith("```sh\nupload-matrix run -k field-report\nupload-matrix run -k second\n```\n")


def many_forms(number: int):
    forms = [edit(file_part(f"{n}.webp", "application/octet-stream")) for n in range(number)]
    results = [
        replace(HANDLE, id=f"case-{n}", axes={**HANDLE.axes, "name": str(n)}, attempts=(answered(form, 400),))
        for n, form in enumerate(forms)
    ]
    return run_of(*results, wires=tuple(forms))


@pytest.mark.parametrize("max_bytes", [SMALLEST, 3_000, 5_000, 20_000])
def test_a_long_report_is_cut_between_sections_and_says_so(max_bytes):
    run = many_forms(60)
    whole, cut = render(run), render(run, max_bytes=max_bytes)
    assert len(cut.encode()) <= max_bytes < len(whole.encode())
    assert cut.endswith("```sh\nupload-matrix run -k field-report\n```\n")
    (note,) = (line for line in cut.split("\n") if line.startswith("> Left out"))
    assert note.startswith(f"> Left out to stay under {max_bytes:,} bytes: ")
    assert note.endswith("The JSON report has everything.")
    left_out = int(note.removeprefix(f"> Left out to stay under {max_bytes:,} bytes: ").split()[0])
    sections = [piece.startswith(("### ", "## ")) for piece in whole.split("\n\n")]
    kept = [piece.startswith(("### ", "## ")) for piece in cut.split("\n\n")]
    assert left_out == sections.count(True) - kept.count(True)
    assert all(piece in whole for piece in cut.replace(note, "").split("\n\n"))


def test_a_report_that_fits_is_not_cut():
    run = story()
    assert render(run, max_bytes=1_048_576) == render(run)


def test_a_limit_too_small_for_anything_is_refused():
    with pytest.raises(ValueError, match=f"max_bytes is 100, but a report needs at least {SMALLEST}"):
        render(many_forms(60), max_bytes=100)


def test_even_a_head_too_long_for_the_limit_keeps_the_limit():
    sources = [replace(EMULATED, profile=f"profile-{n:0100}") for n in range(40)]
    results = (
        replace(TUPLE[0], id=f"c{n}", attempts=(answered(GOOD, 200, s),)) for n, s in enumerate(sources)
    )
    text = render(run_of(*results), max_bytes=SMALLEST)
    assert len(text.encode()) <= SMALLEST
    assert text.startswith("> Left out to stay under 2,000 bytes: ")


def shape(text: str) -> list[str]:
    return [token.type for token in MARKDOWN.parse(text)]


@pytest.mark.parametrize("word", [word for word in HOSTILE if word.strip()])
def test_hostile_words_change_nothing_in_the_shape_of_a_report(word):
    text = render(hostile_run(word), title=f"t {word}")
    assert shape(text) == shape(render(hostile_run("plain"), title="t plain"))
    tokens = [child for token in MARKDOWN.parse(text) for child in token.children or ()]
    assert {token.content for token in tokens if token.type == "html_inline"} <= {
        "<!-- -->",
        "<span>",
        "</span>",
        "<code>",
        "</code>",
    }
    assert not [token for token in tokens if token.type in {"link_open", "image", "s_open"}]
    assert not any(ord(character) < 32 and character != "\n" for character in text)


def test_the_hostile_run_reaches_every_section():
    text = render(hostile_run("plain"))
    assert [line.split(" ")[1] for line in text.split("\n") if line.startswith("###")] == [
        "What",
        "✗",
        "✗",
        "?",
        "Known",
    ]
