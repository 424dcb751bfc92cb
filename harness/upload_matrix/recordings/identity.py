"""What stands in a secret's place in a request that is stored, so that requests stay different. Pure.

An answer's secret is replaced by ``[redacted:api-key]``. In a request the placeholder also tells which secret
it was: ``[redacted:api-key.3f2a9c0d1e4b]``, a slow digest, alike on every machine. Only what is too random to
be guessed gets one. What could be guessed from a digest (a short password) gets a mark under a key that dies
with this process: it keeps requests apart within a run, and tells nothing to whoever reads it. A recording
cannot be found by such a mark, so none is made (see ``stored.is_recordable``).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix.wire.form import WireForm

RUN_KEY = secrets.token_bytes(16)
OTHER_KEY = secrets.token_bytes(16)
"""A second key: what comes out otherwise under it does not last beyond the run."""

_ROUNDS = 100_000
"""Makes a guess cost some 50 milliseconds."""
_HEX_DIGITS = 12


def apart(placeholder: str, secret: str, run_key: bytes, *, guessable: bool) -> str:
    """``placeholder`` with a mark of its own for ``secret``."""
    if guessable:
        digest = hmac.new(run_key, secret.encode("utf-8", "surrogatepass"), "sha256").hexdigest()
        mark = f".run-{digest[:_HEX_DIGITS]}"
    else:
        mark = f".{_slow_digest(secret)}"
    return f"{placeholder[:-1]}{mark}]" if placeholder.endswith("]") else placeholder + mark


@lru_cache(maxsize=4096)
def _slow_digest(secret: str) -> str:
    data = secret.encode("utf-8", "surrogatepass")
    return hashlib.pbkdf2_hmac("sha256", data, b"upload-matrix", _ROUNDS, _HEX_DIGITS // 2).hex()


# Where a recording lies: ``<root>/<target>/<operation>/<digest>.yaml``, safe on every file system.


SUFFIX = ".yaml"

_PLAIN = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,62}[a-z0-9_-])?")
_UNSAFE = re.compile(r"[^a-z0-9_.-]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
"""Device names of Windows, which it also sees before an extension."""


def folder_name(name: str) -> str:
    """A folder name for any text, different for different texts even where case is ignored.

    Plain lower-case names stay as they are and ``emulator:openai-2026-02`` becomes
    ``emulator+openai-2026-02``. Anything else becomes a readable stem, ``~`` and a digest; neither
    ``+`` nor ``~`` occurs in a plain name, so no two can meet.
    """
    words = name.split(":")
    if len(words) <= 2 and len(name) <= 64 and all(map(_is_plain, words)):
        return "+".join(words)
    stem = _UNSAFE.sub("-", name.lower()).strip("-.")[:40].rstrip("-.")
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{stem}~{digest}"


def _is_plain(word: str) -> bool:
    return bool(_PLAIN.fullmatch(word)) and not _RESERVED.fullmatch(word)


def operation_name(path: str, root: str = "") -> str:
    """``images.edits`` for ``/v1/images/edits`` below the root path ``/v1``."""
    below = path.removeprefix(root) if path.startswith(f"{root}/") else path
    return folder_name(".".join(word for word in below.split("/") if word) or "_")


def recording_path(folder: Path, form: WireForm, root: str = "") -> Path:
    """The file that holds (or would hold) the answer to ``form`` in the target's folder."""
    return folder / operation_name(form.path, root) / f"{form.digest}{SUFFIX}"


def recorded_uri(base_url: str, form: WireForm) -> str:
    """The request's URI at the target: scheme and host of ``base_url``, and the form's own path.

    Credentials in the base URL are left out.
    """
    base = urlsplit(base_url)
    host = base.netloc.rpartition("@")[2]
    return f"{base.scheme}://{host}{form.path}" + (f"?{form.query}" if form.query else "")
