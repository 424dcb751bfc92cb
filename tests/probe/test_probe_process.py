"""The probe as a program: its reports, its mime tables, and what happens when it dies, hangs or prints."""

import json
import os
import subprocess
import sys
import textwrap

import pytest
from asked_probe import ask, ask_at

from upload_matrix.environments.interpreters import Seat
from upload_matrix.environments.probes import PROBE, Probe, ProbeDiedError, ProbeHungError, ProbePool

CLIENTS = {
    "echo": "return {'call': request.call, 'fields': request.fields}",
    "crash": "import os; os._exit(7)",
    "last_words": "import os, sys; sys.stderr.write('cannot go on'); sys.stderr.flush(); os.abort()",
    "hang": "import time; time.sleep(60)",
    "noisy": "print('chatter'); import os; os.write(1, b'more chatter\\n'); return 1",
    "chained": """
        try:
            {}['inner']
        except KeyError as error:
            raise ValueError('outer') from error
    """,
    "context": """
        try:
            {}['inner']
        except KeyError:
            raise ValueError('outer')
    """,
    "context_of_a_cause": """
        try:
            try:
                {}['innermost']
            except KeyError:
                raise TypeError('inner')
        except TypeError as error:
            raise ValueError('outer') from error
    """,
    "suppressed": """
        try:
            {}['inner']
        except KeyError:
            raise ValueError('outer') from None
    """,
    "cyclic": """
        first, second = ValueError('first'), ValueError('second')
        first.__cause__, second.__context__ = second, first
        raise first
    """,
    "imports": """
        import json, mimetypes, openai, probe
        found = (json.dumps, mimetypes.guess_type, openai.OpenAI, probe.WHOSE)
        return type("imported the %s" % probe.WHOSE, (), {"__module__": "builtins"})()
    """,
    "env": "import os; return type(';'.join(sorted(os.environ)), (), {})()",
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "clients").mkdir()
    for name, body in CLIENTS.items():
        code = textwrap.indent(textwrap.dedent(body).strip(), "        ")
        (tmp_path / "clients" / f"{name}.py").write_text(
            f"DISTRIBUTIONS = ()\n\nclass Client:\n    def call(self, request):\n{code}\n"
        )
    return tmp_path


@pytest.fixture
def pool(folder):
    with ProbePool({}, (folder,)) as running:
        yield running


def instruction(client: str, number: int = 1, **changes):
    return {
        "id": number,
        "client": client,
        "call": "images.edit",
        "method": "POST",
        "path": "/images/edits",
        "encoding": "multipart",
        "base_url": "http://127.0.0.1:9/v1",
        "timeout": 5,
        "retries": 0,
        "fields": {"model": "m"},
        "files": [],
        **changes,
    }


def test_a_returned_object_is_reported_by_its_type(pool):
    assert ask_at(pool, Seat("system"), instruction("echo"), 20) == {"id": 1, "returned": "dict"}


@pytest.mark.parametrize(
    ("client", "chain"),
    [
        ("chained", ["ValueError: outer", "KeyError: 'inner'"]),
        ("context", ["ValueError: outer", "KeyError: 'inner'"]),
        ("context-of-a-cause", ["ValueError: outer", "TypeError: inner", "KeyError: 'innermost'"]),
        ("suppressed", ["ValueError: outer"]),
        ("cyclic", ["ValueError: first", "ValueError: second"]),
    ],
)
def test_an_exception_is_reported_with_what_a_traceback_would_show_outermost_first(pool, client, chain):
    report = ask_at(pool, Seat("system"), instruction(client), 20)
    assert [f"{error['name']}: {error['message']}" for error in report.pop("raised")] == chain
    assert report == {"id": 1, "status": None, "body": None}


OF_A_USER = ("json", "mimetypes", "openai", "probe", "shared", "upload_matrix_sdk")
"""Names of modules that the probe or its clients import, or that it brings along."""


def test_neither_the_users_files_nor_the_probes_own_shadow_what_is_imported(folder, monkeypatch):
    (folder / "containers").mkdir()
    for name in OF_A_USER:
        for place in (folder, folder / "clients"):
            (place / f"{name}.py").write_text("raise SystemExit('shadowed')\n")
        # Loaded when the probe starts, and still no module of that name.
        (folder / "containers" / f"{name}.py").write_text("CONTAINERS = {}\n")
    installed = folder / "installed"
    installed.mkdir()
    (installed / "probe.py").write_text("WHOSE = 'installed probe'\n")
    monkeypatch.chdir(folder)
    probe = Probe(sys.executable, "system", (folder,), (installed,))
    try:
        report = ask(probe, instruction("imports"), 20)
    finally:
        probe.kill()
    assert report == {"id": 1, "returned": "imported the installed probe"}


def test_a_users_client_takes_the_place_of_ours_of_its_name(folder):
    (folder / "clients" / "httpx.py").write_text(
        "class Client:\n    def call(self, request):\n        return {'mine': True}\n"
    )
    with ProbePool({}, (folder,)) as pool:
        assert ask_at(pool, Seat("system"), instruction("httpx"), 20) == {"id": 1, "returned": "dict"}


def test_what_a_client_prints_does_not_disturb_the_protocol(pool):
    assert ask_at(pool, Seat("system"), instruction("noisy"), 20) == {"id": 1, "returned": "int"}


def test_an_unusable_client_is_not_the_clients_word(pool):
    report = ask_at(pool, Seat("system"), instruction("not-there"), 20)
    assert report["broken"] == "KeyError: 'not-there'"


def test_a_dead_probe_is_replaced(pool):
    with pytest.raises(ProbeDiedError, match=r"the probe died \(exit status 7\), saying nothing"):
        ask_at(pool, Seat("system"), instruction("crash"), 20)
    assert ask_at(pool, Seat("system"), instruction("echo"), 20)["returned"] == "dict"


def test_a_dead_probes_last_words_are_kept(pool):
    with pytest.raises(ProbeDiedError, match=r"the probe died \(signal 6\): cannot go on"):
        ask_at(pool, Seat("system"), instruction("last-words"), 20)


def test_a_hanging_probe_is_killed_and_replaced(pool):
    ask_at(pool, Seat("system"), instruction("echo"), 20)
    with pytest.raises(ProbeHungError, match=r"no report within 0\.3 s"):
        ask_at(pool, Seat("system"), instruction("hang"), 0.3)
    assert ask_at(pool, Seat("system"), instruction("echo"), 20)["returned"] == "dict"


def test_a_probe_sees_no_key_and_no_proxy(pool, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "canary")
    monkeypatch.setenv("HTTPS_PROXY", "http://canary")
    monkeypatch.setenv("MY_SECRET", "canary")
    names = ask_at(pool, Seat("system"), instruction("env"), 20)["returned"].rpartition(".")[2]
    assert "PATH" in names
    assert not {"OPENAI_API_KEY", "HTTPS_PROXY", "MY_SECRET"} & set(names.split(";"))


def test_a_mime_table_from_a_file_replaces_everything_else(tmp_path):
    table = tmp_path / "own.types"
    table.write_text("image/x-own webp\n")
    with ProbePool({"system": table}) as pool:
        guesses = pool.environment(Seat("system")).guesses
    assert guesses[".webp"] == "image/x-own"
    assert guesses[".png"] is None


def test_the_builtin_table_is_pythons_own(pool):
    guesses = pool.environment(Seat("builtin")).guesses
    assert guesses[".png"] == "image/png"
    # From 3.13 on Python itself knows WebP; before, only a system file does.
    assert guesses[".webp"] == ("image/webp" if sys.version_info >= (3, 13) else None)


def test_an_unreadable_mime_table_is_said(tmp_path):
    with (
        ProbePool({"system": tmp_path / "none.types"}) as pool,
        pytest.raises(ProbeDiedError, match=r"none\.types"),
    ):
        pool.environment(Seat("system"))


def older_pythons():
    """Interpreters on this machine that the probe promises to run on."""
    from shutil import which

    found = []
    for minor in range(8, 15):
        path = which(f"python3.{minor}")
        # A version manager's shim is there without the interpreter behind it.
        if path and subprocess.run([path, "-c", ""], capture_output=True, check=False).returncode == 0:
            found.append(path)
    return found or [sys.executable]


@pytest.mark.parametrize("python", older_pythons(), ids=os.path.basename)
def test_the_probe_runs_on_every_python_from_3_8(python):
    result = subprocess.run(
        [python, str(PROBE), "--mime-table", "builtin"],
        input=json.dumps(instruction("httpx", files=[])) + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    greeting, report = map(json.loads, result.stdout.splitlines())
    assert greeting["hello"]["guesses"][".png"] == "image/png"
    assert report["id"] == 1
    assert {"returned", "raised", "unavailable"} & report.keys()
