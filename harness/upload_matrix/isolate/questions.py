"""What ``isolate`` and ``diagnose`` share: their options, what is open while they ask, agreeing, reports."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from upload_matrix.answers.answering import EMULATOR, Answering, Policy
from upload_matrix.ask.options import LiveOptions, Through, announce, paths_of, taken
from upload_matrix.ask.recording import DECLINED
from upload_matrix.emulator.profile import load_profile
from upload_matrix.gateway.gateway import Gateway
from upload_matrix.inspect import saved
from upload_matrix.isolate.asker import Asker, Memory
from upload_matrix.isolate.isolated import End
from upload_matrix.isolate.passage import ThroughAsker
from upload_matrix.isolate.subject import Subject, captured_case, find_case, likely_container
from upload_matrix.judge.isolate.asking import SearchOptions
from upload_matrix.judge.isolate.result import PassingBy, Trial, bound
from upload_matrix.judge.isolate.words import lost_words
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.estimate import estimate_in
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.price import PriceTable, shown
from upload_matrix.recordings import RecordMode, guard
from upload_matrix.recordings.custom import project_rules
from upload_matrix.report.costs import calls_made
from upload_matrix.report.document import Readable, markdown, terminal
from upload_matrix.report.opening import open_page
from upload_matrix.report.registry import write_text
from upload_matrix.report.streams import agreed, columns, print_lines, say
from upload_matrix.report.wording import plural
from upload_matrix.run.loading import Loaded, holds_matrices, kept_model, load, settings_of
from upload_matrix.run.session import Settings
from upload_matrix.spending.tables import load_prices
from upload_matrix.targets.sending import Live, Patience
from upload_matrix.targets.spec import TargetSpec
from upload_matrix.wire.form import Captured

AUTO = "auto"


_ROOM = 6
"""Calls beside those of the search: for confirming, and for what the steps around it ask."""


_NOISY = 6
"""Answers that a question takes at most on average, where each is asked until a test is sure."""


@dataclass(frozen=True, slots=True)
class QuestionOptions:
    """The options that ``isolate`` and ``diagnose`` share; ``ask_each`` is ``1`` or ``auto``."""

    live: LiveOptions
    way: Through = field(default_factory=Through)
    matrices: tuple[str, ...] = ()
    ask_each: str = "1"
    reconfirm: bool | None = None
    as_json: bool = False
    output: str | None = None
    show: bool = False

    @classmethod
    def of(cls, values: dict[str, Any]) -> QuestionOptions:
        """From click's values; raises ConfigurationError before anything is asked."""
        options = cls(taken(LiveOptions, values), taken(Through, values), **values)
        suffix = None if options.output is None else Path(options.output).suffix
        if suffix not in (None, ".md", ".json", ".html"):
            raise ConfigurationError(
                f"-o {options.output}: a report is written as .md, .json or .html; end the name so"
            )
        if options.show and suffix != ".html":
            raise ConfigurationError("--open: there is no page to open; name one with -o FILE.html")
        return options


@dataclass
class Investigation:
    """Everything open that answers questions; ``has_matrix`` says whether there are cases to look for."""

    loaded: Loaded
    settings: Settings
    policy: Policy
    keeping: Answering
    leaving: Answering | None
    prices: PriceTable
    records: list[CallRecord]
    options: QuestionOptions
    has_matrix: bool

    @property
    def cassettes(self) -> Path:
        """The folder of recordings."""
        return self.policy.cassettes

    def spec(self, target: str) -> TargetSpec | None:
        """The description of a live target; None for the emulator. Raises ConfigurationError."""
        if target.startswith(EMULATOR):
            return None
        found = self.loaded.targets.get(target)
        if found is None:
            names = ", ".join(sorted(self.loaded.targets))
            raise ConfigurationError(
                f"no target is called {target!r}; there are {names} and emulator:PROFILE"
            )
        return found

    def asker(self, target: str, memory: Memory) -> Asker:
        """Who asks ``target``; raises ConfigurationError when it cannot be (no such target, no key)."""
        self.spec(target)
        self.keeping.secrets(target)
        return Asker(target, self.keeping, self.leaving, memory, records=self.records)

    def through(self, target: str, memory: Memory, gateway: Gateway) -> ThroughAsker:
        """Who asks ``target`` by way of a gateway; raises ConfigurationError as ``asker`` does."""
        self.spec(target)
        self.keeping.secrets(target)
        return ThroughAsker(target, self.keeping, self.leaving, memory, gateway, records=self.records)

    def search_options(self, target: str) -> SearchOptions:
        """How to isolate: ends are asked anew where a real server may have changed its mind."""
        reconfirm = self.options.reconfirm
        if reconfirm is None:
            reconfirm = not target.startswith(EMULATOR) and self.policy.mode is not RecordMode.NONE
        return SearchOptions(trial=Trial(repeat=self.options.ask_each == AUTO), reconfirm=reconfirm)

    def today(self, target: str) -> date:
        """The day by which models live: an emulator's is that of its profile."""
        if not target.startswith(EMULATOR):
            return self.policy.today
        name = target.removeprefix(EMULATOR)
        return load_profile(self.loaded.profiles.get(name, name)).date

    def subject(self, name: str, target: str | None = None) -> Subject:
        """A case by its id, or a saved request by its folder. Raises ConfigurationError.

        ``target`` is used where neither the command line nor the request names one.
        """
        folder = Path(name)
        if folder.suffix == saved.SUFFIX or (folder / saved.WIRE).exists():
            return self._saved(folder, target)
        if not self.has_matrix:
            raise ConfigurationError(
                f"{name}: no folder of a saved request (with {saved.WIRE} in it), and no matrix to look for "
                "a case in; name one with --matrix, or put one into matrix/"
            )
        return captured_case(self.settings, self.keeping, find_case(self.loaded, name))

    def passing(self, name: str, failing: Subject) -> End:
        """A request named as one that passes; raises ConfigurationError, also for one of another target."""
        found = self.subject(name, failing.target)
        if found.target != failing.target:
            raise ConfigurationError(
                f"{found.name} is meant for {found.target}, and {failing.name} for {failing.target}: nothing "
                "follows from comparing answers of two servers; have one of them answer both with --target"
            )
        return End(found.request, PassingBy.GIVEN, found.name)

    def _saved(self, folder: Path, target: str | None) -> Subject:
        found = saved.load(folder)
        named = self.options.live.asked_target()
        asked = found.asked if found.asked.startswith(EMULATOR) else self._by_url(found.asked)
        answering = named or asked or target
        if answering is None:
            raise ConfigurationError(
                f"{folder}: it was sent to {found.asked}, which is no target here; name one with --target, "
                "or the server with --base-url"
            )
        files = found.request.wire.uploads()
        container = likely_container(files[0]) if files else None
        if found.lost:
            say(f"{folder.name}: {lost_words(found.lost)}")
        client = found.caller.client
        return Subject(folder.name, answering, found.request, client, container, lost=found.lost)

    def _by_url(self, url: str) -> str | None:
        specs = self.loaded.targets.values()
        return next((spec.name for spec in specs if spec.base_url.rstrip("/") == url.rstrip("/")), None)


@contextmanager
def opened(options: QuestionOptions, label: str) -> Iterator[Investigation]:
    """Open books, prices, recordings and targets. Raises ConfigurationError.

    Without ``--matrix`` and matrix files in ``matrix`` only saved requests and programs can be looked into.
    """
    live = options.live
    paths = paths_of(options.matrices)
    has_matrix = bool(options.matrices) or holds_matrices(paths[0])
    mode = RecordMode(live.record_mode)
    rules = project_rules(Path.cwd())
    policy = Policy(live.folder(), mode, datetime.now(tz=UTC).date(), rules=rules)
    request = live.request(paths if has_matrix or paths[0].is_dir() else ())
    auto = partial(kept_model, policy.cassettes)
    loaded = load(replace(request, models=auto, with_cases=has_matrix))
    prices = load_prices([folder / "prices" for folder in loaded.folders])
    limits = live.limits()
    records: list[CallRecord] = []
    with limits.account(label) as account:
        asking = Live(account, prices, Patience(), 1, records.append)
        settings = settings_of([loaded], policy, tables=live.tables(), live=asking)
        aside = replace(policy, recording=False)
        with (
            Answering(policy, settings.targets, settings.profiles, asking) as keeping,
            Answering(aside, settings.targets, settings.profiles, asking) as leaving,
        ):
            try:
                yield Investigation(
                    loaded,
                    settings,
                    policy,
                    keeping,
                    None if mode is RecordMode.NONE else leaving,
                    prices,
                    records,
                    options,
                    has_matrix,
                )
            finally:
                if records:
                    say(f"made {calls_made(records)}")


@contextmanager
def gateway_of(
    inquiry: Investigation, target: str | None, assets: dict[str, str]
) -> Iterator[Gateway | None]:
    """The gateway that was asked for, None without ``--through``; it is started when first needed.

    ``target`` is who answers behind it, where that is known already. ``assets`` maps the SHA-256 of shipped
    pictures to their names; it may be filled later. Raises ConfigurationError.
    """
    spec = inquiry.options.way.spec()
    if spec is None:
        yield None
        return
    if target is not None:
        announce(spec, inquiry.loaded, say, (target,))
    hidden = {each.key_env for each in inquiry.loaded.targets.values() if each.key_env}
    gateway = Gateway(spec, assets, hidden=hidden)
    try:
        yield gateway
    finally:
        gateway.close()


def most_calls(differences: int, tries: int, options: SearchOptions) -> int:
    """A limit on calls where the user gave none: enough for two causes, with their confirmation."""
    questions = tries + 2 * options.reconfirm + bound(differences, 2) + _ROOM
    return questions * (_NOISY if options.trial.repeat else 1)


def agree(inquiry: Investigation, asker: Asker, request: Captured, most: int, what: str) -> None:
    """Say what asking may take, set the limit, and have the user agree where it may cost something.

    Raises ConfigurationError when nobody is there to agree, or a budget cannot hold.
    """
    live = inquiry.options.live
    most = most if live.max_calls is None else min(most, live.max_calls)
    asker.most = most
    if asker.free:
        return
    estimate = estimate_in(inquiry.prices, request.wire, asker.target)
    if live.budget is not None and estimate.worst is None and live.unknown_price is None:
        raise ConfigurationError(
            f"--budget {live.budget}: the price of these calls is unknown, so the budget cannot hold; say "
            "what one counts as with --unknown-price USD, or limit calls with --max-calls"
        )
    say(f"{what}: at most {plural(most, 'call')} to {asker.target}; what is recorded is not asked again")
    if estimate.worst is None:
        say("  what they cost is unknown: " + "; ".join(estimate.notes))
    else:
        say(
            f"  a call that is accepted costs about {shown(estimate.expected)}, at most "
            f"{shown(estimate.worst)}: together at most {shown(estimate.worst * most)}; a rejected one "
            "usually costs nothing"
        )
    if live.budget is not None:
        say(f"  and not more than the budget of {live.budget} USD")
    if live.yes:
        return
    ways = "--yes makes them, --record-mode none looks at recordings only"
    if not agreed(plural(most, "call"), "go on?", ways):
        raise ConfigurationError(DECLINED)


def deliver(
    options: QuestionOptions,
    secrets: tuple[str, ...],
    *,
    json: str,
    report: Readable,
    html: Callable[[], str],
) -> None:
    """Print the report and write the file that was asked for; raises CassetteError for one with a secret.

    ``html`` makes the page, which is made only where it is asked for.
    """
    text = terminal(report, columns())
    output = None if options.output is None else Path(options.output)
    forms = {".json": json, ".md": markdown(report), "": text}
    if output is not None and output.suffix == ".html":
        forms[".html"] = html()
    for each in forms.values():
        guard(each, secrets, "the report")
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_text(output, forms[output.suffix])
    said = open_page(output) if output is not None and options.show else None
    if said is not None:
        say(said)
    if options.as_json:
        sys.stdout.write(json)
    else:
        print_lines(text.splitlines())
