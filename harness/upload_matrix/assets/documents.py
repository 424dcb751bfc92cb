"""The documents that are uploaded: a page of text each, written here, the same in every run.

Every one holds the word ``marigold``, which no prompt needs to name: a matrix can ask for it and make it its
``canary``. A PDF of a few hundred bytes would be a bad probe: models answer that nothing was attached.
"""

from __future__ import annotations

import io
import json
import zipfile
from xml.sax.saxutils import escape

from upload_matrix.assets.recipes import WORD, Makers, ShippedFile


def _lines(second: bool) -> tuple[str, ...]:
    """A heading, and the page below it."""
    return (
        "A sample document" if not second else "A second sample document",
        f"The word of this page is {WORD}.",
        "It was made by upload-matrix, to be sent to an API that takes files.",
        "Whoever can read this line was given the whole file, and not its name alone.",
        "",
        "Shopping list for the garden:",
        "1. Twelve pots of terracotta, 14 cm wide.",
        "2. A bag of compost, 20 litres.",
        f"3. Seeds of {WORD}, sunflower and poppy, one packet each.",
        "4. A watering can that does not drip.",
        "",
        "Sow in April, water in the morning, and take out what is too close in May.",
        "The first flowers open in July; the last ones stand until the frost.",
        "",
        "Notes of last year:",
        "The bed along the south wall was dry by noon, so it was watered twice a day in August.",
        "Slugs took the first row of sunflowers. Coffee grounds did not keep them away; sand did.",
        f"The {WORD} came back by itself from last year's seeds, and was the first to flower.",
        "Poppies do not like to be moved: sow them where they are to stand.",
        "Eleven pots were broken by the frost in January. Bring the new ones in by November.",
        "",
        "To ask the neighbours:",
        "Who can water from the third to the seventeenth of August, and who has a spare hose?",
        "Is the wheelbarrow still in the shed behind number 14?",
        "",
        "This page ends here.",
    )


def pdf(second: bool) -> bytes:
    """One page, its text in Helvetica, nothing compressed."""
    heading, *lines = _lines(second)
    page = [b"0.2 0.4 0.6 rg 72 738 468 3 re f 0 g", b"BT /F1 20 Tf 72 750 Td (%s) Tj" % _shown(heading)]
    page += [b"/F1 12 Tf 18 TL 0 -42 Td"]
    page += [b"(%s) Tj T*" % _shown(line) for line in lines]
    content = b"\n".join([*page, b"ET"])
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Title (%s) /Producer (upload-matrix) >>" % _shown(heading),
    )
    # The second line says to programs in between that this is no text.
    body, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info 6 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table) + trailer


def _shown(text: str) -> bytes:
    """A text as a string of PDF."""
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)").encode("ascii")


_DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def docx(second: bool) -> bytes:
    """A paragraph for each line, and no styles; not compressed, so that it is the same everywhere."""
    paragraphs = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>' for line in _lines(second)
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_WORDS}"><w:body>{paragraphs}</w:body></w:document>',
    }
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), _DECLARED + text)
    return whole.getvalue()


def txt(second: bool) -> bytes:
    """The page as plain text."""
    return "".join(f"{line}\n" for line in _lines(second)).encode()


def csv(second: bool) -> bytes:
    """A table of three columns under its heads."""
    last = "sunflower,3,2.60" if second else "poppy,1,1.90"
    return f"plant,packets,price\n{WORD},1,2.20\n{last}\n".encode()


def jsonl(second: bool) -> bytes:
    """Two requests for a batch of chat completions, an object a line."""
    asked = ("Say yes.", f"Say {WORD}.") if not second else ("Say no.", f"Say {WORD} twice.")
    lines = (
        {
            "custom_id": str(number),
            "method": "POST",
            "url": "/v1/chat/completions",
            "body": {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}]},
        }
        for number, text in enumerate(asked, 1)
    )
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


MAKERS: Makers = {
    "pdf": pdf,
    "txt": txt,
    "csv": csv,
    "jsonl": jsonl,
    "docx": docx,
}

DOCUMENTS: dict[str, ShippedFile] = {
    "pdf": ShippedFile("pdf", "pdf", "page.pdf", "a PDF of one page of text"),
    "txt": ShippedFile("txt", "txt", "page.txt", "a page of plain text"),
    "csv": ShippedFile("csv", "csv", "table.csv", "a table of three lines"),
    "jsonl": ShippedFile("jsonl", "jsonl", "requests.jsonl", "JSON Lines: two requests of a batch"),
    "docx": ShippedFile("docx", "docx", "page.docx", "a Word document of one page"),
}
