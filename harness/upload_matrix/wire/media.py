"""Media formats: what a file's first bytes say it is, and which types and extensions fit that.

Sources: PNG (RFC 2083, section 3.1), JPEG (ITU T.81, SOI marker), WebP (Google's container
specification), GIF89a, ISO base media (ISO/IEC 14496-12, ``ftyp``), RIFF/WAVE, Ogg (RFC 3533),
FLAC (RFC 9639), ID3/MPEG audio, Matroska/WebM (EBML), PDF (ISO 32000).
"""

from __future__ import annotations

GENERIC_TYPES = frozenset({"application/octet-stream", "binary/octet-stream", "application/x-binary"})
"""Content-Types that say nothing about the bytes."""

FORMAT_TYPES: dict[str, tuple[str, ...]] = {
    "png": ("image/png",),
    "jpeg": ("image/jpeg", "image/jpg"),
    "webp": ("image/webp",),
    "gif": ("image/gif",),
    "heic": ("image/heic", "image/heif"),
    "avif": ("image/avif",),
    "bmp": ("image/bmp", "image/x-ms-bmp"),
    "tiff": ("image/tiff",),
    "wav": ("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"),
    "ogg": ("audio/ogg", "application/ogg", "video/ogg"),
    "flac": ("audio/flac", "audio/x-flac"),
    "mp3": ("audio/mpeg", "audio/mp3"),
    "aac": ("audio/aac", "audio/aacp", "audio/x-aac"),
    "m4a": ("audio/mp4", "audio/x-m4a", "audio/m4a"),
    "mp4": ("video/mp4", "audio/mp4", "audio/x-m4a", "audio/m4a"),
    "webm": ("video/webm", "audio/webm"),
    "pdf": ("application/pdf",),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document",),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",),
    "pptx": ("application/vnd.openxmlformats-officedocument.presentationml.presentation",),
}
"""Per format with a signature: the fitting Content-Types, the preferred one first."""

UNREGISTERED_TYPES = frozenset(
    {
        "image/jpg",
        "audio/mp3",
        "audio/m4a",
        "audio/x-m4a",
        "audio/wave",
        "audio/x-wav",
        "audio/x-flac",
        "audio/x-aac",
    }
)
"""Those of them that the IANA registry does not have. ``audio/wav`` is what everybody sends."""

TEXT_TYPES: dict[str, str] = {
    ".jsonl": "application/jsonl",
    ".json": "application/json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".html": "text/html",
    ".xml": "application/xml",
}
"""Content-Types by extension of what has no signature."""

FORMAT_EXTENSIONS: dict[str, tuple[str, ...]] = {
    "png": (".png",),
    "jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "webp": (".webp",),
    "gif": (".gif",),
    "heic": (".heic", ".heif"),
    "avif": (".avif",),
    "bmp": (".bmp",),
    "tiff": (".tiff", ".tif"),
    "wav": (".wav",),
    "ogg": (".ogg", ".oga", ".opus"),
    "flac": (".flac",),
    "mp3": (".mp3", ".mpga", ".mpeg"),
    "aac": (".aac",),
    "m4a": (".m4a", ".mp4", ".m4b"),
    "mp4": (".mp4", ".m4a", ".mov", ".m4v"),
    "webm": (".webm", ".weba", ".mkv"),
    "pdf": (".pdf",),
    "docx": (".docx",),
    "xlsx": (".xlsx",),
    "pptx": (".pptx",),
}
"""Per format: the fitting file name extensions, the preferred one first."""

_ISO_BRANDS = {
    b"avif": "avif",
    b"avis": "avif",
    b"heic": "heic",
    b"heix": "heic",
    b"mif1": "heic",
    b"M4A ": "m4a",
    b"M4B ": "m4a",
}
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"OggS", "ogg"),
    (b"fLaC", "flac"),
    (b"\x1aE\xdf\xa3", "webm"),
    (b"%PDF-", "pdf"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
)
_BMP_HEADERS = tuple(size.to_bytes(4, "little") for size in (12, 40, 108, 124))
_PDF_WITHIN = 1024
"""Readers look for a PDF's first line among so many bytes."""


def sniff(data: bytes) -> str | None:
    """Name the format of ``data`` (at least its first 16 bytes), or None when no signature fits."""
    for magic, name in _SIGNATURES:
        if data.startswith(magic):
            return name
    if data[:4] in (b"RIFF", b"RF64", b"RIFX"):
        return {b"WEBP": "webp", b"WAVE": "wav"}.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _ISO_BRANDS.get(data[8:12], "mp4")
    if data[4:8] == b"moov":
        return "mp4"
    if data[:2] == b"BM" and data[6:10] == bytes(4) and data[14:18] in _BMP_HEADERS:
        return "bmp"
    if data.startswith(b"ID3"):
        return _behind_id3(data)
    return _mpeg_frame(data) or ("pdf" if b"%PDF-" in data[:_PDF_WITHIN] else None)


def _behind_id3(data: bytes) -> str:
    """What an ID3 tag stands before, which FLAC and AAC may have too."""
    length = 10 + sum((byte & 0x7F) << (7 * (3 - place)) for place, byte in enumerate(data[6:10]))
    return "flac" if data[length : length + 4] == b"fLaC" else _mpeg_frame(data[length:]) or "mp3"


def _mpeg_frame(data: bytes) -> str | None:
    """``mp3`` or ``aac`` by a frame's header (ISO/IEC 11172-3, 13818-7): sync, layer, known rates."""
    if len(data) < 4 or data[0] != 0xFF:
        return None
    if data[1] & 0xF6 == 0xF0:
        return "aac" if data[2] >> 2 & 0xF < 13 else None
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    sound = data[1] & 0xE0 == 0xE0 and version != 1 and layer in (1, 2)
    return "mp3" if sound and data[2] >> 4 not in (0, 15) and data[2] >> 2 & 3 != 3 else None


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
    named = next((name for name, known in FORMAT_EXTENSIONS.items() if known[0] == wanted), None)
    return named or next((name for name, known in FORMAT_EXTENSIONS.items() if wanted in known), None)


def type_of_extension(filename: str, family: str = "") -> str | None:
    """The Content-Type to send for what ``filename``'s extension claims, or None."""
    known = format_of_extension(filename)
    return TEXT_TYPES.get(extension(filename)) if known is None else preferred_type(known, family)


def fits_extension(media_format: str, filename: str) -> bool:
    """Whether ``filename``'s extension is one that files of this format have."""
    return extension(filename) in FORMAT_EXTENSIONS.get(media_format, ())


def format_of_type(content_type: str | None) -> str | None:
    """The format that a Content-Type claims, or None for generic and unknown ones."""
    wanted = bare_type(content_type)
    return next((name for name, known in FORMAT_TYPES.items() if wanted in known), None)


def family_of_type(content_type: str | None) -> str:
    """What kind of file a Content-Type is of: ``image``, ``audio``, ``video``, and else ``document``."""
    family = (bare_type(content_type) or "").partition("/")[0]
    return family if family in ("image", "audio", "video") else "document"


def preferred_type(media_format: str, family: str = "") -> str:
    """The Content-Type to send for ``media_format``; raises KeyError for an unknown format.

    For a container that has several, the one of ``family`` (``audio``).
    """
    types = FORMAT_TYPES[media_format]
    return next((each for each in types if each.startswith(f"{family}/")), types[0])


def preferred_extension(media_format: str) -> str:
    """The extension to use for ``media_format``; raises KeyError for an unknown format."""
    return FORMAT_EXTENSIONS[media_format][0]


def word_of_format(media_format: str) -> str:
    """The word that APIs use for ``media_format`` in a field of its own: ``jpeg``, ``wav``."""
    return (
        media_format
        if media_format in ("jpeg", "tiff")
        else FORMAT_EXTENSIONS[media_format][0].removeprefix(".")
    )
