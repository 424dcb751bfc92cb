"""How a client wrote a filename that is more than ASCII letters. Pure.

RFC 7578 (section 4.2) and the HTML standard have it as plain UTF-8 between quotes, ``"`` as ``%22``;
``filename*`` must not be used in a form.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from upload_matrix.model.words import ExplainedWord
from upload_matrix.wire.carriers.multipart import Part
from upload_matrix.wire.fixes import decoded_filename


class NameForm(ExplainedWord):
    """The ways that are told apart."""

    UTF8 = "UTF-8", "The name as it is, in UTF-8: what browsers and RFC 7578 do."
    PERCENT_QUOTES = (
        "quotes as %22",
        "Quotes in the name are written `%22`, as browsers do; the rest is UTF-8.",
    )
    BACKSLASH = (
        "quotes after a backslash",
        'Quotes in the name are written `\\"`, as RFC 2045 has it and curl did until 7.81.',
    )
    ESCAPED = (
        "a backslash before more than quotes",
        "Backslashes, or other characters than quotes, have a backslash before them, which servers may keep.",
    )
    RAW_QUOTES = (
        "quotes as they are",
        "Quotes stand in the name unescaped, so it ends for a server at the first of them.",
    )
    PERCENT = (
        "percent-encoded",
        "The whole name is percent-encoded, which a form does not decode: the server gets the code.",
    )
    BOTH = (
        "UTF-8 and filename*",
        "The name stands there twice, plainly and as `filename*`; RFC 7578 forbids the second.",
    )
    FALLBACK = (
        "filename* beside a name that is not it",
        "`filename*` has the name, `filename` another one: a server that does not read the first gets "
        "the second.",
    )
    EXTENDED = (
        "filename* alone",
        "Only `filename*` has the name: a server that does not read it sees no file.",
    )
    LATIN1 = "Latin-1", "The name is written in Latin-1, where servers read UTF-8."
    MOJIBAKE = "mojibake", "UTF-8 was taken for Latin-1 and written as UTF-8 again: `é` comes as `Ã©`."
    REFERENCES = (
        "character references",
        "What the name has beyond its charset is written as in HTML: `&#26085;`.",
    )
    ENCODED_WORD = "encoded word", "The name is encoded as in the head of a mail: `=?utf-8?...?=`."
    REPLACED = (
        "other characters in their place",
        "What is not ASCII was replaced, as by `?` or `_`, or left out.",
    )
    NONE = "no name", "The part has no filename."
    OTHER = "another name", "The part has another filename than the file."


_PLAIN = re.compile(r'(?<![*\w])filename="((?:\\.|[^"\\])*)"|(?<![*\w])filename=([^;"]+)', re.S | re.I)
_EXTENDED = re.compile(r"(?<!\w)filename\*=", re.I)
_REPLACEMENTS = frozenset("?_-�. ")


def name_form(part: Part, name: str) -> NameForm:
    """How the part's disposition writes ``name``."""
    disposition = part.disposition
    extended = _EXTENDED.search(disposition) is not None
    plain = _plain_form(disposition, name)
    if not extended:
        return plain
    if plain is NameForm.NONE:
        return NameForm.EXTENDED
    return (
        NameForm.BOTH
        if plain in (NameForm.UTF8, NameForm.PERCENT_QUOTES, NameForm.BACKSLASH)
        else NameForm.FALLBACK
    )


def _plain_form(disposition: str, name: str) -> NameForm:
    if '"' in name and f'filename="{name}"' in disposition:
        return NameForm.RAW_QUOTES
    found = _PLAIN.search(disposition)
    if found is None:
        return NameForm.NONE
    written = found[1] if found[1] is not None else found[2].strip()
    if '"' in name:
        for form, spelt in (
            (NameForm.PERCENT_QUOTES, name.replace('"', "%22")),
            (NameForm.BACKSLASH, name.replace("\\", "\\\\").replace('"', '\\"')),
        ):
            if written == spelt:
                return form
    elif written == name:
        return NameForm.UTF8
    for form, spelt in _other_spellings(name):
        if written == spelt:
            return form
    if re.sub(r"\\(.)", r"\1", written) == name:
        return NameForm.ESCAPED
    if "=?" in written and decoded_filename(written) == name:
        return NameForm.ENCODED_WORD
    if "%" in written and written.lower() in (quote(name).lower(), quote(name, safe="").lower()):
        return NameForm.PERCENT
    return NameForm.REPLACED if _is_replaced(written, name) else NameForm.OTHER


def _other_spellings(name: str) -> tuple[tuple[NameForm, str], ...]:
    """Spellings of the whole name; of the coding of its bytes, as the wire form shows what is no UTF-8."""
    spelt = [(NameForm.REFERENCES, name.encode("ascii", "xmlcharrefreplace").decode())]
    for coding in ("latin-1", "cp1252"):
        spelt.append((NameForm.MOJIBAKE, name.encode().decode(coding, "replace")))
        # What the coding lacks is dropped, or a question mark.
        for lacking in ("ignore", "replace"):
            in_coding = name.encode(coding, lacking)
            if not in_coding.isascii():
                spelt.append((NameForm.LATIN1, in_coding.decode("utf-8", "backslashreplace")))
    return tuple(spelt)


def _is_replaced(written: str, name: str) -> bool:
    """Whether what ASCII has of the name is there, and something, or nothing, in place of the rest."""
    kept = [char for char in name if char.isascii() and char != '"']
    rest = iter(written)
    return all(char in rest for char in kept) and set(written) <= {*kept, *_REPLACEMENTS}
