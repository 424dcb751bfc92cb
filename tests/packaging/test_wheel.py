"""The wheel, away from the repository: everything in it, and the first steps of somebody who has nothing else.

It is built without an index (hatchling is a development dependency) and installed alone into an environment
of its own, which borrows the dependencies of the one that runs the tests.
"""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from upload_matrix.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
BY_THE_WAY = {"__pycache__", ".ruff_cache", ".mypy_cache", ".pytest_cache", ".hypothesis"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    result = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def scripts(wheel, tmp_path_factory) -> Path:
    """The folder with the commands of an environment that has the wheel."""
    home = tmp_path_factory.mktemp("clean")
    venv.EnvBuilder(symlinks=os.name != "nt").create(home)
    names = sysconfig.get_path_names()
    paths = {
        name: sysconfig.get_path(name, "venv", {"base": str(home), "platbase": str(home)}) for name in names
    }
    python = Path(paths["scripts"]) / ("python.exe" if os.name == "nt" else "python")
    subprocess.run(
        [
            sys.executable, "-m", "uv", "pip", "install", "--quiet", "--offline", "--no-index", "--no-deps",
            "--python", str(python), str(wheel),
        ],
        check=True, timeout=120,
    )  # fmt: skip
    # A plain line adds the folder but reads no *.pth in it: the editable install stays out.
    Path(paths["purelib"], "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n", "utf-8")
    return Path(paths["scripts"])


def run(scripts: Path, name: str, *arguments: str, cwd: Path, code: int = 0) -> str:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYTEST"))}
    environment = {
        **kept,
        "PATH": os.pathsep.join([str(scripts), kept["PATH"]]),
        "OPENAI_API_KEY": "sk-canary-of-the-wheel",
        "XDG_STATE_HOME": str(cwd / ".state"),
        "XDG_CACHE_HOME": str(cwd / ".cache"),
    }
    result = subprocess.run(
        [str(scripts / name), *arguments],
        cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout + result.stderr


def test_every_file_of_the_package_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("upload_matrix/")}
    here = {
        path.relative_to(ROOT / "harness").as_posix()
        for path in (ROOT / "harness" / "upload_matrix").rglob("*")
        if path.is_file()
        and not BY_THE_WAY.intersection(path.parts)
        and not path.name.endswith((".part", "~"))
    }
    assert packed == here
    assert {Path(name).suffix for name in packed} >= {
        ".py",
        ".mjs",
        ".yaml",
        ".json",
        ".html",
        ".css",
        ".js",
        ".txt",
    }


def test_nothing_of_the_repository_is_in_the_wheel_but_the_package(wheel):
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
        (entry_points,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        points = archive.read(entry_points).decode()
    assert sorted(top.rpartition(".")[2] for top in tops) == ["dist-info", "upload_matrix"]
    assert "upload-matrix = upload_matrix.cli:main" in points
    assert "upload-matrix = upload_matrix.pytest_plugin.hooks" in points


def test_the_environment_runs_the_wheels_own_code(scripts, tmp_path):
    where = run(scripts, "python", "-c", "import upload_matrix; print(upload_matrix.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(scripts.parent)


def test_run_in_an_empty_folder_ends_with_a_report(scripts, tmp_path):
    output = run(scripts, "upload-matrix", "run", cwd=tmp_path)
    assert "are as expected" in output
    assert "emulated (profile openai-2026-02) - not the vendor's words" in output
    report = json.loads((tmp_path / "reports" / "latest.json").read_text("utf-8"))
    assert {case["verdict"]["kind"] for case in report["cases"]} == {"as-expected"}
    page = run(scripts, "upload-matrix", "report", "reports/latest.json", "--format", "html", cwd=tmp_path)
    assert page.startswith("<!doctype html>")


def test_init_then_run_then_pytest(scripts, tmp_path):
    run(scripts, "upload-matrix", "init", cwd=tmp_path)
    run(scripts, "upload-matrix", "run", cwd=tmp_path)
    report = json.loads((tmp_path / "reports" / "latest.json").read_text("utf-8"))
    supplies = {attempt["source"]["supply"] for case in report["cases"] for attempt in case["attempts"]}
    assert supplies == {"recorded"}, "the recordings that init wrote answer"
    output = run(scripts, "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert f"{len(report['cases'])} passed" in output


def test_data_of_every_room_is_found(scripts, tmp_path):
    """Profiles, operations, targets, prices, schemas: each is read from inside the wheel."""
    assert "image-type" in run(
        scripts, "upload-matrix", "serve", "--profile", "openai-2026-11", "--rules", cwd=tmp_path
    )
    assert json.loads(run(scripts, "upload-matrix", "schema", "--folder", ".", cwd=tmp_path))["properties"]
    assert "OPENAI_API_KEY" in run(scripts, "upload-matrix", "doctor", cwd=tmp_path)
    prices = "from upload_matrix.spending.tables import load_prices; assert load_prices([]), 'no prices'"
    run(scripts, "python", "-c", prices, cwd=tmp_path)


PROGRAM = """
from openai import OpenAI

OpenAI().images.edit(image=open("avatar.webp", "rb").read(), model="gpt-image-1", prompt="x")
"""


OWN = """
import harness, matrix, reports


def test_they_are_the_projects_own():
    assert harness.own and matrix.own and reports.own
"""


@pytest.fixture(scope="module")
def crowded(scripts, tmp_path_factory) -> Path:
    """A project with packages of its own wherever ours could be looked for."""
    folder = tmp_path_factory.mktemp("crowded")
    run(scripts, "upload-matrix", "init", cwd=folder)
    matrix = folder / "matrix" / "uploads.yaml"
    few = matrix.read_text("utf-8").replace("[openai, httpx]", "[openai]")
    matrix.write_text(few.replace("[webp, png, webp-no-extension]", "[webp]"), "utf-8")
    for name in ("harness", "matrix", "reports", "tests"):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "__init__.py").write_text("own = True\n")
    for name in ("cli", "model", "probe", "run", "suite"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(
            "raise ImportError('nobody but the project imports this')\n"
        )
    (folder / "tests" / "test_own.py").write_text(OWN)
    Image.new("RGB", (8, 8)).save(folder / "avatar.webp")
    (folder / "app.py").write_text(PROGRAM)
    return folder


@pytest.mark.parametrize(
    "words",
    [["python", "-P", "-m", "pytest"], ["python", "-m", "pytest"], ["python", "-m", "pytest", "-n", "2"]],
)
def test_pytest_in_a_project_with_packages_of_its_own(scripts, crowded, words):
    output = run(scripts, *words, "-q", "-p", "no:cacheprovider", cwd=crowded)
    assert "8 passed" in output


def test_commands_in_a_project_with_packages_of_its_own(scripts, crowded):
    def ours(*words: str, code: int = 0) -> str:
        # So the project's folder comes first wherever modules are looked for.
        return run(scripts, "python", "-m", "upload_matrix", *words, cwd=crowded, code=code)

    case = "uploads/images.edit/openai/bytesio/webp/system"
    assert "all 7 cases are as expected" in run(scripts, "upload-matrix", "run", cwd=crowded)
    assert "all 7 cases are as expected" in ours("run", "-n", "2")
    assert case in ours("cases")
    assert case in ours("isolate", case)
    ours("inspect", "--emulator", "--", "python", "app.py", code=1)
    assert "Confidence: proven" in ours(
        "diagnose", "--target", "emulator:openai-2026-02", "--no-releases", "--", "python", "app.py"
    )
    assert "0 to send" in ours("record", "--target", "emulator:openai-2026-02", "--dry-run")
    assert "verified identical" in ours("bug-report", "reports/latest.json", case, "--force")
    assert "0 regressions" in ours("compare", "reports/latest.json", "reports/latest.json")
    assert "nothing wrong" in ours("cassettes", "check")
    assert "1 report" in ours("site", "reports/", "-o", "public/")


def test_every_command_starts_in_a_project_with_packages_of_its_own(scripts, crowded):
    for command in COMMANDS:
        output = run(scripts, "python", "-m", "upload_matrix", command, "--help", cwd=crowded)
        assert f"upload-matrix {command}" in output
