"""A bug report's files as bytes by name, and all of it in a zip; ``report.md`` is a template filled in.

A template is one file in ``templates``, or the user's own. Repros are written here, not run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from upload_matrix.bugreport import evidence, repro_curl, repro_node, repro_python, words
from upload_matrix.bugreport.code import inputs
from upload_matrix.bugreport.evidence import answer_text, answers_json, fix_file, request_text
from upload_matrix.bugreport.story import Story, mark, title
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.story import Repro, Told, Tried
from upload_matrix.report import har
from upload_matrix.report.markdown_escape import code, fenced, prose

TEMPLATES = Path(__file__).parent / "templates"
SUFFIX = ".md"


def template_names() -> tuple[str, ...]:
    """The templates that come with the package."""
    return tuple(sorted(path.stem for path in TEMPLATES.glob(f"[!_]*{SUFFIX}")))


def template_for(story: Story) -> str:
    """The form that fits the case's client; a gateway that changes the upload is nobody's of these."""
    if not evidence.faithful(story):
        return "plain"
    client = story.call.client if story.call is not None else ""
    if client.startswith("node"):
        return "openai-node"
    return "openai-python" if client.startswith(("openai", "azure")) else "plain"


def check_template(name: str) -> None:
    """Raise ConfigurationError for a template that is not there."""
    path = Path(name)
    if path.suffix == SUFFIX:
        if not path.is_file():
            raise ConfigurationError(f"--template {name}: there is no such file")
    elif name not in template_names():
        raise ConfigurationError(
            f"--template {name}: there are {', '.join(template_names())}, or give the path of a {SUFFIX} file"
        )


def render(
    story: Story, tried: Sequence[Tried], about: Mapping[str, str], template: str | None = None
) -> str:
    """The report. ``about`` says what each file of the folder is; ``template`` is a name or a path.

    Raises ConfigurationError for a template that is not there or cannot be filled in.
    """
    name = template or template_for(story)
    check_template(name)
    path = Path(name)
    own = path.suffix == SUFFIX
    try:
        return (
            _engine(path.parent if own else None)
            .get_template(path.name if own else f"{name}{SUFFIX}")
            .render(_values(story, tried, about))
        )
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        raise ConfigurationError(f"{name}{f':{line}' if line else ''}: {error}") from error


def _engine(folder: Path | None) -> SandboxedEnvironment:
    loaders = [FileSystemLoader(folder)] if folder is not None else []
    return SandboxedEnvironment(
        loader=ChoiceLoader([*loaders, PackageLoader("upload_matrix.bugreport")]),
        # It is Markdown: every text from elsewhere comes escaped for that.
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _values(story: Story, tried: Sequence[Tried], about: Mapping[str, str]) -> dict[str, object]:
    count = len(story.told)
    by_file = {each.file: each for each in tried}

    def snippet(file: str, language: str) -> str:
        each = by_file.get(file)
        if each is None:
            return f"({code(file)} is not part of this report.)"
        return (
            prose(each.verified.says)
            if each.script is None
            else fenced(each.script.text.rstrip("\n"), language)
        )

    return {
        "emulated": story.emulated,
        "answers": words.answers(story),
        "story_title": prose(title(story)),
        "ask_live": words.ask_live(story),
        "library": words.is_library(story),
        "whose": words.whose(story, tried),
        "summary": words.summary(story),
        "said": words.said(story),
        "expected": prose(story.expected) if story.expected else "",
        "partner": words.partner(story),
        "gateway": evidence.gateway_in_short(story),
        "hop": evidence.gateway_section(story),
        "remarks": [*map(prose, story.remarks), *evidence.remarks(story)],
        "diagnosis": evidence.diagnosis_section(story),
        "steps": words.steps(story),
        "repros": words.repros(tried),
        "snippet": snippet,
        "os": words.operating_system(story),
        "python": words.runtime(story),
        "library_version": words.library(story),
        "frequency": " ".join(prose(each) for each in story.frequency),
        "attempts": [words.attempt(number, told, count) for number, told in enumerate(story.told, 1)],
        "client": words.client(story),
        "pair": words.pair(story),
        "findings": words.findings(story),
        "environment": words.environment(story),
        "calls": words.calls(story),
        "files": "\n".join(f"- {code(file)}: {says}" for file, says in about.items()),
    }


REPORT = "report.md"


def repros(story: Story) -> tuple[tuple[Repro, ...], dict[str, bytes]]:
    """The repros that the story calls for, and the input files they read, by name."""
    files = inputs(story)
    found = [
        repro_python.write_sdk(story),
        repro_python.write_rest(story, files),
        repro_curl.write(story, files),
    ]
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
    fix = fix_file(story)
    if fix is not None:
        found[fix[0]] = fix[1].encode("utf-8"), "the call as it should be"
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
        har.HarEntry(
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
