"""Unusual notations of a form: the raw bodies that parsers are asked to read, and what a sender meant."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

CONTENT = b"RIFF\x10\x00\x00\x00WEBPVP8 \r\n\x00\xff\xc3(--\r\n\r\x00"
"""Bytes that are no UTF-8, with line ends that a careless parser takes for its own."""

BOUNDARY = "b7f3e1"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True, slots=True)
class Notation:
    """One body. ``wire`` says in Markdown what stands on it, ``instead`` what to write.

    What was meant: ``count`` parts read as a ``file`` or ``field`` under the name ``field``, with this
    filename, type and content, beside one of the name ``beside``. A filename or type of None was not sent.
    """

    name: str
    wire: str
    instead: str
    kind: str
    body: bytes
    meant: str = "file"
    field: str = "image"
    beside: str = "model"
    count: int = 1
    filename: str | None = "a.webp"
    type: str | None = "image/webp"
    content: bytes = CONTENT


def _part(disposition: str, *headers: str, content: bytes = CONTENT) -> bytes:
    head = "\r\n".join([f"--{BOUNDARY}", f"Content-Disposition: {disposition}", *headers])
    return head.encode() + b"\r\n\r\n" + content + b"\r\n"


_TEXT = _part('form-data; name="model"', content=b"gpt-image-1")
_END = f"--{BOUNDARY}--\r\n".encode()
_TYPE = "Content-Type: image/webp"
_FILE = 'form-data; name="image"; filename="a.webp"'
_PLAIN = _TEXT + _part(_FILE, _TYPE) + _END
_KEEP = "Write them in any case."


def _filename(name: str, wire: str, instead: str, parameters: str, meant: str | None) -> Notation:
    body = _TEXT + _part(f'form-data; name="image"{parameters}', _TYPE) + _END
    return Notation(name, wire, instead, FORM, body, filename=meant)


def _headers(
    name: str, wire: str, instead: str, disposition: str, *headers: str, meant: str | None = "image/webp"
) -> Notation:
    return Notation(name, wire, instead, FORM, _TEXT + _part(disposition, *headers) + _END, type=meant)


def _named(name: str, wire: str, instead: str, field: str) -> Notation:
    disposition = f'form-data; name="{field}"; filename="a.webp"'
    return Notation(name, wire, instead, FORM, _TEXT + _part(disposition, _TYPE) + _END, field=field)


def _framed(name: str, wire: str, instead: str, kind: str = FORM, body: bytes = _PLAIN) -> Notation:
    return Notation(name, wire, instead, kind, body)


_ASCII = "Name the file in ASCII where the server need not keep the name."
_BASENAME = "Send the last part of the path alone."
_ONE = "Write `boundary=` once, with the boundary that the body has."

NOTATIONS = (
    _filename("plain", 'name and `filename="a.webp"`, one `Content-Type`', "This is the notation to send.",
              '; filename="a.webp"', "a.webp"),
    _filename("no-filename", "no `filename`", "Send a filename with every file.", "", None),
    _filename("filename-empty", '`filename=""`', "Send a filename that is not empty.", '; filename=""', None),
    _filename("filename-star-alone", "`filename*=UTF-8''%C3%A9.webp` alone (RFC 5987)",
              "Send a plain `filename`.", "; filename*=UTF-8''%C3%A9.webp", "é.webp"),
    _filename("filename-and-star", "`filename=\"e.webp\"`, then `filename*=UTF-8''%C3%A9.webp`",
              "Send a plain `filename` alone.", "; filename=\"e.webp\"; filename*=UTF-8''%C3%A9.webp",
              "é.webp"),
    _filename("filename-utf8", '`filename="é.webp"` in raw UTF-8', _ASCII, '; filename="é.webp"', "é.webp"),
    _filename("filename-rfc2047", '`filename="=?utf-8?B?w6kud2VicA==?="` (RFC 2047), for `é.webp`', _ASCII,
              '; filename="=?utf-8?B?w6kud2VicA==?="', "é.webp"),
    _filename("filename-percent-quote", '`filename="a%22b.webp"`, for `a"b.webp` (as browsers write it)',
              "Leave quotes out of filenames.", '; filename="a%22b.webp"', 'a"b.webp'),
    _filename("filename-backslash-quote", '`filename="a\\"b.webp"`, for `a"b.webp`',
              "Leave quotes out of filenames.", '; filename="a\\"b.webp"', 'a"b.webp'),
    _filename("filename-windows", '`filename="C:\\dir\\a.webp"`', _BASENAME,
              '; filename="C:\\dir\\a.webp"', "C:\\dir\\a.webp"),
    _filename("filename-parent", '`filename="../a.webp"`', _BASENAME, '; filename="../a.webp"', "../a.webp"),
    _filename("filename-newline", "a filename with a raw line end (CR LF)",
              "Leave line ends out of filenames.", '; filename="a\r\nb.webp"', "a\r\nb.webp"),
    _filename("filename-percent-newline", '`filename="a%0Ab.webp"`, for a line end (as browsers write it)',
              "Leave line ends out of filenames.", '; filename="a%0Ab.webp"', "a\nb.webp"),
    _filename("filename-unquoted", "`filename=a.webp` without quotes", "Quote the filename.",
              "; filename=a.webp", "a.webp"),
    _headers("name-unquoted", "`name=image` without quotes", "Quote the name.",
             'form-data; name=image; filename="a.webp"', _TYPE),
    _headers("name-missing", "no `name`", "Send a name with every part.",
             'form-data; filename="a.webp"', _TYPE),
    _headers("type-missing", "no `Content-Type` in the part", "Send the part's type.", _FILE, meant=None),
    _headers("type-twice", "`Content-Type: image/png`, then `Content-Type: image/webp`, in one part",
             "Send one type.", _FILE, "Content-Type: image/png", _TYPE, meant=None),
    _headers("type-parameters", "`Content-Type: image/webp; charset=binary; x=1`", "Send the type alone.",
             _FILE, "Content-Type: image/webp; charset=binary; x=1", meant="image/webp; charset=binary; x=1"),
    _named("name-index", '`name="image[0]"`', "Send the name that the API documents.", "image[0]"),
    _named("name-brackets", '`name="image[]"`', "Send the name that the API documents.", "image[]"),
    Notation("file-twice", "two files of one name", "Send the name that the API documents for several files.",
             FORM, _TEXT + _part(_FILE, _TYPE) * 2 + _END, count=2),
    Notation("text-twice", "a text field twice with one name", "Send every text field once.", FORM,
             _TEXT * 2 + _part(_FILE, _TYPE) + _END, meant="field", field="model", beside="image", count=2,
             filename=None, type=None, content=b"gpt-image-1"),
    _framed("boundary-quoted", '`boundary="b7f3e1"` in quotes',
            "Leave the quotes out where the boundary allows.", f'multipart/form-data; boundary="{BOUNDARY}"'),
    _framed("boundary-missing", "a `Content-Type` without `boundary`",
            "Let the HTTP client write the header.", "multipart/form-data"),
    _framed("boundary-twice-first", "`boundary=` twice, the first is the body's", _ONE,
            f"{FORM}; boundary=other"),
    _framed("boundary-twice-last", "`boundary=` twice, the last is the body's", _ONE,
            f"multipart/form-data; boundary=other; boundary={BOUNDARY}"),
    _framed("mixed", "`multipart/mixed`", "Send `multipart/form-data`.",
            f"multipart/mixed; boundary={BOUNDARY}"),
    Notation("urlencoded", "`application/x-www-form-urlencoded`, the file as a text field",
             "Send `multipart/form-data` where there is a file.", "application/x-www-form-urlencoded",
             b"model=gpt-image-1&image=RIFF%10", meant="field",
             filename=None, type=None, content=b"RIFF\x10"),
    _framed("line-ends-lf", "line ends of LF alone in heads and delimiters", "End lines with CR LF.",
            body=_PLAIN.replace(CONTENT, b"@").replace(b"\r\n", b"\n").replace(b"@", CONTENT)),
    _framed("end-missing", "no final delimiter", "End the body with `--boundary--`.",
            body=_PLAIN.removesuffix(_END)),
    Notation("transfer-base64", "`Content-Transfer-Encoding: base64`", "Send the bytes as they are.", FORM,
             _TEXT + _part(_FILE, _TYPE, "Content-Transfer-Encoding: base64",
                           content=b64encode(CONTENT)) + _END),
    _framed("preamble", "a line before the first delimiter", "Begin with the delimiter.",
            body=b"This is a message in several parts.\r\n" + _PLAIN),
    _framed("epilogue", "a line after the final delimiter", "End with the delimiter.",
            body=_PLAIN + b"The end.\r\n"),
    _framed("header-names-lower", "header names of parts in lower case", _KEEP,
            body=_PLAIN.replace(b"Content-Disposition", b"content-disposition").replace(
                b"Content-Type", b"content-type")),
    _headers("header-unknown", "a part header that nobody knows, `X-Part: 1`", "Leave it out.", _FILE,
             _TYPE, "X-Part: 1"),
)  # fmt: skip
