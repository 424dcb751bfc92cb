"""``upload-matrix facts``: what is known of uploads to AI APIs, by whom, and whether the emulator says so."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import click

from upload_matrix.ask.declared import JSON
from upload_matrix.cli import Group, registry
from upload_matrix.cli.options import options
from upload_matrix.cli.registry import counting, every_fact

GRADES = ("measured", "recorded", "documented", "reported", "contributed")


class FactsGroup(Group):
    """A group whose first word may also be a vendor's name, or an option of ``list``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does, with what is left out put in."""
        return super().parse_args(ctx, self.whole(args, ctx.help_option_names))

    def whole(self, words: list[str], help_options: Collection[str] = ()) -> list[str]:
        """The words of a call with ``list`` before what names no command."""
        named = not words or words[0] in self.commands or words[0] in help_options
        return words if named else ["list", *words]


@click.group("facts", cls=FactsGroup)
def command() -> None:
    """Ask what is known of uploads: recorded in public or reported, each with its source.

    Without a command, what follows is asked of `list`.

    A fact is one upload as it was declared, and what the server answered. Of most vendors there are facts
    alone; where there are profiles of the emulator, `check` says whether they agree.

    \b
    Examples:
      upload-matrix facts openai images.edit
      upload-matrix facts --disputed
      upload-matrix facts show 660bd59f
      upload-matrix facts for photo.webp
      upload-matrix facts check --vendor openai
      upload-matrix facts rules openai-2026-02
    """


for each in (registry.export_, registry.page, registry.contribute, registry.merge, registry.withdraw):
    command.add_command(each)


@command.command("list")
@click.argument("about", nargs=-1, metavar="[VENDOR [OPERATION]]")
@click.option("--vendor", metavar="NAME", help="Only of this vendor.")
@click.option("--operation", metavar="NAME", help="Only of this operation, as `images.edit`.")
@click.option("--model", metavar="PATTERN", help="Only of models that fit, as `gpt-image-*`.")
@click.option(
    "--carrier", metavar="NAME", help="Only so carried: multipart, data-url, base64, url, file-id, ..."
)
@click.option("--declared", metavar="TYPE", help="Only so declared: a type, `absent`, `empty` or `generic`.")
@click.option("--format", "sniffed", metavar="NAME", help="Only files that are this, by their bytes.")
@click.option("--grade", type=click.Choice(GRADES), help="Only what is known in this way.")
@click.option("--accepted/--rejected", "accepted", default=None, help="Only what was accepted, or rejected.")
@click.option(
    "--disputed",
    is_flag=True,
    help="Only those that speak against another, or for or against a disputed rule of the emulator.",
)
@options(JSON, as_json={"help": "The facts as JSON lines, as they are kept."})
def list_(about: tuple[str, ...], *, disputed: bool, as_json: bool, **filters: Any) -> None:
    """A line a fact. What is not known of a request is shown as ?.

    An upload that was answered well and, by its answer, not looked at counts as accepted.

    \b
    Examples:
      upload-matrix facts list openai --declared absent --accepted
      upload-matrix facts list --format pdf --carrier data-url --json
    """
    from upload_matrix.facts.read import selected, written
    from upload_matrix.report.facts_report import WIDEST, list_text
    from upload_matrix.report.streams import columns

    if len(about) > _MOST_ABOUT:
        raise click.UsageError(f"name a vendor and an operation, not also {about[_MOST_ABOUT]!r}")
    for option, word in zip(("vendor", "operation"), about, strict=False):
        if filters[option] not in (None, word):
            raise click.UsageError(f"{option} {word!r} and --{option} {filters[option]!r}: name one of them")
        filters[option] = word
    facts = selected(every_fact(), **filters)
    if disputed:
        names = _disputed()
        facts = tuple(fact for fact in facts if fact.id in names)
    click.echo("".join(written(facts)) if as_json else list_text(facts, columns(widest=WIDEST)), nl=False)


_MOST_ABOUT = 2


def _disputed() -> frozenset[str]:
    from upload_matrix.emulator.profile import profile_names
    from upload_matrix.emulator.standing import of_profiles
    from upload_matrix.facts.handing import contests

    contested = (fact.id for each in contests(every_fact()) for fact in each.facts)
    every = (each for name in counting("profile", profile_names()) for each in of_profiles((name,)).values())
    standings = (each for each in every if each.is_disputed)
    sides = (fact.id for each in standings for fact in (*each.rejected, *each.accepted, *each.otherwise))
    return frozenset((*contested, *sides))


@command.command("show")
@click.argument("name", metavar="ID")
@options(JSON, as_json={"help": "The fact as it is kept."})
def show(name: str, *, as_json: bool) -> None:
    """All that is known of one fact, where it was read, and what the emulator says of it.

    \b
    Example:
      upload-matrix facts show 660bd59f
    """
    from upload_matrix.emulator.agreement import judged
    from upload_matrix.facts.read import found, written
    from upload_matrix.model.errors import ConfigurationError
    from upload_matrix.report.facts_report import fact_text
    from upload_matrix.report.streams import columns

    facts = found(name, every_fact())
    if len(facts) != 1:
        known = f"{len(facts)} facts begin so" if facts else "`upload-matrix facts list` has the ids"
        raise ConfigurationError(f"no one fact is called {name!r}: {known}")
    click.echo(
        "".join(written(facts)) if as_json else fact_text(facts[0], judged(facts)[0], columns()), nl=False
    )


@command.command("for")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--vendor", metavar="NAME", help="Only to this vendor.")
@options(JSON, as_json={"help": "The ways as JSON."})
@click.pass_context
def for_(ctx: click.Context, file: str, vendor: str | None, *, as_json: bool) -> None:
    """How files like FILE, by its bytes, were handed over to whom, and what became of it.

    The first line of a vendor's operation is what nothing speaks against, seen last. A file that was
    accepted and, by the answer, not looked at is counted apart.

    Exit code 3 where nothing is known of such files.

    \b
    Examples:
      upload-matrix facts for photo.webp
      upload-matrix facts for report.pdf --vendor anthropic
    """
    import json
    from dataclasses import asdict
    from pathlib import Path

    from upload_matrix.facts.handing import ways
    from upload_matrix.facts.read import format_of, selected, vendors_with_facts
    from upload_matrix.files import shown
    from upload_matrix.model.errors import Exit
    from upload_matrix.report.facts_report import WIDEST, ways_text
    from upload_matrix.report.streams import columns

    path = Path(file)
    sniffed = format_of(path)
    found = ways(selected(every_fact(), vendor=vendor), sniffed)
    if as_json:
        click.echo(json.dumps([asdict(way) for way in found], ensure_ascii=False, indent=1))
    else:
        number = len(vendors_with_facts()) if vendor is None else 1
        click.echo(ways_text(shown(path), sniffed, found, number, columns(widest=WIDEST)), nl=False)
    if not found:
        ctx.exit(Exit.UNRESOLVED)


@command.command("check")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False))
@click.option("--vendor", metavar="NAME", help="Only of this vendor.")
@options(JSON, as_json={"help": "Counts and contradictions as JSON."})
@click.pass_context
def check(ctx: click.Context, file: str | None, vendor: str | None, *, as_json: bool) -> None:
    """Put facts to the emulator: each becomes a request again, under the profile nearest to its date.

    A profile agrees with a fact, contradicts it, or is silent: the operation is not emulated, or the fact
    does not tell what the rules look at. A contradiction is disputed where facts speak for the rule as well.

    FILE has facts of your own, a JSON object a line: as `facts list --json` prints them, or observations.

    Exit codes: 0 no contradiction but disputed ones, 1 another one, 3 no profile speaks of any fact.

    \b
    Examples:
      upload-matrix facts check
      upload-matrix facts check --vendor openai --json
      upload-matrix facts check observations.jsonl
    """
    from pathlib import Path

    from upload_matrix.emulator.agreement import judged
    from upload_matrix.emulator.standing import of_profiles
    from upload_matrix.facts.read import of_file, selected
    from upload_matrix.model.errors import Exit
    from upload_matrix.report.facts_report import check_document, check_json, check_text
    from upload_matrix.report.streams import columns, print_lines

    facts = selected(every_fact() if file is None else of_file(Path(file)), vendor=vendor)
    judgements = judged(counting("fact", facts))
    document = check_document(judgements, of_profiles({each.profile for each in judgements}, facts))
    if as_json:
        click.echo(check_json(document), nl=False)
    else:
        print_lines(check_text(document, columns()).splitlines())
    if document.undeclared:
        ctx.exit(Exit.WRONG)
    if not document.agree and not document.contradict:
        ctx.exit(Exit.UNRESOLVED)


@command.command("rules")
@click.argument("profiles", nargs=-1, metavar="[PROFILE]...")
@options(JSON, as_json={"help": "Rules with the ids of their facts as JSON."})
def rules(profiles: tuple[str, ...], *, as_json: bool) -> None:
    """What each rule of the emulator's profiles rests on. [default: all that come with the program]

    A rule is measured, recorded or reported where facts show its answer, documented where the vendor says
    so, cited where its source is a thread about another request, and else assumed. It is disputed where
    facts speak against it.

    \b
    Example:
      upload-matrix facts rules openai-2026-02
    """
    import json

    from upload_matrix.emulator.profile import load_profile, profile_names
    from upload_matrix.emulator.standing import standings
    from upload_matrix.report.facts_report import WIDEST, rules_as_data, rules_text
    from upload_matrix.report.streams import columns

    loaded = [load_profile(name) for name in profiles or profile_names()]
    found = {each.name: standings(each).values() for each in counting("profile", loaded)}
    if as_json:
        data = [row for name, every in found.items() for row in rules_as_data(name, every)]
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
        return
    for name, every in found.items():
        for text in rules_text(name, every, columns(widest=WIDEST)):
            click.echo(text, nl=False)
