"""``upload-matrix facts export`` and ``page``: the facts as packages and pages for others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import datetime


@click.command("export")
@click.argument("folder", type=click.Path(file_okay=False))
def export_(folder: str) -> None:
    """Write all facts into FOLDER as a package of data that other programs can depend on.

    It holds `index.json` with its `schema.json`, the sources with their licences, the changes, a wheel
    without dependencies, and a folder `npm`. The same facts make the same bytes.

    What FOLDER holds of an earlier export is the release before: its number goes up where facts were added,
    changed or withdrawn, and the changelog says which.

    \b
    Example:
      upload-matrix facts export registry/
    """
    from pathlib import Path

    from upload_matrix.facts.package import export, exported
    from upload_matrix.facts.read import ever_known
    from upload_matrix.facts.registry import registry
    from upload_matrix.files import shown
    from upload_matrix.report.wording import plural

    into = Path(folder)
    before = exported(into)
    made = registry(ever_known(), before)
    for name in export(into, made):
        click.echo(shown(into / name))
    if before is not None and before.release == made.release:
        click.echo(f"✓ release {made.release}: nothing changed")
        return
    last = made.releases[0]
    counts = {
        "added": last.added,
        "changed": last.changed,
        "withdrawn": last.withdrawn,
        "in no file any more": last.removed,
    }
    changed = ", ".join(f"{len(ids):,} {word}" for word, ids in counts.items() if ids)
    click.echo(f"✓ release {made.release} of {plural(len(made.counting), 'fact')}: {changed}")


PAGES = ("registry", "disputed", "rules", "handing")


@click.command("page")
@click.argument("name", type=click.Choice(PAGES))
@click.argument("formats", nargs=-1, metavar="[FORMAT]...")
@click.option("--format", "form", type=click.Choice(("terminal", "markdown", "html")), default="terminal")
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="Write there. [default: print]")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="As of this day. [default: today]")
@click.option(
    "--months", type=click.IntRange(1), default=12, show_default=True, help="Facts older than this are pale."
)
def page(
    name: str, formats: tuple[str, ...], form: str, output: str | None, today: datetime | None, months: int
) -> None:
    """The registry as a page: in words, as Markdown or as one HTML file.

    `registry` is its front table (vendor, operation, format), `disputed` has both sides of what is disputed,
    `rules` what the rules of the emulator rest on, and `handing` how files of each FORMAT are handed over.

    Facts older than a limit, and of models that are retired, are pale (in Markdown in italics): history.

    \b
    Examples:
      upload-matrix facts page registry --format html -o registry.html
      upload-matrix facts page handing webp m4a pdf --format markdown
    """
    from datetime import UTC, datetime
    from pathlib import Path

    from upload_matrix.facts.read import all_facts
    from upload_matrix.files import write_whole
    from upload_matrix.report.document import markdown, terminal
    from upload_matrix.report.facts_pages import PAGES, Age, Known, handing_page
    from upload_matrix.report.html.document_page import chunks

    if (name == "handing") != bool(formats):
        raise click.UsageError(
            "name a format: handing webp" if name == "handing" else f"{name} is of all formats"
        )
    day = today.date() if today is not None else datetime.now(UTC).date()
    known = Known(all_facts(), Age(day, months))
    readable = handing_page(known, formats) if formats else PAGES[name](known)
    if form == "html":
        text = "".join(chunks(readable))
    else:
        text = markdown(readable) if form == "markdown" else terminal(readable)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_whole(Path(output), text.encode("utf-8"))
