from __future__ import annotations

from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from sweep_builders import ACCEPTED, BROKEN, NEW, OLD, RECORDED, environment, form, released, story, sweep

from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.sweep import Cell, Guard, ReleaseResult, Strategy
from upload_matrix.report.document import SMALLEST, markdown
from upload_matrix.report.sweep_report import readable, render

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def test_the_whole_report_of_the_story():
    report = readable(
        story(notes=("Each release in an environment of its own.",)),
        title="images.edit",
        commands=("upload-matrix sweep --sdk '>=1'",),
    )
    text = markdown(report)
    differences = """\
| what | before | after |
| --- | --- | --- |
| `image.filename` | `upload` | `a.webp` |
| `image.content_type` | `application/octet-stream` | `image/webp` |
| outcome | rejected 400 invalid_value | accepted |
| says | `Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.` | *(none)* |
"""
    assert text == (
        f"""\
# images.edit

**? openai 1.0-2.0: 2 changes in the 5 of 6 releases measured (1 of them not sure, or not to the \
release; 1 release could not be measured)** \
Answers: emulated (profile openai-2026-02) - not the vendor's words

5 of 6 releases measured (strategy all), 1 unavailable. 15 cells, 2 distinct wire forms, \
2 answers needed: 0 recorded, 2 emulated, 0 asked live.

- Each release in an environment of its own.

## Change points

### 1.1 → 1.3: 2 variants

`1.1` was published on 2024-01-02; `1.3` was published on 2024-01-04.

**Not to the release:** nothing is known of `1.2` (1 release), so the change came with it or with `1.3`.

**2 variants:** `m/handle`, `m/async`

{differences}
### 1.4 → 2.0: 1 variant

`1.4` was published on 2024-01-05; `2.0` was published on 2024-01-06.

**1 variant:** `m/bytes`

{differences}
## Version history

| variant | `1.0-1.1` (2) | `1.3-1.4` (2) | `2.0` (1) |
| --- | --- | --- | --- |
| `m/handle`, `m/async` | ✗ 400 invalid_value `cd5f3c` | ✓ accepted `79b810` | = |
| `m/bytes` | ✗ 400 invalid_value `cd5f3c` | = | ✓ accepted `79b810` |

A column is a run of releases in which no variant changed, with their number. A cell is the outcome and \
the first digits of the wire form; `=` is as in the column before, – not known.

## Certainty

- A change that lasts 2 releases or more cannot have been missed. A shorter one could be, if it came and \
went again between two measured releases.
- The chance to miss a change that begins at a random release: 17% for one that lasts 1 release.

## Releases that say nothing

**1 release:** `1.2`

```text
openai 1.2 cannot be built: no wheel
```

## Wire forms

| form | request | files |
| --- | --- | --- |
| `79b810` | `POST /v1/images/edits, multipart/form-data, content-length` | `image`: `a.webp`, `image/webp` |
| `cd5f3c` | `POST /v1/images/edits, multipart/form-data, content-length` | `image`: `upload`, \
`application/octet-stream` |

Made with:

```sh
upload-matrix sweep --sdk '>=1'
```
"""
    )


def section(text: str, title: str) -> str:
    return text.split(f"## {title}\n\n")[1].split("\n\n## ")[0]


def bisected(*measured: int, count: int = 33, **given):
    names = tuple(f"1.{minor}" for minor in range(count))
    return sweep(
        {names[index]: {"v": (OLD if index < 20 else NEW, ACCEPTED)} for index in measured},
        names=names,
        strategy=Strategy.BISECT,
        guard=Guard(every=16),
        **given,
    )


def test_a_bisected_sweep_says_how_sure_it_is():
    text = render(bisected(0, 16, 18, 19, 20, 24, 32))
    assert "7 of 33 releases measured (strategy bisect, guard every 16 releases). " in text
    assert section(text, "Certainty") == (
        "- 26 releases in 4 runs were not looked at, the longest run `1.1-1.15` (15 releases).\n".replace(
            "`", ""
        )
        + "- A change that lasts 16 releases or more cannot have been missed. A shorter one could be, if it came "
        "and went again between two measured releases.\n"
        "- The chance to miss a change that begins at a random release: 79% for one that lasts 1 release, "
        "69% for one that lasts 2 releases, 53% for one that lasts 4 releases, 31% for one that lasts 8 releases.\n"
        "- Measure more with a smaller `--guard`, or everything with `--strategy all`."
    )
    assert "`1.0-1.19` (4 of 20 measured)" in text


def test_when_all_was_measured_nothing_can_be_missed():
    text = render(bisected(*range(33)))
    assert section(text, "Certainty") == (
        "- Every release was measured: no change between the first and the last can have been missed."
    )


def test_a_small_chance_to_miss_a_change_is_not_said_to_be_none():
    text = render(bisected(*(index for index in range(300) if index != 7), count=300))
    assert "begins at a random release: under 1% for one that lasts 1 release." in section(text, "Certainty")


def test_what_lies_outside_of_the_known_is_said():
    text = render(sweep({"1": "no", "2": {"v": (OLD, ACCEPTED)}}, names=("1", "2", "3")))
    assert section(text, "Certainty") == (
        "- Nothing is known of 1.\n- Nothing is known of 3.\n"
        "- Only 2 was measured: there is nothing to compare it with.\n"
        "- 1 release in 1 run was not looked at, the longest run 3 (1 release)."
    )


def test_no_change_is_said_first():
    text = render(sweep({"1": {"v": (OLD, ACCEPTED)}, "2": {"v": (OLD, ACCEPTED)}}, source=RECORDED))
    assert text.split("\n")[2] == (
        "**openai 1-2: nothing changed in 2 releases** Answers: live (openai, recorded 2026-11-20)"
    )
    assert "## Change points" not in text


def test_nothing_known_is_not_nothing_changed():
    text = render(sweep({"1": "no wheel", "2": {"v": (BROKEN,)}}))
    assert "**? openai 1-2: nothing is known of any of 2 releases** Answers: none" in text
    assert section(text, "Certainty") == "- No release says anything."
    assert "? openai: no release was in question" in render(sweep({}))


def test_one_reason_for_many_releases_stands_once():
    told = {f"1.{minor}": f"openai 1.{minor} cannot be built" for minor in (0, 1, 2, 4)}
    text = render(sweep(told, names=("1.0", "1.1", "1.2", "1.3", "1.4")))
    assert section(text, "Releases that say nothing").split("\n\nThe JSON")[0] == (
        "**4 releases:** `1.0-1.2`, `1.4`\n\n```text\nopenai … cannot be built\n```"
    )


def test_a_failure_of_ours_in_one_cell_is_shown():
    text = render(sweep({"1": {"a": (OLD, ACCEPTED), "b": (BROKEN,)}}))
    assert section(text, "Cells that say nothing, in releases that otherwise do") == (
        "- `1` `b`: harness error (the probe died: killed)"
    )


def test_what_else_changed_stands_beside_a_change():
    environments = {"2": environment("2", clients={"openai": "2", "httpx": "0.28.1"})}
    text = render(
        sweep({"1": {"v": (OLD, ACCEPTED)}, "2": {"v": (NEW, ACCEPTED)}}, environments=environments)
    )
    assert "**Beside the SDK**, these differ between the two environments:" in text
    assert "| `httpx` | `0.27.2` | `0.28.1` |" in text


def test_a_yanked_release_is_marked():
    given = sweep({"1": {"v": (OLD, ACCEPTED)}, "2": {"v": (NEW, ACCEPTED)}})
    yanked = replace(released("1", "2")[1], yanked="wrong | build")
    text = render(replace(given, releases=(given.releases[0], yanked)))
    assert "`2` was published on 2024-01-02; `2` is yanked (wrong &vert; build)." in text


def test_many_runs_go_on_in_a_further_table():
    told = {
        str(number): {"v": (OLD if number % 2 else NEW, ACCEPTED), "w": (NEW, ACCEPTED)}
        for number in range(8)
    }
    history = section(render(sweep(told)), "Version history")
    tables = [block.split("\n") for block in history.split("\n\n") if block.startswith("|")]
    assert [table[0].count("|") for table in tables] == [8, 4]
    # A further table has nothing before it, so its first column is told in full.
    assert tables[1][2:] == [
        "| `v` | ✓ accepted `79b810` | ✓ accepted `cd5f3c` |",
        "| `w` | ✓ accepted `79b810` | = |",
    ]


def test_forms_that_begin_alike_are_told_apart():
    cells = {
        variant: Cell(variant, "1", (digest,), ACCEPTED)
        for variant, digest in (("a", "0123456700000000"), ("b", "0123456800000000"))
    }
    text = render(replace(sweep({"1": {}}, variants=("a", "b")), results={"1": ReleaseResult("1", cells)}))
    assert "| `a` | ✓ accepted `01234567` |" in text
    assert "| `b` | ✓ accepted `01234568` |" in text


def test_every_attempt_shows():
    text = render(sweep({"1": {"a": (OLD, OLD, ACCEPTED), "b": (OLD, NEW, ACCEPTED)}}))
    assert "✓ accepted `cd5f3c ×2`" in text
    assert "✓ accepted `cd5f3c, 79b810`" in text


def test_a_long_report_leaves_out_whole_sections_and_says_so():
    told = {str(number): {"v": (form(f"{number}.png"), ACCEPTED)} for number in range(60)}
    text = render(sweep(told), max_bytes=SMALLEST * 4)
    assert len(text.encode()) <= SMALLEST * 4
    assert "> Left out to stay under 8,000 bytes: " in text


HOSTILE = (
    "| a | b |",
    "trailing backslash \\",
    "``` fence\n```\n# out",
    "\n\n# heading\n\n- list",
    "<script>alert(1)</script>",
    "--> <img src=x onerror=alert(1)>",
    "@octocat see #123 and GH-456",
    "https://evil.example/x and www.evil.example",
    "[link](https://evil.example) ![image](https://evil.example/p.png)",
    "*bold* __it__ ~~gone~~",
    "\x00\x1b[31mred\x1b[0m",
    "\u202egnp.exe",
    "\ud800",
    "1. item",
)


def hostile_sweep(word: str):
    """A sweep in which ``word`` stands wherever somebody else's words can stand."""
    sent = form(f"x{word}", f"y{word}")
    said = Outcome(OutcomeKind.REJECTED, 400, f"t{word}", f"c{word}", f"p{word}", f"m{word}", f"d{word}")
    first, last, silent, unbuilt = (f"{number}{word}" for number in range(4))
    given = sweep(
        {
            first: {f"v{word}": (OLD, ACCEPTED), "w": (OLD, Outcome(OutcomeKind.HARNESS_ERROR, detail=word))},
            silent: f"why {word}",
            last: {f"v{word}": (sent, said)},
        },
        names=(first, silent, last, unbuilt),
        environments={last: environment(last, python=word, clients={word: word})},
        source=replace(RECORDED, target=f"o{word}", recorded_on=word),
        notes=(f"note {word}",),
    )
    releases = tuple(replace(each, yanked=f"because {word}") for each in given.releases)
    return replace(given, releases=releases, distribution=f"sdk{word}")


def shape(text: str) -> list[str]:
    return [token.type for token in MARKDOWN.parse(text)]


@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_words_change_nothing_in_the_shape_of_a_report(word):
    text = markdown(readable(hostile_sweep(word), title=f"t {word}", commands=(f"sweep {word}",)))
    plain = readable(hostile_sweep("plain"), title="t plain", commands=("sweep plain",))
    assert shape(text) == shape(markdown(plain))
    tokens = [child for token in MARKDOWN.parse(text) for child in token.children or ()]
    html = {token.content for token in tokens if token.type == "html_inline"}
    assert html <= {"<!-- -->", "<span>", "</span>", "<code>", "</code>"}
    assert not [token for token in tokens if token.type in {"link_open", "image", "s_open"}]
    assert not any(ord(character) < 32 and character != "\n" for character in text)
