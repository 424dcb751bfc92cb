"""Measures what multipart parsers make of unusual notation: ``uv run python docs/tools/docs_parsers.py``.

Writes the data ``upload_matrix/judge/parsers.json``, which ``docs_build.py`` makes the page
``reference/parsers.md`` of. Needs uv, npm, Go, PHP (php-cgi) and Ruby with Rack (Debian: golang-go php-cgi
ruby-rack); ``docs/tools/parsers`` has a reader for each language.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docs_markdown import code, page, table
from docs_notations import NOTATIONS, Notation

from upload_matrix.judge import parsers
from upload_matrix.model.codec import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

READERS = Path(__file__).parent / "parsers"

PYTHON = {
    "aiohttp": "3.14.5",
    "django": "5.2.19",
    "multipart": "2.0.1",
    "python-multipart": "0.0.34",
    "starlette": "1.10.0",
    "werkzeug": "3.1.9",
}
NODE = {"busboy": "1.6.0", "formidable": "3.5.4", "multer": "2.5.0", "undici": "7.30.2"}
"""Releases that are measured. undici 7 is the last that Node 20 runs."""


def measure() -> parsers.MeasuredParsers:
    """Read every notation with every parser of this machine."""
    with tempfile.TemporaryDirectory() as folder:
        read = {**_python(), **_node(Path(folder)), **_go(Path(folder)), **_php(), **_ruby()}
    return parsers.MeasuredParsers(
        _releases(),
        {
            each.name: parsers.Notation(
                each.wire,
                each.instead,
                each.meant,
                each.filename,
                each.type,
                {parser: outcome(each, read[parser][each.name]) for parser in _releases()},
            )
            for each in NOTATIONS
        },
    )


def outcome(notation: Notation, read: Mapping[str, Any]) -> parsers.ParserOutcome:
    """What a reader's answer means: where the part that matters is, and what of it is not as it was sent."""
    if "error" in read:
        return parsers.ParserOutcome("refused", error=re.sub(r"\s+", " ", read["error"]))
    found = [part for part in read["parts"] if part[1] != notation.beside]
    if not found:
        return parsers.ParserOutcome("lost")
    taken, name, filename, type_, _ = found[0]
    contents = {base64.b64decode(part[4]) for part in found}
    is_file = taken == "file"
    return parsers.ParserOutcome(
        taken,
        name=None if name == notation.field else name or "",
        filename=_changed(filename, notation.filename) if is_file else None,
        type=_changed(type_, notation.type) if is_file else None,
        bytes=_bytes(contents, notation.content),
        count=None if len(found) == notation.count else len(found),
        alone=len(found) == len(read["parts"]),
    )


def _changed(value: str | None, sent: str | None) -> str | None:
    return None if (value or "") == (sent or "") else value or ""


def _bytes(contents: set[bytes], sent: bytes) -> Any:
    if contents == {sent}:
        return None
    return "still encoded" if contents == {base64.b64encode(sent)} else "changed"


def bodies() -> list[dict[str, str]]:
    """The notations as the readers are given them."""
    return [
        {"notation": each.name, "type": each.kind, "body": base64.b64encode(each.body).decode()}
        for each in NOTATIONS
    ]


def _run(command: Sequence[str | Path], **more: Any) -> str:
    asked = json.dumps(bodies()).encode()
    done = subprocess.run(command, input=asked, stdout=subprocess.PIPE, check=True, **more)  # noqa: S603
    return done.stdout.decode()


def _python() -> Any:
    packages = [word for name, release in PYTHON.items() for word in ("--with", f"{name}=={release}")]
    command = ["uv", "run", "-q", "--isolated", "--no-project", "--python", "3.11", *packages, "python"]
    return json.loads(_run([*command, READERS / "read_python.py"]))


def _node(folder: Path) -> Any:
    packages = [f"{name}@{release}" for name, release in NODE.items()]
    _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, *packages])
    shutil.copy(READERS / "read_node.mjs", folder)
    return json.loads(_run(["node", folder / "read_node.mjs"]))


def _go(folder: Path) -> Any:
    surroundings = {**os.environ, "GOCACHE": str(folder / "go"), "GOFLAGS": ""}
    return json.loads(_run(["go", "run", READERS / "read_go.go"], env=surroundings))


def _php() -> Any:
    return {"PHP": {each.name: json.loads(_php_once(each)) for each in NOTATIONS}}


def _php_once(notation: Notation) -> str:
    request = {
        "REDIRECT_STATUS": "1",
        "REQUEST_METHOD": "POST",
        "SCRIPT_FILENAME": str(READERS / "read_php.php"),
        "CONTENT_TYPE": notation.kind,
        "CONTENT_LENGTH": str(len(notation.body)),
    }
    quiet = ["-d", "display_errors=0", "-d", "display_startup_errors=0", "-d", "log_errors=0"]
    done = subprocess.run(  # noqa: S603 - our own words
        ["php-cgi", *quiet],  # noqa: S607
        input=notation.body,
        stdout=subprocess.PIPE,
        env={**os.environ, **request},
        check=True,
    )
    return done.stdout.decode().partition("\r\n\r\n")[2]


def _ruby() -> Any:
    return json.loads(_run(["ruby", READERS / "read_ruby.rb"]))


def _releases() -> dict[str, str]:
    """The parsers in the order of the page, and what each is."""
    return {
        "Starlette": f"Starlette {PYTHON['starlette']} with python-multipart {PYTHON['python-multipart']}"
        " (also what FastAPI reads with), Python 3.11",
        "Django": f"Django {PYTHON['django']}, Python 3.11",
        "Werkzeug": f"Werkzeug {PYTHON['werkzeug']} (also what Flask reads with), "
        "which keeps its own errors to itself, Python 3.11",
        "aiohttp": f"aiohttp {PYTHON['aiohttp']} as a server, Python 3.11",
        "multipart": f"multipart {PYTHON['multipart']}, `parse_form_data(environ)`, "
        "which keeps its own errors to itself by default, Python 3.11",
        "busboy": f"busboy {NODE['busboy']}, {_node_release()}",
        "multer": f"multer {NODE['multer']} (Express reads with it), {_node_release()}",
        "formidable": f"formidable {NODE['formidable']}, {_node_release()}",
        "undici": f"undici {NODE['undici']}, `new Response(body).formData()`, {_node_release()}",
        "Go": f"`net/http` with `mime/multipart`, Go {_version('go', 'version')}",
        "PHP": f"`$_FILES` and `$_POST`, PHP {_version('php-cgi', '-v')}",
        "Rack": f"Rack {_version('ruby', '-rrack', '-e', 'puts Rack.release')}, "
        f"Ruby {_version('ruby', '-v')}",
    }


def _node_release() -> str:
    return f"Node {_version('node', '--version').partition('.')[0]}"


def _version(*command: str) -> str:
    said = subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603
    found = re.search(r"\d+\.\d+(?:\.\d+)*", said)
    return found[0] if found else "of unknown release"


def data(measured: parsers.MeasuredParsers) -> str:
    """The data file: an outcome a line."""
    document = encode(measured)
    lines = ["{", ' "parsers": ' + _json(document["parsers"], 1) + ",", ' "notations": {']
    notations = []
    for name, each in document["notations"].items():
        outcomes = each.pop("outcomes")
        inner = ",\n".join(f"   {_json(parser)}: {_json(_said(found))}" for parser, found in outcomes.items())
        head = "".join(f"   {_json(key)}: {_json(value)},\n" for key, value in each.items())
        notations.append(f'  {_json(name)}: {{\n{head}   "outcomes": {{\n{inner}\n  }}}}')
    return "\n".join([*lines, ",\n".join(notations), " }", "}", ""])


def _said(found: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if value not in (None, False)}


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def parsers_page() -> str:
    """The page: a table of all, then what each notation means for a sender."""
    measured = parsers.measured()
    names = list(measured.parsers)
    return page(
        "What parsers make of unusual notation",
        f"{len(measured.notations)} notations of a body with one text field and one file, read by the "
        f"{len(names)} parsers of forms that people run. Measured on one machine, not looked up; "
        "another release or another setting may read otherwise. A vendor's server need not be any of these. "
        "Taken anew by `uv run python docs/tools/docs_parsers.py`.",
        [
            *table(("parser", "what was measured"), measured.parsers.items()),
            "## All of them",
            "",
            "file or text: read as this. A star: with something that is not as it was sent (below). "
            "refused: the parser reports an error; its name is below. "
            "lost: it reports none, and the part is missing.",
            "",
            *table(
                ("notation", *names),
                (
                    (f"[{name}](#{name})", *(_word(each, each.outcomes[parser]) for parser in names))
                    for name, each in measured.notations.items()
                ),
            ),
            *(line for name, each in measured.notations.items() for line in _notation(name, each)),
        ],
    )


def _word(notation: parsers.Notation, found: parsers.ParserOutcome) -> str:
    word = "text" if found.taken == "field" else found.taken
    return f"{word}\\*" if found.differences(notation) else word


def _notation(name: str, notation: parsers.Notation) -> Iterator[str]:
    yield from (f"## {name}", "", f"On the wire: {notation.wire}.", "")
    yield from (f"{parsers.sentence(notation)} {notation.instead}", "")
    rows = list(_details(notation))
    if rows:
        yield from table(("parser", "what came out"), rows)


def _details(notation: parsers.Notation) -> Iterable[tuple[str, str]]:
    """Parsers that did not do the same as others by what they did."""
    groups: dict[str, list[str]] = {}
    for parser, found in notation.outcomes.items():
        if found != parsers.ParserOutcome(notation.meant):
            groups.setdefault(_detail(found), []).append(parser)
    return ((", ".join(who), words) for words, who in groups.items())


def _detail(found: parsers.ParserOutcome) -> str:
    words = {"file": "a file", "field": "a text field"}.get(found.taken, found.taken)
    shown = {"field name": found.name, "filename": found.filename, "type": found.type}
    more = [
        f"{what} {code(json.dumps(value, ensure_ascii=False))}" if value else f"no {what}"
        for what, value in shown.items()
        if value is not None
    ]
    more += [f"bytes {found.bytes}"] if found.bytes else []
    more += [f"{found.count} of them"] if found.count is not None else []
    more += ["the other part is lost"] if found.alone else []
    more += [code(found.error)] if found.error else []
    return ", ".join([words, *more])


def main() -> int:
    """Measure and write."""
    parsers.FILE.write_text(data(measure()), "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
