"""What an installed release declares that it needs, and the versions shared dependencies are held to."""

from __future__ import annotations

from collections.abc import Mapping
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from upload_matrix.environments.errors import UnavailableError

_CONSTRAINTS = Path(__file__).with_name("shared_constraints.txt")


def shared_constraints() -> tuple[str, ...]:
    """The constraints that shared dependencies are resolved under, from the file beside this one."""
    lines = _CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def information_folder(packages: Path, distribution: str) -> Path:
    """The ``.dist-info`` folder of a distribution installed in ``packages``; raises UnavailableError."""
    wanted = canonicalize_name(distribution)
    for folder in packages.glob("*.dist-info"):
        if canonicalize_name(folder.name.partition("-")[0]) == wanted:
            return folder
    raise UnavailableError(f"the release installs no distribution called {distribution!r}")


def requirements(information: Path, markers: Mapping[str, str]) -> tuple[str, ...]:
    """What the release needs under an interpreter with these markers, extras left out; sorted.

    Conditions are decided here and taken off, so that releases that need the same share it however they
    wrote it down. Raises UnavailableError on metadata that cannot be read.
    """
    text = (information / "METADATA").read_text(encoding="utf-8", errors="replace")
    needed = set()
    for line in HeaderParser().parsestr(text, headersonly=True).get_all("Requires-Dist") or ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement as error:
            raise UnavailableError(
                f"the release declares a dependency that cannot be read: {line!r}"
            ) from error
        if requirement.marker is None or requirement.marker.evaluate({**markers, "extra": ""}):
            requirement.marker = None
            needed.add(str(requirement))
    return tuple(sorted(needed))
