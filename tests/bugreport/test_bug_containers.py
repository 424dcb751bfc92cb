"""Every container as code: what the snippets say must go out just as the container itself does."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date

import pytest

from upload_matrix.answers.answering import Policy
from upload_matrix.bugreport import folder, repro_node, repro_python
from upload_matrix.bugreport.code import NODE, PYTHON
from upload_matrix.bugreport.story import Story
from upload_matrix.environments.interpreters import Located, Seat, installed_only
from upload_matrix.model.answer import NoAnswer, Silence
from upload_matrix.model.outcome import ClientReport, Outcome, OutcomeKind
from upload_matrix.model.story import Call, ReproVerdict
from upload_matrix.recordings import RecordMode
from upload_matrix.run.loading import Request, clients, load, settings_of
from upload_matrix.run.repro import Launcher, Original, try_out
from upload_matrix.run.retrace import Retracing, unanswered
from upload_matrix.tap.server import Tap
from upload_matrix.targets.sending import Live

MATRIX = """
name: m
target: emulator:openai-2026-02
request: {{model: gpt-image-1, prompt: "배경 \\"quoted\\" $HOME `x` @a"}}
axes:
  client: [{client}]
  container: [{containers}]
  image: [{image}]
  mime_table: [builtin]
"""

# Runs scripts one after the other in one process, which imports the SDK once.
DRIVER = """
import json, os, runpy, sys
for path, url in json.load(sys.stdin):
    os.environ["OPENAI_BASE_URL"] = url
    try:
        runpy.run_path(path, run_name="__main__")
    except Exception:
        pass
"""


def stories(tmp_path, client, containers, image="webp"):
    """A story and the requests of each container, from cases run offline."""
    text = MATRIX.format(client=client, containers=", ".join(containers), image=image)
    (tmp_path / "m.yaml").write_text(text, "utf-8")
    loaded = load(Request((tmp_path / "m.yaml",)))
    policy = Policy(tmp_path / "cassettes", RecordMode.NONE, date(2026, 11, 22))
    settings = settings_of((loaded,), policy, tables={}, live=Live())
    found = []
    with Retracing(settings) as retracing:
        for case in loaded.cases:
            again = retracing.run(case, unanswered)
            call = Call(client, case.operation, case.request, again.files, 0, 30.0, again.guess)
            outcome = Outcome(OutcomeKind.NOT_SENT if not again.exchanges else OutcomeKind.REJECTED)
            story = Story(
                case.id, case.target, "https://x.invalid/v1", "/v1", outcome, ClientReport(), (), call
            )
            original = Original(
                tuple(each.request.wire for each in again.exchanges),
                tuple(each.reply for each in again.exchanges),
                again.result.client,
                again.assets,
                "/v1",
            )
            found.append((story, original))
    return found


def test_there_is_code_for_every_container_that_comes_with_the_package():
    from upload_matrix.run.loading import catalog, targets

    words = set(catalog((), targets(())).axes["container"])
    node = clients(())["node-openai"]
    assert set(node.accepts["container"]) == set(NODE)
    assert words - set(node.containers) == set(PYTHON)


def test_python_code_sends_what_the_container_sends(tmp_path):
    found = stories(tmp_path, "openai", PYTHON, "webp-korean")
    assert len(found) == len(PYTHON)
    jobs, channels = [], []
    with Tap(found[0][1].assets) as tap:
        for number, (story, original) in enumerate(found):
            repro = repro_python.write_sdk(story)
            home = tmp_path / str(number)
            home.mkdir()
            _, files = folder.repros(story)
            for name, data in files.items():
                (home / name).write_bytes(data)
            path = home / "repro.py"
            path.write_text(repro.scripts[0].text, "utf-8")
            channels.append((story, original, tap.open(lambda _: NoAnswer(Silence.BLOCKED, "only looking"))))
            jobs.append((str(path), f"{channels[-1][2].url}/v1"))
        subprocess.run(
            [sys.executable, "-c", DRIVER],
            input=json.dumps(jobs),
            text=True,
            env={"PATH": os.environ["PATH"], "OPENAI_API_KEY": "dummy"},
            capture_output=True,
            timeout=120,
            check=True,
        )
        for story, original, channel in channels:
            sent = [each.request.wire.digest for each in tap.release(channel, raised=True)]
            assert sent == [wire.digest for wire in original.wires], story.id


@pytest.mark.parametrize(
    ("client", "words"),
    [("openai-async", "asyncio.run(main())"), ("openai-raw-response", "with_raw_response.edit(")],
)
def test_the_sdk_s_variants_are_written_as_their_users_write_them(tmp_path, client, words):
    ((story, original),) = stories(tmp_path, client, ["bytesio"])
    repro = repro_python.write_sdk(story)
    assert words in repro.scripts[0].text
    _, files = folder.repros(story)
    tried = try_out(repro, files, original, Launcher(installed_only, Seat("builtin")))
    assert tried.verified.verdict is ReproVerdict.IDENTICAL
    assert tried.verified.ends == "ends as in the case: raises openai.BadRequestError"


def test_node_code_sends_what_the_container_sends(tmp_path):
    prefix = os.environ.get("UPLOAD_MATRIX_NPM_PREFIX")
    if shutil.which("node") is None or not prefix:
        pytest.skip("node, or UPLOAD_MATRIX_NPM_PREFIX with the npm package openai, is not here")
    launcher = Launcher(lambda _: Located(prefix), Seat(runtime="node"))
    for story, original in stories(tmp_path, "node-openai", NODE):
        repro = repro_node.write(story)
        _, files = folder.repros(story)
        tried = try_out(repro, files, original, launcher)
        if "/str-path/" in story.id:
            # The path's own text is sent, and another folder has another path: that is said, and nothing else.
            assert len(tried.verified.differences) == 1
            assert tried.verified.differences[0].startswith("fields.image: ")
            continue
        assert tried.verified.verdict is ReproVerdict.IDENTICAL, (story.id, tried.verified.says)
