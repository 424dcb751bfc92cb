"""Who answers a case: a recording first, then whoever the target is, as the record mode allows."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Protocol

from upload_matrix.answers.file_ids import UNKNOWN, FileIds
from upload_matrix.answers.given import read_given
from upload_matrix.emulator.judge import answer as emulate
from upload_matrix.emulator.profile import Profile, load_profile, root_of
from upload_matrix.emulator.standing import dispute
from upload_matrix.files import write_whole
from upload_matrix.model.answer import NOT_SENT, Answer, NoAnswer, Silence
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.model.plan import BudgetExceededError
from upload_matrix.recordings import CassetteLibrary, RecordMode, Redactor, Writing, guard, stored_form
from upload_matrix.recordings.bodies import UNRECORDABLE
from upload_matrix.recordings.custom import CustomRule
from upload_matrix.recordings.identity import SUFFIX, folder_name
from upload_matrix.targets.sending import Live, Sender
from upload_matrix.targets.spec import TargetSpec, described, load_target
from upload_matrix.wire.form import Captured, WireForm

EMULATOR = "emulator:"
"""What the name of an emulated target starts with; a profile follows."""


def emulated_root(target: str) -> str:
    """Where the API of an emulated target lies."""
    return root_of(target.removeprefix(EMULATOR))


@dataclass(frozen=True, slots=True)
class Policy:
    """How answers are come by.

    ``recording`` False leaves cassettes aside: every request goes to its target. ``recorded`` is what
    ``recorded_folders`` saw when the run began (looked up once for parallel workers), None to look.
    ``blocked`` forbids forwarding to anything but the emulator. ``given`` is a file with answers of this
    run that no recording keeps (see ``given``). ``timeout`` are seconds a live server may be silent.
    ``rules`` are the user's own redaction patterns.
    """

    cassettes: Path
    mode: RecordMode
    today: date
    recording: bool = True
    recorded: frozenset[str] | None = None
    blocked: bool = False
    timeout: float = 60.0
    given: Path | None = None
    rules: tuple[CustomRule, ...] = ()


class Answers(Protocol):
    """What a session needs of whoever answers."""

    def close(self) -> None:
        """Close what is open."""

    def root(self, target: str) -> str:
        """The path under which the target's API lies (``/v1``)."""

    def free(self, target: str) -> bool:
        """Whether an answer costs nothing, and may be asked for ahead of its turn."""

    def answerer(self, target: str, sample: int = 0) -> Callable[[Captured], Answer | NoAnswer]:
        """The function that answers requests meant for ``target``, for the given repetition."""

    def stored(self, wire: WireForm) -> WireForm:
        """The form as recordings and reports keep it: no secrets, nothing that differs from run to run."""

    def redactor(self, target: str) -> Redactor:
        """What takes secrets out of words: patterns, the user's own, and the target's key itself."""

    def read_ahead(self, cases: int, while_: Callable[[], bool]) -> None:
        """Make ready what ``cases`` cases may need."""


class Answering:
    """The answerers of a run, one per target, made when first needed. Use as a context manager.

    ``profiles`` maps the name of an emulator profile to what ``load_profile`` takes; ``live`` says how live
    servers are asked. Thread-safe once an answerer was made for each target.
    """

    def __init__(
        self,
        policy: Policy,
        targets: Mapping[str, TargetSpec],
        profiles: Mapping[str, str] | None = None,
        live: Live | None = None,
    ) -> None:
        self._policy = policy
        self._targets = targets
        self._profiles = profiles or {}
        self._live = live or Live()
        self._senders: dict[str, Sender] = {}
        self._libraries: dict[str, CassetteLibrary] = {}
        self._renewing: dict[str, CassetteLibrary] = {}
        self._asks: dict[str, Callable[[Captured, int], Answer | NoAnswer]] = {}
        self._emulated: dict[str, Profile] = {}
        self._given = read_given(policy.given).replies if policy.given is not None else {}
        self._file_ids = FileIds()
        self._made = threading.Lock()
        self._patterns = Redactor(policy.rules)
        self._redactors: dict[str, Redactor] = {}
        self._stored: dict[str, WireForm] = {}

    def __enter__(self) -> Answering:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close connections to live targets."""
        for sender in self._senders.values():
            sender.close()

    def root(self, target: str) -> str:
        """The path under which the target's API lies (``/v1``)."""
        return emulated_root(target) if target.startswith(EMULATOR) else self._spec(target).root

    def answerer(self, target: str, sample: int = 0) -> Callable[[Captured], Answer | NoAnswer]:
        """The function that answers requests meant for ``target``; ``sample`` is the repetition.

        Raises ConfigurationError when the target cannot be asked (no such target, no key).
        """
        ask = self._asking(target)
        library = self._libraries.get(target)
        if library is None:
            return lambda request: ask(request, sample)

        def answer(request: Captured) -> Answer | NoAnswer:
            reply = library.reply(request.wire, lambda: ask(request, sample), sample=sample)
            if isinstance(reply, NoAnswer) and reply.why is Silence.UNRECORDED and self._given:
                reply = self._given.get((target, self.stored(request.wire).digest, sample), reply)
            return self._with_dispute(target, reply)

        return answer

    def renewer(self, target: str, sample: int = 0) -> Callable[[Captured], Answer | NoAnswer]:
        """As ``answerer``, but a request that is recorded is asked all the same; a new answer replaces it."""
        ask = self._asking(target)
        with self._made:
            if target not in self._renewing:
                secrets = self._senders[target].secrets if target in self._senders else ()
                self._renewing[target] = self._library(target, secrets, RecordMode.ALL)
            library = self._renewing[target]
        return lambda request: library.reply(request.wire, lambda: ask(request, sample), sample=sample)

    def direct(self, target: str) -> Callable[[Captured], Answer | NoAnswer]:
        """Asks the target itself, recordings and books left aside: for questions that cost nothing.

        Raises ConfigurationError as ``answerer`` does.
        """
        ask = self._asking(target)
        sender = self._senders.get(target)
        if sender is None:
            return lambda request: ask(request, 0)
        return sender.unbooked

    def recorded(self, target: str, wire: WireForm, sample: int = 0) -> Answer | NoAnswer | None:
        """The recorded answer to a request; None when there is none, or recordings are left aside.

        NoAnswer of the kind ``unkept`` where one came that no recording keeps.
        """
        self._asking(target)
        library = self._libraries.get(target)
        found = None if library is None else library.recorded(wire, sample)
        return found if found is None else self._with_dispute(target, found)

    def _with_dispute(self, target: str, reply: Answer | NoAnswer) -> Answer | NoAnswer:
        """The answer with what is known today against the rule that gave it, whenever that was."""
        profile = self._emulated.get(target)
        if profile is None or not isinstance(reply, Answer) or reply.rule is None:
            return reply
        return replace(reply, source=replace(reply.source, disputed=dispute(profile, reply.rule)))

    def unrecordable(self, target: str, wire: WireForm) -> str | None:
        """Why no recording of a request can be made or played; None when one can, or none is wanted."""
        self._asking(target)
        library = self._libraries.get(target)
        return None if library is None or library.recordable(wire) else UNRECORDABLE

    def stored(self, wire: WireForm) -> WireForm:
        """The form as recordings and reports keep it; see ``stored_form``."""
        form = self._stored.get(wire.digest)
        if form is None:
            form = self._stored[wire.digest] = stored_form(wire, self._patterns)
        return form

    def redactor(self, target: str) -> Redactor:
        """What takes secrets out of words: patterns, the user's own, and the target's key itself."""
        if target not in self._redactors:
            self._redactors[target] = Redactor(self._policy.rules, self.secrets(target))
        return self._redactors[target]

    def fresh(self, target: str) -> bool:
        """Whether the target had no recording when the run began: mode ``once`` then asks."""
        self._asking(target)
        library = self._libraries.get(target)
        return library is None or library.fresh

    def secrets(self, target: str) -> tuple[str, ...]:
        """What must not be written anywhere: the target's key and the like."""
        self._asking(target)
        sender = self._senders.get(target)
        return () if sender is None else sender.secrets

    def free(self, target: str) -> bool:
        """Whether an answer costs nothing: it is replayed, or the emulator gives it."""
        replaying = self._policy.recording and self._policy.mode is RecordMode.NONE
        return replaying or target.startswith(EMULATOR)

    def read_ahead(self, cases: int, while_: Callable[[], bool]) -> None:
        """Read recordings of the targets in use, one by one.

        As many as there are ``cases`` are read in any case: one by one while a client waits for its
        answer, they would cost more. Further ones only while ``while_`` says so.
        """
        libraries = tuple(self._libraries.values())
        paths = itertools.chain.from_iterable(library.read_ahead() for library in libraries)
        for number, _ in enumerate(paths, 1):
            if number >= cases and not while_():
                return

    def tidy_up(self, played: Mapping[str, Iterable[WireForm]], *, complete: bool) -> tuple[Path, ...]:
        """End of the whole run: remove what mode ``rewrite`` left over; the recordings removed.

        ``played`` has every wire form that any process of the run sent, by target.
        """
        removed: list[Path] = []
        for target, wires in played.items():
            digests = {self.stored(wire).digest for wire in wires}
            library = self._library(target, ())
            removed += library.finish(complete=complete, played_elsewhere=digests)
        return tuple(removed)

    def _asking(self, target: str) -> Callable[[Captured, int], Answer | NoAnswer]:
        """The function that asks the target itself, made once, and with it the target's recordings."""
        with self._made:
            if target not in self._asks:
                ask, secrets = self._make(target)
                if self._policy.recording:
                    self._libraries[target] = self._library(target, secrets)
                self._asks[target] = ask
            return self._asks[target]

    def _library(
        self, target: str, secrets: tuple[str, ...], mode: RecordMode | None = None
    ) -> CassetteLibrary:
        recorded = self._policy.recorded
        return CassetteLibrary(
            self._policy.cassettes,
            target,
            base_url=self._base_url(target),
            mode=mode or self._policy.mode,
            fresh=None if recorded is None else folder_name(target) not in recorded,
            writing=Writing(self._policy.today, secrets, Redactor(self._policy.rules, secrets)),
        )

    def _make(self, target: str) -> tuple[Callable[[Captured, int], Answer | NoAnswer], tuple[str, ...]]:
        if target.startswith(EMULATOR):
            name = target.removeprefix(EMULATOR)
            profile = self._emulated[target] = load_profile(self._profiles.get(name, name))
            return (lambda request, _: emulate(profile, request.wire, target=target)), ()
        spec = self._spec(target)
        if self._policy.blocked:
            blocked = NoAnswer(Silence.BLOCKED, f"the network is blocked, {target} was not asked")
            return (lambda *_: blocked), ()
        if self._policy.recording and self._policy.mode is RecordMode.NONE:
            # Replaying needs no key, and nothing is ever sent.
            return (lambda *_: NoAnswer(Silence.BLOCKED, "replaying: nothing is sent")), ()
        live = self._live
        sender = self._senders[target] = Sender(
            spec,
            timeout=self._policy.timeout,
            live=live,
        )

        keeping = threading.Lock()

        def ask(request: Captured, sample: int) -> Answer | NoAnswer:
            if spec.ad_hoc and self._policy.recording:
                with keeping:
                    keep_target(self._policy.cassettes, spec, sender.secrets)
            whole = self._file_ids.restored(request)
            if whole is None:
                return NoAnswer(Silence.UNRECORDED, UNKNOWN)
            try:
                reply = sender.ask(whole, sample)
            except BudgetExceededError as error:
                return NoAnswer(Silence.BUDGET, f"{NOT_SENT}{error}")
            self._file_ids.remember(reply)
            return reply

        return ask, sender.secrets

    def _base_url(self, target: str) -> str:
        if target.startswith(EMULATOR):
            # A name that cannot resolve: an emulated recording never carries a vendor's host.
            return f"http://{target.removeprefix(EMULATOR)}.emulator.invalid{emulated_root(target)}"
        return self._spec(target).base_url

    def _spec(self, target: str) -> TargetSpec:
        try:
            return self._targets[target]
        except KeyError:
            raise ConfigurationError(
                f"no target is called {target!r}; there are {', '.join(sorted(self._targets))} and "
                "emulator:PROFILE"
            ) from None


class Beside:
    """What stands in for an ``Answering`` and shares its roots, forms and words, a case at a time."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def close(self) -> None:
        """Nothing of its own to close."""

    def root(self, target: str) -> str:
        """As ``Answering.root``."""
        return self._answering.root(target)

    def free(self, target: str) -> bool:  # noqa: ARG002 - the interface's
        """False: one case at a time, so that a request is known to be its case's."""
        return False

    def stored(self, wire: WireForm) -> WireForm:
        """As ``Answering.stored``."""
        return self._answering.stored(wire)

    def redactor(self, target: str) -> Redactor:
        """As ``Answering.redactor``."""
        return self._answering.redactor(target)

    def read_ahead(self, cases: int, while_: Callable[[], bool]) -> None:
        """As ``Answering.read_ahead``: nothing here."""


TARGET_FILE = "target.yaml"
"""Describes, in the folder of its recordings, a target that no other file does."""


def keep_target(cassettes: Path, spec: TargetSpec, secrets: tuple[str, ...]) -> None:
    """Write down, beside its recordings, the target that a command line named by its URL, unless it is there.

    So its recordings are found again by its name, checked, verified and played as any other's.
    """
    path = cassettes / folder_name(spec.name) / TARGET_FILE
    text = described(spec, lambda words: guard(words, secrets, TARGET_FILE))
    if not path.is_file() or path.read_text("utf-8") != text:
        write_whole(path, text.encode())


def kept_targets(cassettes: Path) -> Mapping[str, TargetSpec]:
    """The targets that ``keep_target`` wrote down, by name; raises ConfigurationError for a bad file."""
    found = map(load_target, sorted(cassettes.glob(f"*/{TARGET_FILE}")))
    return {spec.name: spec for spec in found}


def recorded_folders(cassettes: Path) -> frozenset[str]:
    """Names of the targets' folders that hold at least one recording."""
    if not cassettes.is_dir():
        return frozenset()
    return frozenset(
        folder.name for folder in cassettes.iterdir() if next(folder.glob(f"*/*{SUFFIX}"), None) is not None
    )
