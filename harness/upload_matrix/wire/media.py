"""Media formats: what a file's first bytes say it is, and which types and extensions fit that.

Sources: PNG (RFC 2083, section 3.1), JPEG (ITU T.81, SOI marker), WebP (Google's container
specification), GIF89a, ISO base media (ISO/IEC 14496-12, ``ftyp``), RIFF/WAVE, Ogg (RFC 3533),
FLAC (RFC 9639), ID3/MPEG audio, Matroska/WebM (EBML), PDF (ISO 32000).
"""

from __future__ import annotations

from upload_matrix.wire.form import Part

GENERIC_TYPES = frozenset({"application/octet-stream", "binary/octet-stream", "application/x-binary"})
"""Content-Types that say nothing about the bytes."""

FORMAT_TYPES: dict[str, tuple[str, ...]] = {
    "png": ("image/png",),
    "jpeg": ("image/jpeg", "image/jpg"),
    "webp": ("image/webp",),
    "gif": ("image/gif",),
    "heic": ("image/heic", "image/heif"),
    "avif": ("image/avif",),
    "wav": ("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"),
    "ogg": ("audio/ogg", "application/ogg", "video/ogg"),
    "flac": ("audio/flac", "audio/x-flac"),
    "mp3": ("audio/mpeg", "audio/mp3"),
    "mp4": ("video/mp4", "audio/mp4", "audio/x-m4a", "audio/m4a"),
    "webm": ("video/webm", "audio/webm"),
    "pdf": ("application/pdf",),
}
"""Per format: the fitting Content-Types, the preferred one first."""

FORMAT_EXTENSIONS: dict[str, tuple[str, ...]] = {
    "png": (".png",),
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "webp": (".webp",),
    "gif": (".gif",),
    "heic": (".heic", ".heif"),
    "avif": (".avif",),
    "wav": (".wav",),
    "ogg": (".ogg", ".oga", ".opus"),
    "flac": (".flac",),
    "mp3": (".mp3", ".mpga", ".mpeg"),
    "mp4": (".mp4", ".m4a"),
    "webm": (".webm",),
    "pdf": (".pdf",),
}
"""Per format: the fitting file name extensions, the preferred one first."""

_ISO_BRANDS = {b"avif": "avif", b"avis": "avif", b"heic": "heic", b"heix": "heic", b"mif1": "heic"}


def sniff(data: bytes) -> str | None:
    """Name the format of ``data`` (at least its first 16 bytes), or None when no signature fits."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:4] == b"RIFF":
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(data[8:12])
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if data[4:8] == b"ftyp":
        return _ISO_BRANDS.get(data[8:12], "mp4")
    for magic, name in (
        (b"OggS", "ogg"),
        (b"fLaC", "flac"),
        (b"ID3", "mp3"),
        (b"\xff\xfb", "mp3"),
        (b"\x1aE\xdf\xa3", "webm"),
        (b"%PDF-", "pdf"),
    ):
        if data.startswith(magic):
            return name
    return None


def bare_type(content_type: str | None) -> str | None:
    """``image/png`` of ``Image/PNG; charset=binary``; None stays None."""
    return None if content_type is None else content_type.partition(";")[0].strip().lower()


def extension(filename: str) -> str:
    """The last extension of ``filename`` in lower case with its dot, or an empty string."""
    stem, dot, last = filename.rpartition(".")
    return f".{last.lower()}" if dot and stem and "/" not in last else ""


def format_of_extension(filename: str) -> str | None:
    """The format that ``filename``'s extension claims, or None."""
    wanted = extension(filename)
    return next((name for name, known in FORMAT_EXTENSIONS.items() if wanted in known), None)


def format_of_type(content_type: str | None) -> str | None:
    """The format that a Content-Type claims, or None for generic and unknown ones."""
    wanted = bare_type(content_type)
    return next((name for name, known in FORMAT_TYPES.items() if wanted in known), None)


def preferred_type(media_format: str) -> str:
    """The Content-Type to send for ``media_format``; raises KeyError for an unknown format."""
    return FORMAT_TYPES[media_format][0]


def preferred_extension(media_format: str) -> str:
    """The extension to use for ``media_format``; raises KeyError for an unknown format."""
    return FORMAT_EXTENSIONS[media_format][0]


def media_format(part: Part) -> str | None:
    """What the part is: its bytes decide, then its filename, then its type; None when nothing tells."""
    return part.format or format_of_extension(part.filename or "") or format_of_type(part.content_type)


def better_type(part: Part) -> str | None:
    """The Content-Type that fits, None when the part's own is as good as can be told."""
    known = media_format(part)
    if known is None or format_of_type(part.content_type) == known:
        return None
    said = bare_type(part.content_type)
    # A specific type that merely is not in our tables may be right.
    wrong = said is None or said in GENERIC_TYPES or format_of_type(said) is not None
    return preferred_type(known) if wrong else None


def better_filename(part: Part) -> str | None:
    """The filename that fits, None when the part's own is as good as can be told."""
    known = media_format(part)
    if known is None or format_of_extension(part.filename or "") == known:
        return None
    stem = part.name.partition("[")[0] or "file"
    return f"{stem}{preferred_extension(known)}"
