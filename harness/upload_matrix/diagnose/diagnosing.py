"""What ``diagnose`` does: the failing call, agreement, the playbook, the report."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.version import InvalidVersion, Version
from platformdirs import user_state_dir

from upload_matrix import vendors
from upload_matrix.ask.options import announce
from upload_matrix.diagnose.playbook import Diagnosed, diagnose
from upload_matrix.diagnose.program import failing_call, run_program
from upload_matrix.diagnose.steps import Bench
from upload_matrix.environments.kept import Way
from upload_matrix.environments.store import EnvironmentStore
from upload_matrix.gateway.gateway import Gateway
from upload_matrix.inspect import saved
from upload_matrix.inspect.calls import caller_of
from upload_matrix.inspect.routes import Lead, leads
from upload_matrix.isolate.asker import Asker, Memory
from upload_matrix.isolate.isolating import assets_of, near_to, story_of
from upload_matrix.isolate.passage import Passage
from upload_matrix.isolate.questions import (
    Investigation,
    QuestionOptions,
    agree,
    deliver,
    gateway_of,
    most_calls,
    opened,
)
from upload_matrix.isolate.subject import Subject
from upload_matrix.model import codec
from upload_matrix.model.answer import NoAnswer, Silence
from upload_matrix.model.errors import ConfigurationError, Exit
from upload_matrix.recordings.redactor import redact_text
from upload_matrix.report.diagnosis import DiagnosisDocument, bug_report_offer, diagnosis_document, readable
from upload_matrix.report.isolation import isolation_document
from upload_matrix.report.streams import say
from upload_matrix.report.wording import plural
from upload_matrix.run.environments import locator
from upload_matrix.wire.write import head_of

MOST_RELEASES = 3
"""Releases that are tried without being named: the newest ones that are built already."""

_DIFFERENCES, _TRIES = 4, 5
"""What a diagnosis usually meets: differences between the call and its fix, requests tried as the fix."""


@dataclass(frozen=True, slots=True)
class DiagnoseOptions:
    """The command's options; ``argv`` is the program behind ``--``."""

    question: QuestionOptions
    failing: str | None
    passing: str | None
    argv: tuple[str, ...]
    releases: tuple[str, ...]
    no_releases: bool
    state: str | None
    keep: str | None = None
    variables: tuple[str, ...] = ()


def run(options: DiagnoseOptions) -> int:
    """Carry it out; the exit code. Raises ConfigurationError."""
    if bool(options.argv) == (options.failing is not None):
        raise ConfigurationError("give a case, the folder of a saved request, or a program behind --")
    if options.argv:
        options = replace(
            options, question=_at_its_own_server(options.question, os.environ, options.variables)
        )
    assets: dict[str, str] = {}
    with opened(options.question, "diagnose") as inquiry, gateway_of(inquiry, None, assets) as gateway:
        subject, asker, passage = _found(options, inquiry, gateway)
        assets.update(assets_of(subject))
        search = inquiry.search_options(subject.target)
        if asker.most is None:
            agree(inquiry, asker, subject.request, most_calls(_DIFFERENCES, _TRIES, search), "diagnosing")
        given = None if options.passing is None else inquiry.passing(options.passing, subject)
        releases, why = _releases(options)
        store = EnvironmentStore(offline=not options.releases)
        bench = Bench(
            subject=subject,
            asker=asker,
            spec=inquiry.spec(subject.target),
            today=inquiry.today(subject.target),
            options=search,
            settings=replace(inquiry.settings, locate=locator(store, Way.OVERLAY)),
            given=given,
            near=() if given is not None else near_to(inquiry, subject),
            releases=releases,
            why_no_releases=why,
            say=say,
            passage=passage,
        )
        found = diagnose(bench)
        kept = None if options.keep is None else _keep(Path(options.keep), inquiry, subject)
        _report(inquiry, found, bug_report_offer(found.diagnosis, _source(options, subject, kept)))
        return exit_code(found)


def _at_its_own_server(
    question: QuestionOptions, environ: Mapping[str, str], variables: Sequence[str]
) -> QuestionOptions:
    """With the server that the program itself would ask as the target, and the key that it would send there.

    What is meant for one host never goes to another: only ``--target`` and ``--base-url`` say otherwise.
    """
    live = question.live
    if live.target is not None or live.base_url is not None:
        return question
    usual = vendors.usual()
    lead = _own_lead(environ, variables)
    if lead.upstream.rstrip("/") == usual.base_url.rstrip("/"):
        return question
    vendor = vendors.of_variable(lead.name) or usual
    key = vendor.variables.key if live.key_env is None and live.key_command is None else live.key_env
    sent = "" if key is None or not environ.get(key) else f", with the key in {key}"
    say(f"asking {lead.upstream}, as {lead.name} says{sent}; --target names another")
    return replace(
        question, live=replace(live, base_url=lead.upstream, key_env=key if sent else live.key_env)
    )


def _own_lead(environ: Mapping[str, str], variables: Sequence[str]) -> Lead:
    """Where the program would ask: as ``--env`` says, else the usual vendor's variable where that or its key
    is set, else the one other vendor's that is."""
    usual = vendors.usual()
    if variables:
        name = variables[0].partition("=")[0]
        found = next(lead for lead in leads(environ, None, variables) if lead.name == name)
        vendor = vendors.of_variable(name)
        told = "=" in variables[0] or environ.get(name)
        return found if told or vendor is None else Lead(name, vendor.base_url)
    if not usual.is_used(environ):
        others = [each for each in vendors.known() if each is not usual and each.is_used(environ)]
        if len(others) == 1:
            name = others[0].variables.base_url
            return Lead(name, environ.get(name) or others[0].base_url)
    return leads(environ)[0]


def exit_code(found: Diagnosed) -> int:
    """0 for a cause, 1 when the whole call is accepted, 4 when a limit ended it without one, else 3."""
    diagnosis = found.diagnosis
    if diagnosis.found:
        return 0
    if diagnosis.answer.accepted and not diagnosis.lost:
        return 1
    return Exit.BUDGET if diagnosis.stopped is not None else Exit.UNRESOLVED


def _found(
    options: DiagnoseOptions, inquiry: Investigation, gateway: Gateway | None
) -> tuple[Subject, Asker, Passage | None]:
    """The failing call, who asks its target, and the gateway that it takes."""
    if options.failing is not None:
        subject = inquiry.subject(options.failing)
        asker = inquiry.asker(subject.target, _memory(options, subject))
        return subject, asker, _passage(inquiry, asker, gateway)
    live = options.question.live
    target = live.asked_target() or vendors.usual().target
    # Made first, so that a target without a key is said before the program runs.
    asker = inquiry.asker(target, Memory(_state(options, f"{target} {shlex.join(options.argv)}")))
    passage = _passage(inquiry, asker, gateway)
    asks = asker.free and not asker.replaying
    if asks:
        asker.most = most_calls(_DIFFERENCES, _TRIES, inquiry.search_options(target))
        asker.most = asker.most if live.max_calls is None else min(asker.most, live.max_calls)
    name = _shown(options.argv)
    spec = inquiry.spec(target)
    keys = (spec.key_env,) if spec is not None and spec.key_env is not None else ()
    ran = run_program(
        options.argv, asker, os.environ, ask=asks, keys=keys, passage=passage, variables=options.variables
    )
    say(f"the program ended with {ran.status}; it made {plural(len(ran.exchanges), 'call')}")
    return failing_call(ran, name, target), asker, passage


def _passage(inquiry: Investigation, asker: Asker, gateway: Gateway | None) -> Passage | None:
    """The way through the gateway, which is started: what is wrong with it is said before any call."""
    spec = inquiry.options.way.spec()
    if gateway is None or spec is None:
        return None
    announce(spec, inquiry.loaded, say, (asker.target,))
    passage = Passage(gateway, asker)
    passage.start()
    return passage


def _shown(argv: tuple[str, ...]) -> str:
    """The program's line without folders of this machine and without keys: it stands in reports."""
    words = (Path(word).name if Path(word).is_absolute() else word for word in argv)
    return redact_text(shlex.join(words))


def _memory(options: DiagnoseOptions, subject: Subject) -> Memory:
    return Memory(_state(options, f"{subject.target} {subject.request.wire.digest}"))


def _state(options: DiagnoseOptions, what: str) -> Path:
    """The state's file: as given, or one of the user's own for this call."""
    if options.state is not None:
        return Path(options.state).absolute()
    import hashlib

    name = hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Path(user_state_dir("upload-matrix", appauthor=False)) / "diagnoses" / f"{name}.json"


def _releases(options: DiagnoseOptions) -> tuple[tuple[str, ...], str | None]:
    """The releases to try, and why there are none."""
    if options.no_releases:
        return (), "--no-releases"
    if options.releases:
        for release in options.releases:
            try:
                Version(release)
            except InvalidVersion:
                raise ConfigurationError(f"--sdk {release}: not a release; give one as 3.54.0") from None
        return options.releases, None
    built = set()
    for entry in EnvironmentStore(offline=True).list():
        name, _, release = entry.what.partition(" ")
        if name == vendors.usual().sdk and entry.way is Way.OVERLAY and entry.complete:
            built.add(release)
    newest = sorted(built, key=Version)[-MOST_RELEASES:]
    return tuple(newest), None if newest else "no release is built here; name one with --sdk VERSION"


def _keep(folder: Path, inquiry: Investigation, subject: Subject) -> Path:
    """The failing request as a folder that ``isolate`` and ``bug-report`` take; its key does not enter."""
    request = subject.request
    spec = inquiry.spec(subject.target)
    reply = inquiry.keeping.recorded(subject.target, request.wire)
    untapped = replace(request, head=head_of(request.wire, request.headers))
    saved.save(
        folder,
        saved.SavedRequest(
            untapped,
            caller_of(request.headers),
            subject.target if spec is None else spec.base_url,
            reply or NoAnswer(Silence.UNRECORDED, "no answer to it was recorded"),
        ),
    )
    return folder


def _source(options: DiagnoseOptions, subject: Subject, kept: Path | None) -> str | None:
    """What ``bug-report`` is to be given; None where a program's request was not kept."""
    written = options.question.output
    if written is not None and written.endswith(".json"):
        call = str(kept) if kept is not None else options.failing
        return None if call is None else f"{shlex.quote(written)} {shlex.quote(call)}"
    if kept is not None:
        return shlex.quote(str(kept))
    if subject.case is not None:
        return f"reports/latest.json {shlex.quote(subject.case.id)}"
    return None if options.failing is None else shlex.quote(options.failing)


def _report(inquiry: Investigation, found: Diagnosed, offer: str | None) -> None:
    isolation = None if found.isolated is None else isolation_document(story_of(found.isolated))
    document = diagnosis_document(found.diagnosis, isolation)
    deliver(
        inquiry.options,
        inquiry.keeping.secrets(found.diagnosis.target),
        json="".join(codec.chunks(document)),
        report=readable(document, offer=offer),
        html=lambda: _page(document, offer),
    )


def _page(document: DiagnosisDocument, offer: str | None) -> str:
    # The template engine is loaded only when a page is wanted.
    from upload_matrix.report.html import isolation_page

    return "".join(isolation_page.diagnosis_page(document, offer=offer).chunks())
