"""``upload-matrix facts``: its commands that export, show, contribute, merge and withdraw."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from upload_matrix.ask.declared import OPEN
from upload_matrix.cli.options import options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from upload_matrix.facts.fact import Fact

T = TypeVar("T")


def counting(noun: str, items: Sequence[T]) -> Iterator[T]:
    """The items one by one, counted on stderr where that is a terminal."""
    import os
    import sys

    from upload_matrix.report.progress import counted

    return counted(noun, items, sys.stderr, os.environ)


def every_fact() -> tuple[Fact, ...]:
    """The facts of all vendors, which takes a while to read."""
    from upload_matrix.facts.read import all_facts, vendors_with_facts

    return all_facts(counting("vendor", vendors_with_facts()))


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


PAGES = ("registry", "vendors", "errors", "disputed", "rules", "handing")


@click.command("page")
@click.argument("name", type=click.Choice(PAGES), metavar="PAGE")
@click.argument("formats", nargs=-1, metavar="[FORMAT]...")
@click.option("--format", "form", type=click.Choice(("terminal", "markdown", "html")), default="terminal")
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="Write there. [default: print]")
@options(OPEN, show={"help": "Write the page (facts-NAME.html unless -o) and open it."})
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="As of this day. [default: today]")
@click.option(
    "--months", type=click.IntRange(1), default=12, show_default=True, help="Facts older than this are pale."
)
def page(
    name: str,
    formats: tuple[str, ...],
    form: str,
    output: str | None,
    today: datetime | None,
    months: int,
    *,
    show: bool,
) -> None:
    """The registry as a page: in words, as Markdown or as one HTML file.

    `registry` is its front table (vendor, operation, format), `vendors` has each vendor's operations, ways to
    carry a file, limits and profiles, `errors` the messages of rejections, `disputed` both sides of what is
    disputed, `rules` what the emulator's rules rest on, `handing` how files of each FORMAT are handed over.

    Facts older than a limit, and of models that are retired, are pale (in Markdown in italics): history.

    \b
    Examples:
      upload-matrix facts page registry --open
      upload-matrix facts page handing webp m4a pdf --format markdown
    """
    from datetime import UTC, datetime
    from pathlib import Path

    from upload_matrix.files import write_whole
    from upload_matrix.report.document import markdown, terminal
    from upload_matrix.report.facts_pages import PAGES, Age, Known, handing_page
    from upload_matrix.report.html.document_page import chunks
    from upload_matrix.report.opening import open_page
    from upload_matrix.report.streams import columns

    if (name == "handing") != bool(formats):
        raise click.UsageError(
            "name a format: handing webp" if name == "handing" else f"{name} is of all formats"
        )
    day = today.date() if today is not None else datetime.now(UTC).date()
    known = Known(every_fact(), Age(day, months))
    readable = handing_page(known, formats) if formats else PAGES[name](known)
    if show:
        form, output = "html", output or f"facts-{name}.html"
    if form == "html":
        text = "".join(chunks(readable))
    else:
        text = markdown(readable) if form == "markdown" else terminal(readable, columns())
    if output is None:
        click.echo(text, nl=False)
    else:
        write_whole(Path(output), text.encode("utf-8"))
        said = open_page(Path(output)) if show else None
        if said is not None:
            click.echo(said, err=True)


@click.command("contribute")
@click.argument("report", type=click.Path(exists=True))
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False), default="facts-bundle.json", show_default=True
)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False),
    help="Whose targets count beside the built-in ones. [default: matrix, if it is there]",
)
@click.pass_context
def contribute(ctx: click.Context, report: str, output: str, folder: str | None) -> None:
    """Make a bundle of facts of live answers: of REPORT, a run's JSON, or of a folder of recordings.

    It holds what each file was declared as, what its bytes are, the answer's status and error, digests,
    versions and dates: no contents, no names of files, no keys. Look at it before you hand it on; nothing is
    sent. Emulated answers are refused, because nobody learns of a server from those.

    Exit code 3 where there is no fact.

    \b
    Examples:
      upload-matrix facts contribute reports/latest.json
      upload-matrix facts contribute cassettes -o mine.json
    """
    import os
    from datetime import UTC, datetime
    from pathlib import Path

    from upload_matrix.files import write_whole
    from upload_matrix.inspect.contributing import contribution, words
    from upload_matrix.model.codec import chunks
    from upload_matrix.model.errors import Exit
    from upload_matrix.recordings import guard
    from upload_matrix.recordings.redactor import environment_secrets
    from upload_matrix.report.wording import plural
    from upload_matrix.run.loading import targets

    made = contribution(Path(report), targets((Path(folder or "matrix"),)), datetime.now(UTC).date())
    for line in words(made.bundle.facts):
        click.echo(line)
    for line in made.left_out:
        click.echo(f"left out: {line}")
    if not made.bundle.facts:
        click.echo("? no fact of a live answer")
        ctx.exit(Exit.UNRESOLVED)
    data = "".join(chunks(made.bundle)).encode("utf-8")
    guard(data, environment_secrets(os.environ), output)
    write_whole(Path(output), data)
    click.echo(f"✓ {plural(len(made.bundle.facts), 'fact')} in {output}; nothing was sent")


ROOT = click.option(
    "--into",
    type=click.Path(exists=True, file_okay=False),
    help="The folder of the vendors. [default: that of this upload-matrix]",
)


@click.command("merge")
@click.argument("bundle", type=click.Path(exists=True, dir_okay=False))
@ROOT
def merge(bundle: str, into: str | None) -> None:
    """Add the facts of a BUNDLE to the vendors' evidence, and say whether the emulator agrees.

    A bundle that was changed by hand, or that holds names or secrets, is refused as a whole. A fact that is
    there stays as it is, and one that was withdrawn is not added again.

    \b
    Example:
      upload-matrix facts merge facts-bundle.json
    """
    from pathlib import Path

    from upload_matrix import vendors
    from upload_matrix.emulator.agreement import judged
    from upload_matrix.emulator.standing import of_profiles
    from upload_matrix.facts.bundle import merge as merged
    from upload_matrix.facts.bundle import read_bundle
    from upload_matrix.files import read_text
    from upload_matrix.model.errors import ConfigurationError
    from upload_matrix.recordings.redactor import redact_text
    from upload_matrix.report.facts_report import check_document, check_line

    read = read_bundle(Path(bundle))
    text = read_text(Path(bundle))
    if redact_text(text) != text:
        raise ConfigurationError(f"{bundle}: holds what looks like a key")
    done = merged(read.facts, vendors.ROOT if into is None else Path(into))
    for fact in done.added:
        click.echo(f"added {fact.id} ({fact.vendor} {fact.operation})")
    for fact in done.known:
        click.echo(f"known {fact.id}")
    for fact in done.withdrawn:
        reason = fact.withdrawn.reason if fact.withdrawn is not None else ""
        click.echo(f"left out {fact.id}: withdrawn, {reason}")
    judgements = judged(done.added)
    document = check_document(judgements, of_profiles({each.profile for each in judgements}, done.added))
    if done.added:
        click.echo(check_line(document))
    click.echo(
        f"✓ {len(done.added):,} added, {len(done.known):,} known, {len(done.withdrawn):,} withdrawn before"
    )


@click.command("withdraw")
@click.argument("name", metavar="ID")
@click.option("--reason", required=True, help="Why it no longer counts.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Since when. [default: today]")
@ROOT
def withdraw(name: str, reason: str, day: datetime | None, into: str | None) -> None:
    """Let a wrong or stale fact count no more. It stays in its file, with the reason and the day.

    \b
    Example:
      upload-matrix facts withdraw 660bd59f --reason "a proxy answered"
    """
    from datetime import UTC, datetime
    from pathlib import Path

    from upload_matrix.facts.bundle import withdraw as withdrawn
    from upload_matrix.facts.fact import Withdrawal

    on = day.date() if day is not None else datetime.now(UTC).date()
    fact = withdrawn(name, Withdrawal(reason, on), None if into is None else Path(into))
    click.echo(f"✓ {fact.id} ({fact.vendor} {fact.operation}) counts no more, {on.isoformat()}: {reason}")
