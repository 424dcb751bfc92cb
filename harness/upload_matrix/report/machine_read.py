"""The live calls of a run back from its facts (``NAME.run.json``): what a page's latency is drawn from."""

from __future__ import annotations

from typing import Any

from upload_matrix.model.call import CallRecord
from upload_matrix.model.codec import Document, MalformedError, parsed
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.report.decode import may, need
from upload_matrix.report.machine import FORMAT, VERSION


def load_calls(text: str, name: str) -> tuple[CallRecord, ...]:
    """The calls that ``machine.dump_machine`` wrote, without what they used and cost; () when none was made.

    ``name`` is the file's, for messages. Raises ConfigurationError naming the file and what is wrong with it.
    """
    try:
        document: Any = parsed(text)
        if need(document, "format", str) != FORMAT:
            raise MalformedError(f"is no {FORMAT!r}")
        version = need(document, "version", int)
        if version != VERSION:
            raise MalformedError(f"is of version {version}, and this upload-matrix reads version {VERSION}")
        return tuple(map(_call, may(document, "calls", list) or ()))
    except ValueError as error:
        raise ConfigurationError(
            f"{name}: {error}; give the .run.json that the run wrote beside its report"
        ) from error


def _call(document: Document) -> CallRecord:
    seconds = document.get("seconds") if isinstance(document, dict) else None
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float)):
        raise MalformedError(f"'seconds' is {type(seconds).__name__}, not a number")
    return CallRecord(
        target=need(document, "target", str),
        wire=need(document, "wire", str),
        sample=need(document, "sample", int) - 1,
        status=may(document, "status", int),
        request_id=may(document, "request_id", str),
        seconds=seconds,
        attempts=need(document, "attempts", int),
        sent=need(document, "sent" if "sent" in document else "attempts", int),
        why=may(document, "why", str),
        model=may(document, "model", str),
    )
