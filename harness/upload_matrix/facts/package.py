"""The registry as packages that other programs depend on: JSON with its schema, a wheel and a folder for npm.

The same registry makes the same bytes; there is no date and no machine in them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from upload_matrix.facts.fact import Fact
from upload_matrix.facts.registry import Registry, RegistryRelease, as_text, of_text, registry_schema
from upload_matrix.facts.typescript import declarations
from upload_matrix.files import read_text, shown, write_whole, zipped

INDEX, SCHEMA, README, CHANGELOG, SOURCES = (
    "index.json",
    "schema.json",
    "README.md",
    "CHANGELOG.md",
    "SOURCES.md",
)

_NAME = "upload-matrix-facts"
_MODULE = "upload_matrix_facts"
_SUMMARY = "Which uploads AI APIs take, reject or silently ignore: facts with their sources."
_LICENCE = "MIT"
_WHEEL = "Wheel-Version: 1.0\nGenerator: upload-matrix\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_NAMED = 20
"""Facts that a line of the changelog names; of more it gives the number."""


def exported(folder: Path) -> Registry | None:
    """The registry that was exported into a folder; None where there is none.

    Raises ConfigurationError for a file that is something else.
    """
    path = folder / INDEX
    if not path.exists():
        return None
    return of_text(read_text(path), shown(path))


def export(folder: Path, registry: Registry) -> tuple[str, ...]:
    """Write the packages into a folder, and take wheels of other releases away; the files' names."""
    files = packages(registry)
    for old in folder.glob(f"{_MODULE}-*.whl"):
        if old.name not in files:
            old.unlink()
    for name, data in files.items():
        write_whole(folder / name, data)
    return tuple(files)


def packages(registry: Registry) -> Mapping[str, bytes]:
    """All files of an export, by name."""
    data = {name: text.encode("utf-8") for name, text in _texts(registry).items()}
    npm = {
        **{name: data[name] for name in (INDEX, SCHEMA, CHANGELOG, SOURCES)},
        README: _readme(registry, "javascript"),
        "index.d.ts": declarations(registry_schema()).encode("utf-8"),
        "package.json": _json(_package_json(registry)),
    }
    return {
        **data,
        README: _readme(registry, "json"),
        _wheel_name(registry): _wheel(registry, data),
        **{f"npm/{name}": content for name, content in npm.items()},
    }


def _texts(registry: Registry) -> Mapping[str, str]:
    return {
        INDEX: as_text(registry),
        SCHEMA: _json(registry_schema()).decode("utf-8"),
        CHANGELOG: _joined(_changelog(registry)),
        SOURCES: sources_page(registry),
    }


def _joined(lines: Iterator[str]) -> str:
    return "\n".join(lines) + "\n"


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


# -- words --


def _readme(registry: Registry, kind: str) -> bytes:
    """The description for those who use it as ``json``, ``python`` or ``javascript``."""
    usage = resources.files(__package__).joinpath("texts", f"{kind}.md").read_text("utf-8")
    about = resources.files(__package__).joinpath("texts", "registry.md").read_text("utf-8")
    values = {
        "{release}": registry.release,
        "{facts}": f"{len(registry.counting):,}",
        "{vendors}": f"{len(registry.index):,}",
        "{usage}": usage.strip(),
    }
    for name, value in values.items():
        about = about.replace(name, value)
    return about.encode("utf-8")


def _changelog(registry: Registry) -> Iterator[str]:
    yield "# Changes of the registry"
    for release in registry.releases:
        yield f"\n## {release.release}\n"
        yield from _changes(release, registry.facts)


def _changes(release: RegistryRelease, facts: Mapping[str, Fact]) -> Iterator[str]:
    for name in release.withdrawn:
        gone = facts[name].withdrawn if name in facts else None
        why = f"{gone.on.isoformat()}: {gone.reason}" if gone is not None else "and taken back"
        yield f"- withdrawn {_named(name, facts)}, {why}"
    for name in release.removed:
        yield f"- removed `{name}`, which is in no file any more"
    for word, ids in (("changed", release.changed), ("added", release.added)):
        if len(ids) <= _NAMED:
            yield from (f"- {word} {_named(name, facts)}" for name in ids)
            continue
        counts = Counter(facts[name].vendor for name in ids if name in facts)
        yield f"- {word} {len(ids):,} facts: " + ", ".join(
            f"{vendor} {n:,}" for vendor, n in sorted(counts.items())
        )


def _named(name: str, facts: Mapping[str, Fact]) -> str:
    fact = facts.get(name)
    return f"`{name}`" if fact is None else f"`{name}` ({fact.vendor} {fact.operation})"


def sources_page(registry: Registry) -> str:
    """Every repository that facts were read in, with its licence and how many, as Markdown."""
    return "".join(f"{line}\n" for line in _sources(registry))


def _sources(registry: Registry) -> Iterator[str]:
    yield "# Where the facts were read\n"
    yield "Facts alone were taken: no contents, words of prompts, code or keys. Each names file and commit."
    yield "\n| repository | its licence | facts |\n| --- | --- | --- |"
    for each in registry.sources:
        yield f"| {each.name} | {each.licence or 'not known'} | {each.facts:,} |"


# -- packages --


def _package_json(registry: Registry) -> Mapping[str, Any]:
    return {
        "name": _NAME,
        "version": registry.release,
        "description": _SUMMARY,
        "license": _LICENCE,
        "main": INDEX,
        "types": "index.d.ts",
        "exports": {".": {"types": "./index.d.ts", "default": f"./{INDEX}"}, f"./{SCHEMA}": f"./{SCHEMA}"},
        "files": [INDEX, "index.d.ts", SCHEMA, CHANGELOG, SOURCES],
    }


def _wheel_name(registry: Registry) -> str:
    return f"{_MODULE}-{registry.release}-py3-none-any.whl"


def _wheel(registry: Registry, data: Mapping[str, bytes]) -> bytes:
    about = f"{_MODULE}-{registry.release}.dist-info"
    module = resources.files(__package__).joinpath("texts", "module.py.txt").read_text("utf-8")
    head = {
        "Metadata-Version": "2.4",
        "Name": _NAME,
        "Version": registry.release,
        "Summary": _SUMMARY,
        "License-Expression": _LICENCE,
        "Requires-Python": ">=3.9",
        "Description-Content-Type": "text/markdown",
    }
    metadata = "".join(f"{name}: {value}\n" for name, value in head.items()) + "\n"
    files = {
        f"{_MODULE}/__init__.py": module.encode("utf-8"),
        f"{_MODULE}/py.typed": b"",
        **{f"{_MODULE}/{name}": content for name, content in data.items()},
        f"{about}/METADATA": metadata.encode("utf-8") + _readme(registry, "python"),
        f"{about}/WHEEL": _WHEEL.encode("ascii"),
    }
    record = f"{about}/RECORD"
    lines = [f"{name},sha256={_digest(content)},{len(content)}\n" for name, content in files.items()]
    files[record] = "".join([*lines, f"{record},,\n"]).encode("utf-8")
    # Not compressed: another release of zlib would make other bytes of it.
    return zipped(files, compressed=False)


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode("ascii")
