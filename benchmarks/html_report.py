"""How quickly the HTML report of very many cases is written, opens, and filters, in Chromium.

    uv run python benchmarks/html_report.py [--cases N] [--distinct] [--rounds N] [--json FILE]

The page is written in a fresh process, in which the run is made first. `memory at its highest` is that of the
process, Python, the run and all; `the run alone` is what it was when the run stood and nothing was written.

`opens` is from the start of the navigation until the matrix is drawn and takes keys. Every other figure is
from a change until the browser has painted it; below 100 ms it feels immediate. Beside the time on the
clock stands what the page's process itself spent on the processor: where other programs are at work on the
same cores, that is the figure to read. After each the page must say that it shows as many cases as it should.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import resource
import shutil
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any

import support
from markupsafe import escape

from upload_matrix.model.answer import Provenance, Source, Supply
from upload_matrix.model.case import case_id
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind, Raised
from upload_matrix.model.result import Attempt, CaseResult, Environment, Finding, Run, Verdict, VerdictKind
from upload_matrix.report import html_report
from upload_matrix.report.html import embed
from upload_matrix.report.html.run_page import SCRIPTS
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.form import Framing, WireForm

CHROMIUM = os.environ.get("UPLOAD_MATRIX_CHROMIUM") or shutil.which("chromium")

ACCEPTED = Outcome(OutcomeKind.ACCEPTED, 200)
REJECTED = Outcome(
    OutcomeKind.REJECTED,
    400,
    "invalid_request_error",
    "invalid_value",
    "model",
    "Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.",
)
FINDING = Finding(
    "octet-stream", "image", "The Content-Type is generic.", 'image=("a.webp", data, "image/webp")'
)
SOURCE = Source("emulator:openai-2026-02", Provenance.EMULATED, Supply.RECORDED, "openai-2026-02")


def form(number: int, content_type: str) -> WireForm:
    """A form like an image edit's, the `number`-th of its kind."""
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    part = Part(
        "image",
        f"avatar-{number}.webp",
        content_type,
        f'form-data; name="image"; filename="avatar-{number}.webp"',
        4096,
        digest,
        "webp",
    )
    text = Part("model", None, None, 'form-data; name="model"', 11, digest, text="gpt-image-1", characters=11)
    return WireForm(
        "POST", "/v1/images/edits", Framing.CONTENT_LENGTH, "multipart/form-data", parts=(text, part)
    )


def run_of(cases: int, forms: int) -> Run:
    """A run of so many cases that share so many wire forms; two fifths of them are rejected."""
    axes = {
        "sdk": [f"3.{minor}.{patch}" for minor in range(40) for patch in range(5)],
        "client": ["openai", "openai-async", "openai-raw-response", "httpx", "requests"],
        "container": ["handle", "bytesio", "bytes", "tuple2", "tuple3"],
        "image": ["webp", "png", "jpeg", "heic", "avif"],
        "mime_table": ["system", "builtin"],
        "size": ["1024x1024", "1536x1024"],
    }
    wires = [
        form(number, "application/octet-stream" if number % 5 < 2 else "image/webp")
        for number in range(forms)
    ]
    results = []
    for number, values in enumerate(islice(product(*axes.values()), cases)):
        wire = wires[number % forms]
        bad = number % forms % 5 < 2
        named = dict(zip(axes, values, strict=True))
        outcome = REJECTED if bad else ACCEPTED
        results.append(
            CaseResult(
                id=case_id("scale", named),
                matrix="scale",
                axes=named,
                target=SOURCE.target,
                environment=f"openai-{named['sdk']}/{named['mime_table']}",
                outcome=outcome,
                verdict=Verdict(VerdictKind.AS_EXPECTED, str(outcome))
                if number % 997
                else Verdict(VerdictKind.UNEXPECTED, "accepted", "expected accepted"),
                client=ClientReport(raised=(Raised("openai.BadRequestError", "Error code: 400"),))
                if bad
                else ClientReport("ImagesResponse"),
                attempts=(
                    Attempt(
                        wire.digest,
                        outcome.status,
                        SOURCE,
                        headers=(("user-agent", f"OpenAI/Python {named['sdk']}"),),
                    ),
                ),
                findings=(FINDING,) if bad else (),
                facts={"guess": None},
            )
        )
    environments = tuple(
        Environment(name, "3.11.7", name.rpartition("/")[2], {"openai": name}, {".webp": None})
        for name in dict.fromkeys(result.environment for result in results)
    )
    return Run(("scale",), tuple(results), {wire.digest: wire for wire in wires}, environments)


@dataclass(frozen=True)
class Writing:
    """What a page cost: seconds of processor time, and megabytes of the process at its highest."""

    making_the_run: float
    writing: float
    run_alone: float
    highest: float


def write(cases: int, forms: int, file: Path) -> Writing:
    """Make a run and write its page, piece by piece."""
    begin = time.process_time()
    run = run_of(cases, forms)
    made, alone = time.process_time(), highest()
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(html_report.chunks(run))
    return Writing(made - begin, time.process_time() - made, alone, highest())


def highest() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


def written(cases: int, forms: int, file: Path) -> Writing:
    """``write`` in a fresh process; the page must hold all cases and all wire forms."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        figures = fresh.submit(write, cases, forms, file).result()
    index = embed.blocks(file.read_text("utf-8"))["index"]
    held = len(index["ids"]), len(index["wires"])
    support.verified(held == (cases, forms), f"the page holds {held[0]:,} cases and {held[1]:,} wire forms")
    return figures


START = "for (const begin of beginnings) begin();"

DOOR = """window.measured = (code) => new Promise((done) => {
  const begin = performance.now();
  ({ CHANGES })[code]();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)));
});
"""

CHANGES = {
    "search, a word": "State.change({text: 'tuple3'})",
    "search, two words": "State.change({text: 'tuple3 invalid'})",
    "no search": "State.change({text: ''})",
    "outcome": "State.change({outcomes: ['rejected']})",
    "two axes": "State.change({axes: {client: ['httpx'], container: ['bytes', 'handle']}})",
    "no filter": "State.change(Filter.none)",
    "other layout": "State.change({rows: ['sdk', 'client'], columns: ['container', 'image']})",
    "cases": "State.change({view: 'cases'})",
    "wire forms": "State.change({view: 'wires'})",
    "matrix again": "State.change({view: 'matrix', rows: null, columns: null})",
}


NARROWING = {"search, a word", "search, two words", "outcome", "two axes"}
"""Changes that leave some of the cases; all others but those after them show all."""


def measure(page_file: Path, cases: int) -> dict[str, tuple[float, float]]:
    """(clock, processor) in milliseconds of one opening and of each change, in a fresh browser."""
    from playwright.sync_api import sync_playwright

    figures: dict[str, tuple[float, float]] = {}
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=CHROMIUM) as browser:
        page = browser.new_page(viewport={"width": 1360, "height": 900})
        inspector = browser.new_browser_cdp_session()

        def processor() -> float:
            processes = inspector.send("SystemInfo.getProcessInfo")["processInfo"]
            return sum(each["cpuTime"] for each in processes if each["type"] == "renderer") * 1000

        before, begin = processor(), time.perf_counter()
        page.goto(page_file.as_uri())
        page.wait_for_selector("#app[data-ready]", timeout=120_000)
        verify_shown(page, "opens", cases)
        figures["opens"] = ((time.perf_counter() - begin) * 1000, processor() - before)
        for name, code in CHANGES.items():
            before = processor()
            figures[name] = (page.evaluate("code => measured(code)", code), processor() - before)
            verify_shown(page, name, cases)
    return figures


def verify_shown(page: Any, name: str, cases: int) -> None:
    """End the benchmark unless the page shows the cases that it should after a change."""
    shown = int(page.get_attribute("[data-shown]", "data-shown"))
    fits = 0 < shown < cases if name in NARROWING else shown == cases
    support.verified(fits, f"after {name!r} the page shows {shown:,} of {cases:,} cases")


def instrumented(text: str) -> str:
    """The page with a door for the benchmark: the shipped one has none, and allows no foreign script."""
    script = embed.script(SCRIPTS)
    changes = ", ".join(f"{json.dumps(code)}: () => {{ {code} }}" for code in CHANGES.values())
    changed = script.text.replace(START, DOOR.replace("CHANGES", changes) + START)
    support.verified(
        changed != script.text and script.text in text, "the page has no place for the stopwatch"
    )
    return text.replace(script.text, changed).replace(
        str(escape(script.source)), str(escape(embed.source_of(changed)))
    )


def main() -> None:
    """Measure and print."""
    parser = support.parser(__doc__)
    parser.add_argument("--cases", type=support.number(1000), default=100_000)
    parser.add_argument("--distinct", action="store_true", help="a wire form for every case")
    options = parser.parse_args()
    support.verified(CHROMIUM, "chromium is not here; install it, or name it in UPLOAD_MATRIX_CHROMIUM")
    forms = options.cases if options.distinct else max(1, options.cases // 100)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        cost = written(options.cases, forms, file)
        size = file.stat().st_size
        file.write_text(instrumented(file.read_text("utf-8")), "utf-8")
        rounds = [measure(file, options.cases) for _ in range(options.rounds)]
    figures = {
        name: [statistics.median(each[name][side] for each in rounds) for side in (0, 1)]
        for name in rounds[0]
    }
    print(f"{options.cases:,} cases, {forms:,} wire forms: {size / 1e6:.1f} MB")
    print(f"  {'making the run':<22}{cost.making_the_run:8.1f} s of processor time")
    print(f"  {'writing the page':<22}{cost.writing:8.1f} s of processor time")
    print(f"  {'the run alone':<22}{cost.run_alone:8.0f} MB")
    print(f"  {'memory at its highest':<22}{cost.highest:8.0f} MB")
    print(f"  {'milliseconds':<22}{'clock':>8}{'processor':>11}")
    for name, (clock, processor) in figures.items():
        print(f"  {name:<22}{clock:8.0f}{processor:11.0f}")
    support.finish(
        options,
        {"cases": options.cases, "wire_forms": forms, "bytes": size, **asdict(cost), "milliseconds": figures},
    )


if __name__ == "__main__":
    main()
