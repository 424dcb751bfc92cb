"""Small makers of sweeps, so that a test shows only what it is about."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.outcome import Outcome, OutcomeKind
from upload_matrix.model.result import Environment
from upload_matrix.model.sweep import Cell, Release, ReleaseResult, Strategy, Sweep, WireAnswer
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing, WireForm

EMULATED = Source("emulator", Provenance.EMULATED, Supply.EMULATOR, profile="openai-2026-02")
RECORDED = Source("openai", Provenance.LIVE, Supply.RECORDED, recorded_on="2026-11-20")
ASKED = Source("openai", Provenance.LIVE, Supply.FORWARDED)

ACCEPTED = Outcome(OutcomeKind.ACCEPTED, 200)
REJECTED = Outcome(
    OutcomeKind.REJECTED,
    400,
    "invalid_request_error",
    "invalid_value",
    "model",
    "Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.",
)
UNRECORDED = Outcome(OutcomeKind.UNRECORDED, detail="no recording holds this wire form")
BROKEN = Outcome(OutcomeKind.HARNESS_ERROR, detail="the probe died: killed")


def form(
    filename: str | None = "a.webp",
    content_type: str | None = "image/webp",
    framing: Framing = Framing.CONTENT_LENGTH,
    data: bytes = b"picture",
) -> WireForm:
    written = "" if filename is None else f'; filename="{filename}"'
    picture = Part(
        name="image",
        filename=filename,
        content_type=content_type,
        disposition=f'form-data; name="image"{written}',
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        format="webp" if data else None,
    )
    return WireForm("POST", "/v1/images/edits", framing, "multipart/form-data", parts=(picture,))


def environment(release: str, **facts) -> Environment:
    given = {
        "name": "here",
        "python": "3.11.7",
        "mime_table": "builtin",
        "clients": {"openai": release, "httpx": "0.27.2"},
        "guesses": {".webp": None},
    }
    return Environment(**(given | facts))


def released(*names: str) -> tuple[Release, ...]:
    return tuple(Release(name, date(2024, 1, 1) + timedelta(days=day)) for day, name in enumerate(names))


def sweep(
    told: dict[str, dict[str, tuple] | str],
    *,
    names: tuple[str, ...] = (),
    variants: tuple[str, ...] = (),
    source: Source | None = EMULATED,
    environments: dict[str, Environment] | None = None,
    strategy: Strategy = Strategy.ALL,
    **given,
) -> Sweep:
    """``told`` gives per release its cells, ``{variant: (form, ..., outcome)}``, or why it is unavailable.

    ``names`` are all releases in question (those told when left out).
    """
    wires: dict[str, WireForm] = {}
    results = {}
    for release, cells in told.items():
        if isinstance(cells, str):
            results[release] = ReleaseResult(release, unavailable=cells)
            continue
        found = {}
        for variant, (*forms, outcome) in cells.items():
            wires |= {each.digest: each for each in forms}
            found[variant] = Cell(variant, release, tuple(each.digest for each in forms), outcome)
        there = (environments or {}).get(release, environment(release))
        results[release] = ReleaseResult(release, found, (there,))
    seen = dict.fromkeys(name for cells in told.values() if isinstance(cells, dict) for name in cells)
    target = source.target if source is not None else "openai"
    return Sweep(
        distribution="openai",
        releases=released(*(names or told)),
        variants=variants or tuple(seen),
        results=results,
        wires=wires,
        strategy=strategy,
        answers=tuple(WireAnswer(digest, target, source) for digest in sorted(wires)),
        **given,
    )


OLD = form("upload", "application/octet-stream")
NEW = form("a.webp", "image/webp")


def story(**given) -> Sweep:
    """Six releases; 1.2 could not be built, 1.3 names the file, 2.0 sends bytes otherwise, too."""
    return sweep(
        {
            "1.0": {"m/handle": (OLD, REJECTED), "m/async": (OLD, REJECTED), "m/bytes": (OLD, REJECTED)},
            "1.1": {"m/handle": (OLD, REJECTED), "m/async": (OLD, REJECTED), "m/bytes": (OLD, REJECTED)},
            "1.2": "openai 1.2 cannot be built: no wheel",
            "1.3": {"m/handle": (NEW, ACCEPTED), "m/async": (NEW, ACCEPTED), "m/bytes": (OLD, REJECTED)},
            "1.4": {"m/handle": (NEW, ACCEPTED), "m/async": (NEW, ACCEPTED), "m/bytes": (OLD, REJECTED)},
            "2.0": {"m/handle": (NEW, ACCEPTED), "m/async": (NEW, ACCEPTED), "m/bytes": (NEW, ACCEPTED)},
        },
        **given,
    )
