"""What a failure on the network means: in a word, in a sentence, and whether another try makes sense. Pure.

Sentences hold what was configured, never what was measured, so that two runs say the same.
"""

from __future__ import annotations

import re
import socket
import ssl
from typing import NamedTuple

import httpcore

from upload_matrix.model.answer import Silence
from upload_matrix.targets.passage import Passage

_NO_SUCH_NAME = frozenset(
    number for word in ("EAI_NONAME", "EAI_NODATA") if (number := getattr(socket, word, None)) is not None
)

_SOURCE_LINE = re.compile(r"\s*\(_ssl\.c:\d+\)")


class Fault(NamedTuple):
    """``passing``: another try may go otherwise."""

    why: Silence
    says: str
    passing: bool = True


def fault(
    error: Exception, passage: Passage, *, host: str, proxy: str | None, timeout: float, total: float
) -> Fault:
    """Read what httpcore raised for an exchange with ``host``, by way of ``proxy``.

    ``timeout`` are the seconds a server may be silent, ``total`` those of the whole exchange.
    """
    cause = passage.cause
    nearest = host if proxy is None else f"the proxy {proxy}"
    if passage.late:
        return Fault(_kind(passage), f"not complete within {total:g} s")
    if isinstance(cause, ssl.SSLCertVerificationError):
        says = f"the certificate of {host} is not trusted: {cause.verify_message}; see `verify` in targets"
        return Fault(Silence.UNREACHABLE, says, passing=False)
    if isinstance(cause, ssl.SSLError) and not passage.request_left:
        return Fault(Silence.UNREACHABLE, f"no TLS connection to {host}: {_words(cause)}")
    if isinstance(cause, socket.gaierror):
        known = cause.errno not in _NO_SUCH_NAME
        return Fault(
            Silence.UNREACHABLE, f"the name of {nearest} was not found: {cause.strerror}", passing=known
        )
    if isinstance(error, httpcore.ProxyError):
        # A refusal such as 403 or 407 stays one; a proxy in trouble says 5xx.
        return Fault(Silence.UNREACHABLE, f"{nearest} refused: {error}", passing=str(error).startswith("5"))
    if isinstance(error, httpcore.ConnectTimeout):
        return Fault(Silence.UNREACHABLE, f"no connection to {nearest} within {timeout:g} s")
    if isinstance(error, httpcore.ConnectError):
        return Fault(Silence.UNREACHABLE, f"no connection to {nearest}: {_words(cause or error)}")
    if isinstance(error, httpcore.TimeoutException):
        return Fault(_kind(passage), f"nothing came for {timeout:g} s")
    if isinstance(error, httpcore.LocalProtocolError):
        # Ours or the user's: such a request can never be sent.
        return Fault(Silence.UNREACHABLE, f"the request cannot be sent as it is: {error}", passing=False)
    if isinstance(error, httpcore.RemoteProtocolError):
        if not passage.answer_began:
            return Fault(Silence.UNREACHABLE, "the connection was closed without an answer")
        return Fault(_kind(passage), f"the answer is not sound HTTP: {error}")
    return Fault(_kind(passage), f"the connection broke: {_words(cause or error)}")


def _kind(passage: Passage) -> Silence:
    return Silence.BROKEN if passage.answer_began else Silence.UNREACHABLE


def _words(error: BaseException) -> str:
    """An error's own words, without the place in the interpreter's source that differs by build."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return _SOURCE_LINE.sub("", text) or type(error).__name__
