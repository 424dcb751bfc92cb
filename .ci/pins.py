"""Pins every package that `uv run` installs: ``uv run --no-project .ci/pins.py [--upgrade]``.

``uv.lock`` is not committed, because it names the registry it was made with. Versions alone are kept instead:

* ``constraint-dependencies`` in ``pyproject.toml`` holds what ``uv run`` and ``uv sync`` install, all groups
  and extras included, for every Python and system; ``build-constraint-dependencies`` what builds the package.
* ``.ci/sets/`` holds other sets to install the package with: the oldest releases that ``dependencies``
  allows, and releases of the SDK from before.
* ``.ci/run`` names the npm packages it installs, exactly.

Without ``--upgrade`` the pins that still fit are kept: run it after a change of the dependencies. With it
everything becomes the newest there is; then run the tests, and render the committed reports anew where they
name another release.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROJECT = ROOT / "pyproject.toml"
SETS = ROOT / ".ci" / "sets"
CI = ROOT / ".ci" / "run"

SDKS = {
    # What openai before 1.55.3 does not say: it cannot work beside a newer httpx.
    "openai-1.1": ["openai==1.1.0", "httpx<0.28"],
    "openai-1.75": ["openai==1.75.0"],
    "openai-2": ["openai<3"],
    "openai-3": ["openai==3.0.0"],
}
"""Sets beside the default, and what they ask for besides the package's own dependencies."""

EDITABLE = "editables"
"""What hatchling asks for besides, when it builds an editable package."""

NPM_PIN = re.compile(r"(?<= )(@?[a-z][a-z/-]+)@(\d+\.\d+\.\d+)(?= |$)", re.MULTILINE)


def resolve(requirements: list[str], python: str, kept: list[str], *options: str) -> list[str]:
    """What ``requirements`` come to on any system, as pins; those of ``kept`` that fit are taken."""
    with tempfile.TemporaryDirectory() as empty:  # where no project's settings count, this one's included
        output = Path(empty, "pins.txt")
        output.write_text("\n".join(kept), encoding="utf-8")
        subprocess.run(
            [
                "uv", "pip", "compile", "--quiet", "--universal", "--python-version", python, "--no-header",
                "--no-annotate", "--output-file", str(output), *options, "-",
            ],
            cwd=empty, check=True, input="\n".join(requirements), encoding="utf-8", stdout=subprocess.DEVNULL,
        )  # fmt: skip
        return output.read_text("utf-8").splitlines()


def with_list(text: str, key: str, pins: list[str]) -> str:
    """``text`` of ``pyproject.toml`` with the list under ``key`` replaced."""
    written = "".join(f'  "{pin}",\n' for pin in pins)
    changed, count = re.subn(
        rf"^{key} = \[\n.*?^\]$", f"{key} = [\n{written}]", text, flags=re.MULTILINE | re.DOTALL
    )
    if count != 1:
        raise SystemExit(f"{PROJECT} has no list {key!r} to write to")
    return changed


def written(name: str, upgrade: bool) -> list[str]:
    """The SDK that a set has already, unless it is to be the newest that fits."""
    path = SETS / f"{name}.txt"
    lines = path.read_text("utf-8").splitlines() if path.is_file() and not upgrade else []
    return [line for line in lines if line.startswith("openai==")]


def newest_npm(match: re.Match[str]) -> str:
    """An npm package with its newest version."""
    done = subprocess.run(
        ["npm", "view", match[1], "version"], check=True, capture_output=True, encoding="utf-8"
    )
    return f"{match[1]}@{done.stdout.strip()}"


def main(upgrade: bool) -> None:
    """Resolve, and write all pins."""
    text = PROJECT.read_text("utf-8")
    document = tomllib.loads(text)
    project, kept = document["project"], [] if upgrade else document["tool"]["uv"]["constraint-dependencies"]
    python = project["requires-python"].removeprefix(">=")
    asked = [*project["dependencies"]]
    for group in (*project["optional-dependencies"].values(), *document["dependency-groups"].values()):
        asked += group
    pins = resolve(asked, python, kept)
    build = resolve([*document["build-system"]["requires"], EDITABLE], python, pins)
    needed = [*project["dependencies"], *project["optional-dependencies"]["sweep"]]
    direct = {re.split("[<>=!~]", each)[0] for each in needed}
    beneath = [pin for pin in pins if pin.partition("==")[0] not in direct]
    sets = {
        name: resolve([*needed, *sdk], python, [*written(name, upgrade), *pins]) for name, sdk in SDKS.items()
    }
    # The tests describe the SDK that is pinned, and read what click's runner tells since 8.2.
    tests = [pin for pin in pins if pin.startswith("openai==")] + ["click>=8.2"]
    for name, more in (("lowest", []), ("lowest-for-tests", tests)):
        sets[name] = resolve([*needed, *more], python, beneath, "--resolution", "lowest-direct")
    text = with_list(text, "constraint-dependencies", pins)
    PROJECT.write_text(with_list(text, "build-constraint-dependencies", build), encoding="utf-8")
    SETS.mkdir(exist_ok=True)
    for name, lines in sets.items():
        (SETS / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    if upgrade:
        CI.write_text(NPM_PIN.sub(newest_npm, CI.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main("--upgrade" in sys.argv[1:])
