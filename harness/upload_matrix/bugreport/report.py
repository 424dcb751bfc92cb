"""``report.md``: a template filled in. A template is one file in ``templates/``, or the user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from upload_matrix.bugreport import diagnosed, hop, words
from upload_matrix.bugreport.story import Story
from upload_matrix.bugreport.titles import title
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.story import Tried
from upload_matrix.report.markdown_escape import code, fenced, prose

TEMPLATES = Path(__file__).parent / "templates"
SUFFIX = ".md"


def template_names() -> tuple[str, ...]:
    """The templates that come with the package."""
    return tuple(sorted(path.stem for path in TEMPLATES.glob(f"[!_]*{SUFFIX}")))


def template_for(story: Story) -> str:
    """The form that fits the case's client; a gateway that changes the upload is nobody's of these."""
    if not hop.faithful(story):
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
        "library": words.is_library(story),
        "whose": words.whose(story, tried),
        "summary": words.summary(story),
        "said": words.said(story),
        "expected": prose(story.expected) if story.expected else "",
        "partner": words.partner(story),
        "gateway": hop.in_short(story),
        "hop": hop.section(story),
        "remarks": [*map(prose, story.remarks), *diagnosed.remarks(story)],
        "diagnosis": diagnosed.section(story),
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
