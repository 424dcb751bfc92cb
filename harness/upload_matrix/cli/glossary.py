"""What the words of reports mean, gathered from the rooms that print them; the registry of ``explain``.

A room owns its words: an ``ExplainedWord``, the codes of a family of findings, the checks of ``conform``. A
``Vocabulary`` names them here once. A test fails where a word has no text, or an ``ExplainedWord`` no
vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import metadata

from upload_matrix.ask.cassette_verify import Compared
from upload_matrix.conform.checks import CHECKS
from upload_matrix.conform.naming import NameForm
from upload_matrix.conform.scenario import scenarios as client_scenarios
from upload_matrix.conform.servers.scenarios import scenarios as server_scenarios
from upload_matrix.emulator.agreement import Agreement
from upload_matrix.emulator.profile import load_profile, profile_names
from upload_matrix.emulator.standing import standing
from upload_matrix.facts.fact import Fate, Grade
from upload_matrix.files import closest
from upload_matrix.inspect.proxy.words import PROXY_WORDS
from upload_matrix.inspect.tape_kinds.entry import IMPORT_WORDS
from upload_matrix.judge.ab import AbVerdict
from upload_matrix.judge.compare import Judgement
from upload_matrix.judge.delivered import Delivery
from upload_matrix.judge.findings import FAMILIES
from upload_matrix.judge.gate import GateVerdict
from upload_matrix.judge.isolate.result import PassingBy, Purpose, Stop, Vote
from upload_matrix.judge.proportions import Habit
from upload_matrix.judge.suspects import SUSPECTS
from upload_matrix.model.answer import Provenance, Silence, Supply
from upload_matrix.model.conformance import CheckMark, Tier
from upload_matrix.model.diagnosis import Confidence, Stand
from upload_matrix.model.errors import ConfigurationError, Exit
from upload_matrix.model.hop import Effect, Speaker
from upload_matrix.model.outcome import OutcomeKind
from upload_matrix.model.price import Basis
from upload_matrix.model.reception import Reception
from upload_matrix.model.result import Severity, VerdictKind
from upload_matrix.model.story import ReproVerdict
from upload_matrix.model.sweep import Strategy
from upload_matrix.model.words import ExplainedNumber, ExplainedWord
from upload_matrix.recordings.care import Trouble
from upload_matrix.recordings.library import RecordMode
from upload_matrix.report.compare_text import ComparedAs
from upload_matrix.report.document import Code, Facts, Marked, Paragraph, Readable, Section, Table, Words
from upload_matrix.report.wording import MARKS, MEANINGS
from upload_matrix.spending.ledger import CallState
from upload_matrix.wire.difference import Kind


@dataclass(frozen=True, slots=True)
class GlossaryEntry:
    """A word, what it is one of (``finding``), what it means and what to do ``then``, the ``page`` with more,
    and further things to say of it by name."""

    word: str
    kind: str
    means: str
    then: str
    page: str
    more: tuple[tuple[str, str], ...] = ()


_Told = tuple[str, str, str, tuple[tuple[str, str], ...]]
"""A word, what it means, what to do, and more by name."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words of one ``kind``: ``where`` they are printed, ``then`` what to do about one that does not say it
    itself, the ``page`` below ``docs`` with more."""

    kind: str
    where: str
    page: str
    words: Callable[[], Iterable[_Told]]
    then: str = ""

    @property
    def title(self) -> str:
        """The kind of several: ``Findings``."""
        plural = f"{self.kind[:-1]}ies" if self.kind.endswith("y") else f"{self.kind}s"
        return plural[:1].upper() + plural[1:]

    def entries(self) -> Iterator[GlossaryEntry]:
        """Each word of it."""
        for word, means, then, more in self.words():
            yield GlossaryEntry(word, self.kind, means, then or self.then, _pages() + self.page, more)


@cache
def _pages() -> str:
    """Where the documentation is read: the distribution says so, with its first page."""
    urls = metadata("upload-matrix").get_all("Project-URL", [])
    named = dict(url.split(", ", 1) for url in urls)
    return str(named.get("Documentation", "docs/index.md")).removesuffix("index.md")


def _members(kind: type[ExplainedWord | ExplainedNumber]) -> Iterator[_Told]:
    for each in kind:
        yield str(each.value), each.means, each.then, ()


def _plain(words: Iterable[tuple[str, str]]) -> Iterator[_Told]:
    for word, means in words:
        yield word, means, "", ()


def _findings() -> Iterator[_Told]:
    for family in FAMILIES:
        for code, means in family.codes.items():
            example = family.examples.get(code)
            yield code, means, "", (("example", example),) if example else ()


def _suspects() -> Iterator[_Told]:
    for each in SUSPECTS:
        yield each.name, each.means, each.then, (("number", str(each.number)),)


def _checks() -> Iterator[_Told]:
    yield from _plain((name, check.says) for name, check in CHECKS.items())


def _scenarios() -> Iterator[_Told]:
    found = {each.name: each.says for each in client_scenarios()}
    for each in server_scenarios():
        found.setdefault(each.name, each.says)
    yield from _plain((name, f"{says[:1].upper()}{says[1:]}.") for name, says in found.items())


def _rules() -> Iterator[_Told]:
    for name in profile_names():
        profile = load_profile(name)
        for rule in profile.rules:
            rests = standing(profile, rule.id)
            more = [("source", rule.source)]
            if rests is not None:
                more.append(("rests on", rests.grade))
                if rests.says:
                    more.append(("disputed", rests.says))
            answer = f"{name} answers {rule.answer.status}: {rule.answer.message or 'nothing more'}"
            yield rule.id, answer, "", tuple(more)


_RULES = Vocabulary(
    "emulator rule",
    "What decided an emulated answer; `upload-matrix facts rules PROFILE` lists them.",
    "registry/rules.md",
    _rules,
    "An emulated answer is not the vendor's word: ask the vendor's server before you rely on it.",
)


def _of(kind: type[ExplainedWord | ExplainedNumber]) -> Callable[[], Iterable[_Told]]:
    return partial(_members, kind)


VOCABULARIES = (
    Vocabulary(
        "finding",
        "Of what was sent, whoever answers: `inspect`, `run` and every report.",
        "how-to/inspect.md",
        _findings,
        "The line `fix:` below it has the code to write instead; `inspect --ignore CODE` leaves it out.",
    ),
    Vocabulary("severity", "How bad a finding is.", "how-to/inspect.md", _of(Severity)),
    Vocabulary("outcome", "What became of a case.", "how-to/own-matrix.md", _of(OutcomeKind)),
    Vocabulary(
        "verdict",
        "How an outcome compares with what the matrix expects.",
        "how-to/own-matrix.md",
        _of(VerdictKind),
    ),
    Vocabulary("exit code", "The same for every command.", "how-to/ci-gate.md", _of(Exit)),
    Vocabulary(
        "sign",
        "Stands before an outcome, a verdict, a finding or a suspect.",
        "how-to/terminal.md",
        lambda: _plain(MEANINGS.items()),
    ),
    Vocabulary("provenance", "Who gave an answer.", "explanation/emulated.md", _of(Provenance)),
    Vocabulary("supply", "By which way an answer reached a run.", "explanation/emulated.md", _of(Supply)),
    Vocabulary("silence", "Why a request got no answer.", "how-to/find-the-cause.md", _of(Silence)),
    Vocabulary("delivery", "What became of a file that was accepted.", "how-to/inspect.md", _of(Delivery)),
    Vocabulary(
        "suspect", "What `diagnose` looks into, the cheapest first.", "how-to/find-the-cause.md", _suspects
    ),
    Vocabulary("standing", "How a suspect of `diagnose` stands.", "how-to/find-the-cause.md", _of(Stand)),
    Vocabulary(
        "confidence",
        "How sure the cause is that `diagnose` found.",
        "how-to/find-the-cause.md",
        _of(Confidence),
    ),
    Vocabulary("isolation end", "Why `isolate` ended, in its JSON.", "how-to/find-the-cause.md", _of(Stop)),
    Vocabulary(
        "passing request",
        "How the request came about that an isolation compares with.",
        "how-to/find-the-cause.md",
        _of(PassingBy),
    ),
    Vocabulary("question", "What an isolation asks, in its JSON.", "how-to/find-the-cause.md", _of(Purpose)),
    Vocabulary(
        "vote", "What an answer says to a question of an isolation.", "how-to/find-the-cause.md", _of(Vote)
    ),
    Vocabulary(
        "difference",
        "What a difference of two wire forms is about.",
        "explanation/wire-forms.md",
        _of(Kind),
    ),
    Vocabulary(
        "comparison",
        "What became of a case from one run to another: `compare`.",
        "how-to/ci-gate.md",
        _of(ComparedAs),
    ),
    Vocabulary(
        "judgement",
        "What a change means: `compare`, `sweep --baseline`.",
        "how-to/sdk-releases.md",
        _of(Judgement),
    ),
    Vocabulary(
        "gate verdict",
        "What a gate comes to: the first of these that is true.",
        "how-to/ci-gate.md",
        _of(GateVerdict),
    ),
    Vocabulary("strategy", "Which releases a sweep measures.", "how-to/sdk-releases.md", _of(Strategy)),
    Vocabulary("A/B verdict", "What `ab` comes to.", "how-to/live-ab.md", _of(AbVerdict)),
    Vocabulary("habit", "What repeated calls of one variant show.", "how-to/live-ab.md", _of(Habit)),
    Vocabulary("mark", "What became of a check of `conform`.", "how-to/conform.md", _of(CheckMark)),
    Vocabulary("tier", "How much depends on a check of `conform`.", "how-to/conform.md", _of(Tier)),
    Vocabulary(
        "check",
        "What `conform client` looks for in what was sent.",
        "how-to/conform.md",
        _checks,
        "Where it fails, what was seen stands beside it.",
    ),
    Vocabulary(
        "scenario", "A call that `conform` makes, with one thing otherwise.", "how-to/conform.md", _scenarios
    ),
    Vocabulary(
        "filename spelling",
        "How a client writes a name: the tables of `conform`.",
        "how-to/conform.md",
        _of(NameForm),
    ),
    Vocabulary(
        "reception",
        "What a server or gateway made of an upload: `conform server`.",
        "how-to/conform-server.md",
        _of(Reception),
    ),
    Vocabulary(
        "gateway effect",
        "What a difference between the sent and the forwarded upload is.",
        "how-to/gateways.md",
        _of(Effect),
    ),
    Vocabulary(
        "speaker", "Whose verdict the client got through a gateway.", "how-to/gateways.md", _of(Speaker)
    ),
    Vocabulary(
        "proxy word",
        "What `inspect --proxy` says of connections.",
        "how-to/inspect.md",
        lambda: _plain(PROXY_WORDS.items()),
    ),
    Vocabulary(
        "import word",
        "What `import` says of a recording's requests.",
        "how-to/find-the-cause.md",
        lambda: _plain(IMPORT_WORDS.items()),
    ),
    Vocabulary("grade", "How a fact is known, the strongest first.", "explanation/evidence.md", _of(Grade)),
    Vocabulary("fate", "What a fact says became of an upload.", "explanation/evidence.md", _of(Fate)),
    Vocabulary(
        "agreement", "What an emulator profile says of a fact.", "explanation/evidence.md", _of(Agreement)
    ),
    Vocabulary(
        "trouble",
        "What can be wrong with a recording: `cassettes check`.",
        "how-to/own-matrix.md",
        _of(Trouble),
    ),
    Vocabulary("recheck", "What `cassettes check --verify` came to.", "how-to/own-matrix.md", _of(Compared)),
    Vocabulary("record mode", "The values of `--record-mode`.", "how-to/own-matrix.md", _of(RecordMode)),
    Vocabulary(
        "token source", "Where the tokens of a recipe come from: `costs`.", "how-to/live-ab.md", _of(Basis)
    ),
    Vocabulary("call state", "What became of a call in the ledger.", "how-to/live-ab.md", _of(CallState)),
    Vocabulary(
        "repro", "What running a repro of `bug-report` showed.", "how-to/bug-report.md", _of(ReproVerdict)
    ),
    _RULES,
)
"""In the order in which they are listed."""

_ALIASES = {
    **{mark: kind.value for kind, mark in MARKS.items() if mark},
    "no recording": "unrecorded",
    "told apart": "different",
    "no difference": "alike",
    "could not be told apart": "untold",
    "no statement": "silent",
    "flaky": "sometimes",
    "regressed": "regression",
    "two tiers": "essential",
}
"""Other words for the same."""


def glossary() -> Iterator[GlossaryEntry]:
    """Every word, by kind."""
    for each in VOCABULARIES:
        yield from each.entries()


def _folded(word: str) -> str:
    """A word as it is compared: ``The account`` is ``account``, ``not_sent`` is ``not-sent``."""
    plain = word.casefold().replace("_", "-").replace(" ", "-").strip("-")
    for article in ("the-", "a-"):
        plain = plain.removeprefix(article)
    return plain


def explained(word: str) -> tuple[GlossaryEntry, ...]:
    """What a word means, as everything that it is. Raises ConfigurationError for one that is nothing here."""
    bare = word.strip("`[]() ") or word
    known = tuple(glossary())
    wanted = {_folded(each) for each in (bare, bare.strip("!?✓✗–≠=: ")) if each}
    aliases = {_folded(alias): _folded(means) for alias, means in _ALIASES.items()}
    wanted |= {aliases[each] for each in tuple(wanted) if each in aliases}
    found = tuple(each for each in known if _folded(each.word) in wanted)
    if not found:
        near = closest(_folded(bare), dict.fromkeys([*aliases, *(_folded(each.word) for each in known)]))
        hint = f"did you mean {near!r}?" if near else "`upload-matrix explain` lists every word"
        raise ConfigurationError(f"{word!r} is no word of this program's reports; {hint}")
    return found


def entry_page(found: tuple[GlossaryEntry, ...]) -> Readable:
    """One word, each of its meanings."""
    where = {each.kind: each.where for each in VOCABULARIES}
    return Readable(
        found[0].word,
        (),
        tuple(
            Section(
                f"{each.word} ({each.kind})",
                (
                    Paragraph(Marked(each.means)),
                    Paragraph(Marked(where[each.kind])),
                    Facts(tuple(_beside(each))),
                ),
            )
            for each in found
        ),
    )


def _beside(entry: GlossaryEntry) -> Iterator[tuple[str, Words]]:
    if entry.then:
        yield "what to do", Marked(entry.then)
    yield from entry.more
    yield "more", entry.page


def glossary_page() -> Readable:
    """Every word but the emulator's rules, in a table a kind."""
    sections = (
        Section(
            each.title,
            (
                Paragraph(Marked(each.where)),
                Table(
                    ("word", "meaning"),
                    tuple((Code(entry.word), Marked(entry.means)) for entry in each.entries()),
                ),
            ),
        )
        for each in VOCABULARIES
        if each is not _RULES
    )
    rules = len({entry.word for entry in _RULES.entries()})
    note = (
        f"Name a word to read what to do about it. Beside these, {rules} rules of the emulator can be named."
    )
    return Readable("Words", (Paragraph(note),), tuple(sections))
