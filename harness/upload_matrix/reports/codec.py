"""Results, wire forms and environments as plain JSON data and back: for reports and for process pipes."""

from __future__ import annotations

from upload_matrix.reports.decode import ASSET_SIZE, Decoder, MalformedError
from upload_matrix.reports.encode import Document, encode_environment, encode_part, encode_result, encode_wire

__all__ = [
    "ASSET_SIZE",
    "Decoder",
    "Document",
    "MalformedError",
    "encode_environment",
    "encode_part",
    "encode_result",
    "encode_wire",
]
