"""Compiles folders of packages to bytecode, each distinct source once.

A program, run by the Python it compiles for: ``python compile_program.py POOL < folders``. Releases of one
SDK are mostly the same files: the bytecode of a source lies in POOL under the source's digest, and every
package gets a hard link to it (a copy where links are not to be had). That it was compiled under another
path is fixed by Python's importer on loading.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import py_compile
import shutil
import sys

TAG = sys.implementation.cache_tag
# A cached package is never edited, so nothing is compared with its source when it is imported.
MODE = py_compile.PycInvalidationMode.UNCHECKED_HASH


def place(pool: str, source: str, target: str) -> None:
    """Put the bytecode of ``source`` at ``target``, by way of the pool; nothing when it does not compile."""
    with open(source, "rb") as stream:  # noqa: PTH123 - a quarter of a million files: pathlib would cost seconds
        digest = hashlib.sha256(stream.read()).hexdigest()
    folder = os.path.join(pool, digest[:2])  # noqa: PTH118 - see above
    pooled = f"{folder}{os.sep}{digest}.{TAG}.pyc"
    try:
        link(pooled, target)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - see above
    else:
        return
    draft = f"{pooled}.{os.getpid()}"
    try:
        py_compile.compile(source, cfile=draft, doraise=True, quiet=1, invalidation_mode=MODE)
    except (py_compile.PyCompileError, ValueError):
        return  # a template or a file for another Python: whoever imports it will be told
    # Linked from our own draft: a pooled file that another process is just replacing cannot be linked.
    link(draft, target)
    with contextlib.suppress(PermissionError):
        os.replace(draft, pooled)  # noqa: PTH105 - see above
    with contextlib.suppress(FileNotFoundError):
        os.unlink(draft)  # noqa: PTH108 - see above


def link(source: str, target: str) -> None:
    """A hard link, or a copy where there can be none; raises FileNotFoundError when there is no source."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except FileExistsError:
        return
    except OSError:
        shutil.copyfile(source, target)


def main() -> None:
    """Compile every folder named on standard input, one a line."""
    pool = sys.argv[1]
    for root in sys.stdin.read().splitlines():
        for folder, inner, names in os.walk(root):
            inner[:] = [name for name in inner if name != "__pycache__"]
            sources = [name for name in names if name.endswith(".py")]
            cache = f"{folder}{os.sep}__pycache__"
            if sources:
                os.makedirs(cache, exist_ok=True)  # noqa: PTH103 - see above
            for name in sources:
                place(pool, f"{folder}{os.sep}{name}", f"{cache}{os.sep}{name[:-3]}.{TAG}.pyc")


if __name__ == "__main__":
    main()
