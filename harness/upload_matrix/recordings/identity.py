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
import secrets
from functools import lru_cache

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
