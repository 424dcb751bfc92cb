"""A bug report's files: everything but the repros' running, as bytes by name, and all of it in a zip."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from upload_matrix.bugreport import repro_curl, repro_node, repro_python, repro_rest
from upload_matrix.bugreport.diagnosed import mend_file
from upload_matrix.bugreport.inputs import inputs
from upload_matrix.bugreport.messages import answer_text, answers_json, request_text
from upload_matrix.bugreport.report import render
from upload_matrix.bugreport.story import Story
from upload_matrix.bugreport.titles import mark
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.story import Repro, Told, Tried
from upload_matrix.report import har

REPORT = "report.md"
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment a zip file can name: it stands for every file, so that equal folders give equal zips."""


def repros(story: Story) -> tuple[tuple[Repro, ...], dict[str, bytes]]:
    """The repros that the story calls for, and the input files they read, by name."""
    files = inputs(story)
    found = [repro_python.write(story), repro_rest.write(story, files), repro_curl.write(story, files)]
    node = repro_node.write(story)
    return (*found, *([node] if node is not None else [])), files


def folder(
    story: Story, tried: Sequence[Tried], files: Mapping[str, bytes], template: str | None = None
) -> dict[str, bytes]:
    """All files of the report by their path in it; raises ConfigurationError for a bad template."""
    found: dict[str, tuple[bytes, str]] = {REPORT: (b"", "this report")}
    for each in tried:
        if each.script is not None:
            found[each.file] = each.script.text.encode("utf-8"), each.script.summary
            found |= {name: (data, "the body, byte by byte") for name, data in each.script.needs.items()}
    found |= {name: (data, f"an input file, {len(data):,} bytes") for name, data in files.items()}
    for number, told in enumerate(story.told, 1):
        ending = f"-{number}" if len(story.told) > 1 else ""
        found |= _messages(told, ending)
    behind = () if story.gateway is None else story.gateway.forwarded
    for number, told in enumerate(behind, 1):
        near = _messages(told, f"-{number}" if len(behind) > 1 else "")
        found |= {
            f"forwarded/{name}": (data, f"{says}, behind the gateway") for name, (data, says) in near.items()
        }
    if story.partner is not None and story.partner.told is not None:
        near = _messages(story.partner.told, "")
        found |= {f"passing/{name}": (data, f"{says} (it passes)") for name, (data, says) in near.items()}
    if story.told:
        found["exchange.har"] = _har(story).encode("utf-8"), "the exchange as HAR 1.2"
    mend = mend_file(story)
    if mend is not None:
        found[mend[0]] = mend[1].encode("utf-8"), "the call as it should be"
    if story.outcome.kind in (OutcomeKind.UNPARSED, OutcomeKind.ALTERED):
        answers = answers_json([told.reply for told in story.told])
        found["server.py"] = _server(story).encode("utf-8"), "a server that gives the answers as seen"
        found["answers.json"] = answers.encode("utf-8"), "the answers that it gives"
    about = {name: says for name, (_, says) in sorted(found.items())}
    text = render(story, tried, about, template)
    found[REPORT] = text.encode("utf-8", "backslashreplace"), about[REPORT]
    return {name: data for name, (data, _) in sorted(found.items())}


def _messages(told: Told, ending: str) -> dict[str, tuple[bytes, str]]:
    request = request_text(told).encode("utf-8", "backslashreplace")
    answer = answer_text(told).encode("utf-8", "backslashreplace")
    return {
        f"request{ending}.http": (request, "the request as text"),
        f"answer{ending}.http": (answer, "the answer as text"),
    }


def _har(story: Story) -> str:
    parts = urlsplit(story.base_url)
    comment = f"{story.id}: {story.outcome}" + (f". {mark(story)}" if mark(story) else "")
    return har.document(
        har.Entry(
            wire=told.wire,
            origin=f"{parts.scheme}://{parts.netloc}",
            headers=told.headers,
            reply=told.reply,
            started=story.started,
            comment=comment,
        )
        for told in story.told
    )


def _server(story: Story) -> str:
    engine = Environment(
        loader=PackageLoader("upload_matrix.bugreport"),
        autoescape=False,  # noqa: S701 - a program, not a page
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    note = mark(story) or "The answers are those that were seen."
    return engine.get_template("server.py.txt").render(root=story.root, note=note)


def zipped(files: Mapping[str, bytes], top: str) -> bytes:
    """The files in a zip, below a folder ``top``: the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(f"{top}/{name}", EARLIEST)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (0o755 if name.endswith(".sh") else 0o644) << 16
            archive.writestr(info, data)
    return out.getvalue()
