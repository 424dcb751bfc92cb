"""Words that a server, a file system or a prompt could bring to break out of a table, fence or span."""

from __future__ import annotations

from dataclasses import replace

from reports_story import (
    EMULATED,
    HANDLE,
    OCTET_STREAM,
    REJECTED,
    TUPLE,
    answered,
    edit,
    file_part,
    run_of,
    unexpected,
)

from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind, Raised
from upload_matrix.model.result import Attempt, Environment, Finding, Run, Verdict, VerdictKind

NO_LINKS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript://https://evil.example/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "//evil.example/x",
    "/\\evil.example/x",
    "file:///etc/passwd",
    "blob:https://evil.example/x",
)
"""Addresses that no link of ours may have: they run something, or leave over an address nobody sees."""

HOSTILE = (
    *NO_LINKS,
    "[a](javascript:alert(1))",
    "[a](evil.html) ![a](evil.png)",
    "<javascript:alert(1)>",
    "| a | b |",
    "\\| x",
    "trailing backslash \\",
    "`code`",
    "``` fence\n```\n# out",
    "~~~\nout",
    "`````` longer fence",
    "line\nbreak\r\nand\rmore",
    "\n\n# heading\n\n- list",
    "# heading",
    "- item",
    "+ item",
    "1. item",
    "1)",
    "===",
    "---",
    "> quote",
    "    indented",
    "\ttabbed",
    "<script>alert(1)</script>",
    "<!-- comment",
    "--> <img src=x onerror=alert(1)>",
    "</code></td></table>",
    "&lt;b&gt; &#124; &amp;",
    "@octocat please look",
    "me@example.org",
    "see #123 and GH-456 and owner/repo#7",
    "https://evil.example/x and www.evil.example",
    "[link](https://evil.example) ![image](https://evil.example/p.png)",
    "[ref]: https://evil.example",
    "*bold* **bold** _it_ __it__ ~~gone~~ snake_case",
    "$x$ $$y$$ costs $0.02 or $0.03",
    "\x00\x07\x1b[31mred\x1b[0m",
    "\u202egnp.exe\u202c zero\u200bwidth \ufeff",
    "\x89 C1 \x9b2J \x9d0;title\x07 \x1b]52;c;aGk=\x07 \x7f",
    "::error file=a,line=1::forged",
    "\n  ::set-output name=a::b\n\t::add-mask::x",
    "##[error]forged and ##vso[task.setvariable variable=a]b and ##teamcity[message text='a']",
    "\ud800 lone \udc80",
    "사진 한 장.webp",
    "👩\u200d💻.png",
    " leading and trailing ",
    "   ",
    "",
    "]]>",
    "%0d%0aX-Header: 1",
    "\"quoted\" and 'single'",
    "a" * 500,
)


def hostile_run(word: str) -> Run:
    """A run in which ``word`` stands wherever somebody else's words can stand."""
    wire = edit(replace(file_part(word, word, asset=None), disposition=word, format=word), prompt=word)
    passing = edit(file_part())
    outcome = Outcome(OutcomeKind.REJECTED, 400, word, word, word, f"x{word}", f"y{word}")
    finding = Finding("octet-stream", word, f"says {word}", OCTET_STREAM.fix)
    advice = Finding("no-type", word, f"says {word}", f"do this: {word}")
    failed = replace(
        HANDLE,
        id=f"id {word}",
        axes={**HANDLE.axes, "name": f"v{word}"},
        environment=word,
        outcome=outcome,
        verdict=unexpected(outcome, f"accepted {word}"),
        client=ClientReport(raised=(Raised(word, word),)),
        attempts=(answered(wire, 400, replace(EMULATED, profile=f"p{word}"), rule=f"r{word}"),),
        findings=(finding, advice),
    )
    unrecorded = replace(
        HANDLE,
        id=f"id2 {word}",
        outcome=Outcome(OutcomeKind.UNRECORDED, detail=f"z{word}"),
        verdict=Verdict(VerdictKind.UNRESOLVED, word, word),
        attempts=(
            Attempt(wire.digest, no_answer=word, nearest=passing.digest, nearest_differences=(f"d{word}",)),
        ),
    )
    known = replace(
        HANDLE,
        id=f"id3 {word}",
        outcome=REJECTED,
        verdict=Verdict(VerdictKind.KNOWN_FAILURE, word, f"because {word}", word),
        axes={**HANDLE.axes, "client": f"c{word}"},
    )
    run = run_of(failed, unrecorded, known, *TUPLE, wires=(wire, passing), notes=(f"note {word}",))
    environment = Environment(f"e{word}", f"p{word}", f"m{word}", {"openai": word}, {f".{word}": f"g{word}"})
    return replace(run, environments=(environment,), matrices=(f"m{word}",))
