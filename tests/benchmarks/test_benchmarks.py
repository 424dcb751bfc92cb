"""Every benchmark at a tiny size: it runs, writes its figures, and fails when what it timed did not happen."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from fake_index import FakeIndex
from html_browser import missing
from small_sdk import MATRIX, RELEASES

FOLDER = Path(__file__).parents[2] / "benchmarks"


def benchmark(name, *words, code=0, **environ):
    done = subprocess.run(
        [sys.executable, str(FOLDER / f"{name}.py"), *words],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=170,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def test_every_benchmark_is_tested_here():
    helpers = {"support", "projects", "bare_loop", "loopback"}
    programs = {path.stem for path in FOLDER.glob("*.py")} - helpers
    assert programs == {
        "replay",
        "scale",
        "startup",
        "sweep",
        "isolate",
        "html_report",
        "carriers",
        "first_minute",
    }


def test_replay(tmp_path):
    words = ("--cases", "22", "--large-cases", "0", "--rounds", "1", "--json", str(tmp_path / "f.json"))
    assert "small answers, 22 cases, 1 rounds" in benchmark("replay", *words)
    figures = json.loads((tmp_path / "f.json").read_text())["figures"]["small"]
    assert len(figures["milliseconds_and_seconds"]) == 5


def test_scale(tmp_path):
    words = ("--cases", "1000", "--collected", "100", "--rounds", "1", "--json", str(tmp_path / "f.json"))
    out = benchmark("scale", *words)
    assert "1,000 cases" in out
    assert [cases for cases, _, _ in json.loads((tmp_path / "f.json").read_text())["figures"]["running"]] == [
        100,
        1000,
    ]
    assert not any(line.split()[-1].startswith("-") for line in out.splitlines() if line.strip())


@pytest.mark.parametrize(("option", "value"), [("--cases", "1550"), ("--cases", "0"), ("--rounds", "0")])
def test_scale_takes_only_what_it_can_run(option, value):
    assert f"{value}: give" in benchmark("scale", option, value, code=2)


def test_startup():
    out = benchmark("startup", "--rounds", "1", "--only=cases --help", "--only=run")
    assert "upload-matrix cases --help" in out
    assert "upload-matrix run" in out


def test_isolate(tmp_path):
    out = benchmark("isolate", "--rounds", "1", "--cases", "2", "--json", str(tmp_path / "f.json"))
    assert out.startswith("2 planted causes.")
    assert len(json.loads((tmp_path / "f.json").read_text())["figures"]["calls"]["5%"]) == 2


def test_carriers():
    out = benchmark("carriers", "--rounds", "1", "--mib", "1")
    assert [line.split("  ")[0].strip() for line in out.splitlines()] == ["form", "data URL", "body"]


def test_first_minute_but_for_the_installing(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    from first_minute import play, program, steps

    program(tmp_path)
    environ = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "OPENAI_API_KEY": "none",
    }
    transcript: list[str] = []
    typed = steps(Path("upload_matrix.whl"))[1:]
    assert set(play(tmp_path, typed, environ, transcript)) == {"inspect", "diagnose"}
    assert transcript[0].startswith("$ upload-matrix inspect --emulator -- python app.py\n")
    with pytest.raises(SystemExit):
        play(tmp_path, (replace(typed[0], shows="no such words"),), environ, transcript)


def test_html_report(tmp_path):
    if not benchmark_browser():
        missing("chromium", "apt-get install chromium, or name one in UPLOAD_MATRIX_CHROMIUM")
    out = benchmark("html_report", "--cases", "1000", "--rounds", "1", "--json", str(tmp_path / "f.json"))
    assert out.startswith("1,000 cases, 10 wire forms")
    figures = json.loads((tmp_path / "f.json").read_text())["figures"]
    assert (figures["cases"], figures["wire_forms"]) == (1000, 10)
    assert 0 < figures["run_alone"] <= figures["highest"]


def benchmark_browser():
    import shutil

    return os.environ.get("UPLOAD_MATRIX_CHROMIUM") or shutil.which("chromium")


@pytest.fixture
def index(tmp_path, monkeypatch):
    """An index of our own with a few releases, and nothing of this machine's caches."""
    for name in [name for name in os.environ if name.startswith(("UV_", "PIP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "mine.yaml").write_text(MATRIX)
    with FakeIndex(wheels=list(RELEASES)) as running:
        monkeypatch.setenv("UV_DEFAULT_INDEX", running.url)
        yield running


def test_sweep(tmp_path, index):
    words = ("--matrix", str(tmp_path / "mine.yaml"), "--releases", "3", "--rounds", "1", "--online")
    out = benchmark("sweep", *words, "--sdk", "<1.4")
    assert "--strategy all" in out
    assert "3 releases: one variant" in out


def test_a_sweep_that_measured_nothing_has_no_figure(tmp_path, index):
    words = ("--matrix", str(tmp_path / "mine.yaml"), "--releases", "3", "--rounds", "1")
    err = benchmark("sweep", *words, "--sdk", "<1.4", code=1)
    assert "not measured:" in err
    assert not index.asked


def test_a_replay_whose_cases_fail_has_no_figure(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'pytest' in sys.argv[0] or sys.argv[:1] == ['-m']:\n"
        "    import upload_matrix.judge.outcome as outcome\n"
        "    outcome.decide = None\n"
    )
    words = ("--cases", "22", "--large-cases", "0", "--rounds", "1")
    assert "not measured:" in benchmark("replay", *words, code=1, PYTHONPATH=str(tmp_path))
