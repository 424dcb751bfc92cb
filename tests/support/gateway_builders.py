"""A run through a gateway, made by hand, and the command line of the test's own gateway."""

import hashlib
import socket
import subprocess
import sys
from pathlib import Path

from upload_matrix.gateway.process import free_port
from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.hop import Crossing, Effect, Forwarded, Hop, Rewriting, Speaker
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind
from upload_matrix.model.result import Attempt, CaseResult, Run, Verdict, VerdictKind
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing, WireForm

LIVE = Source("openai", Provenance.LIVE, Supply.FORWARDED)
OWN = Source("gw", Provenance.GATEWAY, Supply.GATEWAY)
OCTET = "application/octet-stream"
PROGRAM = str(Path(__file__).parent / "gateway_program.py")


def command(do):
    """A command line for ``--through``."""
    return f"{sys.executable} {PROGRAM} --port {{port}} --upstream {{upstream}} --do {do}"


class Elsewhere:
    """A gateway that somebody else started, with what it is configured to forward to; entered when it listens."""

    def __init__(self, upstream, do="fix-type"):
        self.port = free_port()
        words = [sys.executable, PROGRAM, "--port", str(self.port), "--upstream", upstream, "--do", do]
        self.process = subprocess.Popen(words)

    def __enter__(self):
        while refuses(self.port):
            assert self.process.poll() is None
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def refuses(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return True
    return False


def form(content_type):
    data = b"RIFF\x00\x00\x00\x00WEBP"
    part = Part(
        "image",
        "avatar.webp",
        content_type,
        'form-data; name="image"; filename="avatar.webp"',
        len(data),
        hashlib.sha256(data).hexdigest(),
        format="webp",
    )
    return WireForm("POST", "/v1/images/edits", Framing.CONTENT_LENGTH, "multipart/form-data", parts=(part,))


BAD, GOOD, OTHER = form(OCTET), form("image/webp"), form("image/png")


def result(name, wire, outcome, source, hop):
    return CaseResult(
        id=f"m/{name}",
        matrix="m",
        axes={"operation": "images.edit", "client": name},
        target="openai",
        environment="here",
        outcome=outcome,
        verdict=Verdict(VerdictKind.AS_EXPECTED, "accepted"),
        client=ClientReport(returned="dict"),
        attempts=(Attempt(wire.digest, outcome.status, source),),
        hop=hop,
    )


MASKED = result(
    "masked",
    BAD,
    Outcome(OutcomeKind.ACCEPTED, 200),
    LIVE,
    Hop(
        "gw",
        (
            Crossing(
                Speaker.TARGET,
                (
                    Forwarded(
                        GOOD.digest,
                        200,
                        LIVE,
                        rewritings=(
                            Rewriting("image.content_type", OCTET, "image/webp", effect=Effect.MASKED),
                        ),
                        repaired=("octet-stream",),
                    ),
                ),
            ),
        ),
    ),
)
REFUSED = result(
    "own",
    OTHER,
    Outcome(OutcomeKind.REJECTED, 400, message="not here"),
    OWN,
    Hop("gw", (Crossing(Speaker.GATEWAY, says="nothing was forwarded: the 400 is the gateway's own"),)),
)
PLAIN = result(
    "plain",
    GOOD,
    Outcome(OutcomeKind.ACCEPTED, 200),
    LIVE,
    Hop(
        "gw",
        (Crossing(Speaker.TARGET, (Forwarded(GOOD.digest, 500, LIVE), Forwarded(GOOD.digest, 200, LIVE))),),
    ),
)

RUN = Run(
    matrices=("m",),
    results=(MASKED, REFUSED, PLAIN),
    wires={wire.digest: wire for wire in (BAD, GOOD, OTHER)},
    environments=(),
)
