"""Asking again for what is recorded, and saying where today's answer drifted from it.

Recordings hold no file's bytes, so the requests are captured anew by running the matrices' cases offline.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from upload_matrix.answers.answering import Answering, Policy
from upload_matrix.ask.cassette_care import Wishes, found, known_targets, matrices_of, redactor_of
from upload_matrix.ask.options import LiveOptions
from upload_matrix.ask.planning import capture
from upload_matrix.judge.compare import Drift, drift
from upload_matrix.model.answer import Answer, NoAnswer, Silence
from upload_matrix.model.errors import CassetteError, ConfigurationError, Exit
from upload_matrix.model.outcome import says_nothing
from upload_matrix.model.plan import CallRecord
from upload_matrix.model.words import ExplainedWord
from upload_matrix.recordings import CassetteLibrary, RecordMode, Writing
from upload_matrix.recordings.bodies import scrubbed
from upload_matrix.recordings.redactor import DEFAULT, Redactor
from upload_matrix.report.costs import calls_made
from upload_matrix.report.wording import plural
from upload_matrix.run.loading import Loaded, kept_model, settings_of, with_model
from upload_matrix.spending.tables import load_prices
from upload_matrix.targets.sending import Live
from upload_matrix.wire.form import Captured


class Compared(ExplainedWord):
    """What asking again came to."""

    SAME = "same", "Asked again, the server answered as recorded."
    DRIFTED = (
        "drifted",
        "Asked again, the server answered otherwise: another status, another error, or other fields.",
        "Read the differences, then record anew: `record --record-mode all`.",
    )
    UNANSWERED = (
        "unanswered",
        "Nothing came that says anything about the upload: no answer, 429, 5xx, or none allowed any more.",
        "Ask again later.",
    )
    UNSENT = (
        "unsent",
        "The budget did not allow it.",
        "Run it again with a higher `--budget` or `--max-calls`.",
    )
    UNASKED = "unasked", "No case here sends its request, so there was nothing to ask with."


@dataclass(frozen=True, slots=True)
class VerifiedForm:
    """One recorded wire form, asked for again. ``says`` is why it was not answered."""

    target: str
    wire: str
    compared: Compared
    drifts: tuple[Drift, ...] = ()
    says: str | None = None

    def __str__(self) -> str:
        words = "; ".join(map(str, self.drifts)) or self.says
        return f"{self.target} {self.wire}: {self.compared}" + (f": {words}" if words else "")


class Allowance:
    """How many requests may still be sent; None for any number."""

    def __init__(self, most: int | None = None) -> None:
        self.most = most
        self._taken = 0

    def take(self) -> bool:
        """Whether one more may be sent; counts it if so."""
        if self.most is not None and self._taken >= self.most:
            return False
        self._taken += 1
        return True


def verify(
    requests: Iterable[Captured],
    library: CassetteLibrary,
    ask: Callable[[Captured], Answer | NoAnswer],
    *,
    redactor: Redactor = DEFAULT,
    allowance: Allowance | None = None,
) -> Iterator[VerifiedForm]:
    """Ask again for each distinct request that is recorded, as far as ``allowance`` goes.

    Where several samples are recorded, an answer like any of them is the same: a flaky server is no
    drift. Otherwise the differences from the first are told. Raises CassetteError for a recording that
    is not sound.
    """
    allowance = allowance or Allowance()
    seen: set[str] = set()
    for request in requests:
        form = library.form(request.wire)
        if form.digest in seen:
            continue
        seen.add(form.digest)
        samples = library.samples(request.wire)
        recorded = [sample.answer for sample in samples if sample.unkept is None]
        if not recorded:
            for sample in samples[:1]:
                says = f"nothing to compare with: {sample.unkept}"
                yield VerifiedForm(library.target, form.digest, Compared.UNANSWERED, says=says)
            continue
        if not allowance.take():
            says = f"not sent: calls allowed: {allowance.most}"
            yield VerifiedForm(library.target, form.digest, Compared.UNANSWERED, says=says)
            continue
        yield _verified(library.target, form.digest, recorded, ask(request), redactor)


def _verified(
    target: str, wire: str, recorded: list[Answer], reply: Answer | NoAnswer, redactor: Redactor
) -> VerifiedForm:
    if isinstance(reply, NoAnswer):
        kind = Compared.UNSENT if reply.why is Silence.BUDGET else Compared.UNANSWERED
        return VerifiedForm(target, wire, kind, says=redactor.text(reply.says))
    if says_nothing(reply.status):
        return VerifiedForm(target, wire, Compared.UNANSWERED, says=f"answered with {reply.status}")
    try:
        now, _ = scrubbed(reply, redactor)
    except CassetteError as error:
        return VerifiedForm(target, wire, Compared.UNANSWERED, says=str(error))
    differences = [drift(answer, now) for answer in recorded]
    if not all(differences):
        return VerifiedForm(target, wire, Compared.SAME)
    return VerifiedForm(target, wire, Compared.DRIFTED, differences[0])


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """What came of asking again for recordings, and the live calls it took."""

    verified: tuple[VerifiedForm, ...]
    calls: tuple[CallRecord, ...]

    def lines(self) -> Iterator[str]:
        """The counts, a line on each that is not the same, and what it cost."""
        kinds = [each.compared for each in self.verified]
        done = kinds.count(Compared.SAME) + kinds.count(Compared.DRIFTED)
        counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in Compared if kind in kinds)
        yield f"verified {done or 'nothing'} of {plural(len(kinds), 'recorded request')}: {counts or 'none'}"
        yield from (str(each) for each in self.verified if each.compared is not Compared.SAME)
        if self.calls:
            yield f"made {calls_made(self.calls)}"

    def document(self) -> list[dict[str, Any]]:
        """The same as plain data."""
        return [{**asdict(each), "compared": each.compared.value} for each in self.verified]

    def exit_code(self, code: int) -> int:
        """The command's exit code, where looking without asking came to ``code``."""
        kinds = {each.compared for each in self.verified}
        if Compared.DRIFTED in kinds:
            return Exit.WRONG
        if Compared.UNSENT in kinds:
            return code or Exit.BUDGET
        return code if kinds == {Compared.SAME} else code or Exit.UNRESOLVED


def ask_again(wishes: Wishes, options: LiveOptions) -> AskedAgain:
    """Ask again for the recordings that ``wishes`` are about, within the limits of ``options``.

    Raises ConfigurationError where there is no matrix to know by what to send.
    """
    loaded = matrices_of(wishes.matrices, wishes.cassettes)
    if loaded is None:
        raise ConfigurationError("--verify runs cases to know what to send: name a matrix, or make matrix/")
    calls: list[CallRecord] = []
    live = Live()
    with ExitStack() as opened:
        if any(each.target and not each.emulated for each in found(wishes.cassettes, wishes.targets)):
            # Calls are counted here, with those of emulated targets.
            limits = replace(options.limits(), max_calls=None)
            account = opened.enter_context(limits.account("verify"))
            prices = load_prices([folder / "prices" for folder in loaded.folders])
            live = Live(account=account, prices=prices, told=calls.append)
        verified = tuple(_verify_all(loaded, wishes, Allowance(options.max_calls), live))
    return AskedAgain(verified, tuple(calls))


def _verify_all(loaded: Loaded, wishes: Wishes, allowance: Allowance, live: Live) -> Iterator[VerifiedForm]:
    """Run the cases offline to capture their requests, and ask every target again for what is recorded of it.

    That is not only a case's own target: any other may have answered it, by ``--target`` or ``--base-url``.
    A recording whose request no case sends is ``unasked``. Raises ConfigurationError when a target cannot be
    asked (no key).
    """
    cassettes, today = wishes.cassettes, wishes.today
    redactor = redactor_of(wishes.redact)
    recordings: dict[str, list[str]] = {}
    for entry in found(cassettes, wishes.targets):
        if entry.target is not None:
            recordings.setdefault(entry.target, []).append(entry.digest)
    replaying = Policy(cassettes, RecordMode.NONE, today)
    settings = settings_of([loaded], replaying, tables={}, live=Live())
    asking = Policy(cassettes, RecordMode.NONE, today, recording=False)
    known = known_targets(loaded)
    auto = partial(kept_model, cassettes)
    with (
        Answering(replaying, settings.targets, settings.profiles) as recorded,
        Answering(asking, settings.targets, settings.profiles, live) as answering,
    ):
        for target, digests in recordings.items():
            asked = set[str]()
            if target in known:
                cases = [with_model(replace(case, target=target), auto) for case in loaded.cases]
                library = CassetteLibrary(
                    cassettes,
                    target,
                    base_url=f"http://verify.invalid{answering.root(target)}",
                    mode=RecordMode.NONE,
                    writing=Writing(today, redactor=redactor),
                )
                seen = capture(settings, recorded, cases).seen
                requests = [
                    each.request for each in seen if library.form(each.request.wire).digest in digests
                ]
                if requests:
                    ask = answering.answerer(target)
                    for verified in verify(requests, library, ask, redactor=redactor, allowance=allowance):
                        asked.add(verified.wire)
                        yield verified
            for wire in digests:
                if wire not in asked:
                    yield VerifiedForm(target, wire, Compared.UNASKED, says="no case here sends this request")
