from __future__ import annotations

import re
from dataclasses import replace

import pytest
from analysis_builders import EDIT, edit, generate, multipart, text, upload

from upload_matrix.judge.findings import CODES, FAMILIES, find
from upload_matrix.model.case import Encoding
from upload_matrix.model.result import Finding, Severity
from upload_matrix.wire.form import Framing, WireForm

FIX = 'image=("avatar.webp", data, "image/webp")'
FIELD_FIX = 'image=("image.webp", data, "image/webp")'


def found(*parts):
    return find([edit(*parts)], EDIT)


def test_a_good_request_has_no_findings():
    assert find([edit()], EDIT) == ()


def test_the_field_report_bare_bytes():
    assert found(upload("upload", "application/octet-stream")) == (
        Finding(
            "default-filename",
            "image",
            "The filename of part `image` is `upload`, which the client made up, without an extension.",
            FIELD_FIX,
        ),
        Finding(
            "octet-stream",
            "image",
            "The Content-Type of part `image` is the generic `application/octet-stream`, while its bytes are "
            "webp.",
            FIELD_FIX,
        ),
    )


def test_the_field_report_handle_without_a_mime_table():
    assert found(upload(content_type="application/octet-stream")) == (
        Finding(
            "octet-stream",
            "image",
            "The Content-Type of part `image` is the generic `application/octet-stream`, while its bytes are "
            "webp.",
            FIX,
        ),
    )


def test_no_filename_and_no_type():
    assert found(upload(None, None)) == (
        Finding(
            "no-filename",
            "image",
            "Part `image` has no filename, so most servers read it as text.",
            FIELD_FIX,
        ),
        Finding(
            "no-type",
            "image",
            "Part `image` has no Content-Type, while its bytes are webp.",
            FIELD_FIX,
            Severity.WARNING,
        ),
    )


EXAMPLES = {code: example for family in FAMILIES for code, example in family.examples.items()}


@pytest.mark.parametrize("code", EXAMPLES)
def test_what_an_example_has_as_wrong_is_found_and_what_it_has_as_right_is_not(code):
    # The examples are of a PNG, the upload here is a WebP.
    wrong, right = EXAMPLES[code].replace(" of a PNG", "").replace("png", "webp").split(" -> ")

    def sent(words):
        name = re.search(r'filename="(.*)"', words)
        kind = re.search(r"Content-Type: (.*)", words)
        filename = name[1] if name else None if "form-data" in words else "photo.webp"
        content_type = kind[1] if kind else None if "without" in words else "image/webp"
        return {finding.code for finding in found(upload(filename, content_type))}

    assert code in sent(wrong)
    assert sent(right) == set()


@pytest.mark.parametrize("filename", ["upload", "blob", "file", "unknown_file", "-", "image"])
def test_names_that_clients_make_up(filename):
    says = f"The filename of part `image` is `{filename}`, which the client made up, without an extension."
    assert found(upload(filename)) == (Finding("default-filename", "image", says, FIELD_FIX),)


@pytest.mark.parametrize(
    "filename", ["/home/anna/avatar.webp", r"C:\Users\anna\avatar.webp", "<local path>/avatar.webp"]
)
def test_a_whole_local_path_as_filename(filename):
    says = (
        "The filename of part `image` is the file's whole path on the sender's machine where `avatar.webp` "
        "would do: the server learns its folders, user name included, and another machine sends another name."
    )
    findings = found(upload(filename, disposition='form-data; name="image"; filename="x"'))
    assert [each for each in findings if each.code == "local-path-in-filename"] == [
        Finding("local-path-in-filename", "image", says, FIX)
    ]
    assert "anna" not in str(findings[0])


def test_a_relative_path_is_cut_by_some_servers():
    (finding,) = found(upload("pictures/avatar.webp"))
    assert (finding.code, finding.severity, finding.fix) == ("path-in-filename", Severity.WARNING, FIX)


@pytest.mark.parametrize("filename", ["7", "tmpab12cd_9", "<file descriptor>"])
def test_names_that_change_every_run(filename):
    says = "The filename of part `image` comes from a descriptor or a temporary file, without an extension."
    assert found(upload(filename)) == (Finding("unstable-filename", "image", says, FIELD_FIX),)


def test_a_temporary_name_with_an_extension():
    assert found(upload("tmpab12cd_9.webp")) == (
        Finding(
            "unstable-filename",
            "image",
            "The filename of part `image` comes from a descriptor or a temporary file.",
            FIELD_FIX,
            Severity.WARNING,
        ),
    )


def test_a_type_and_an_extension_that_contradict_the_bytes():
    assert found(upload("avatar.png", "image/png")) == (
        Finding(
            "extension-contradicts-bytes",
            "image",
            "The filename of part `image` ends in `.png`, but its bytes are webp.",
            FIX,
        ),
        Finding(
            "type-contradicts-bytes",
            "image",
            "The Content-Type of part `image` is `image/png`, but its bytes are webp.",
            FIX,
        ),
    )


@pytest.mark.parametrize(
    ("content_type", "media_format", "code"),
    [
        ("image/jpg", "jpeg", "type-not-preferred"),
        ("Image/WebP; charset=binary", "webp", "type-not-preferred"),
        ("text/plain", "webp", "type-contradicts-bytes"),
        ("image/x-unknown", "webp", "type-not-taken"),
        ("audio/mpeg", None, "type-not-taken"),
        ("image/png", None, "type-contradicts-bytes"),
        ("application/jsonl", None, "type-not-taken"),
    ],
)
def test_what_is_said_of_a_type(content_type, media_format, code):
    codes = [finding.code for finding in found(upload("a.dat", content_type, media_format=media_format))]
    assert codes == [code]


def test_bytes_that_were_damaged_on_the_way():
    assert found(upload("avatar.png", "image/png", media_format=None)) == (
        Finding(
            "type-contradicts-bytes",
            "image",
            "The Content-Type of part `image` is `image/png`, but its bytes have no signature of a known "
            "format.",
            "See what damaged the bytes of `image` on the way: a text mode (`open(path)` instead of "
            '`open(path, "rb")`), base64, or a gateway that decodes bytes as text.',
        ),
    )


def test_a_name_without_an_extension():
    assert found(upload("avatar")) == (
        Finding(
            "extension-missing", "image", "The filename of part `image`, `avatar`, has no extension.", FIX
        ),
    )


def test_the_fix_says_so_when_nothing_tells_the_format():
    (finding,) = found(upload("notes", "application/octet-stream", media_format=None))[1:]
    assert finding.fix == 'image=("notes.EXTENSION", data, "TYPE/SUBTYPE")'


def test_an_empty_part():
    assert found(upload(size=0, media_format=None)) == (
        Finding(
            "empty-part",
            "image",
            "Part `image` is empty (0 bytes).",
            "Read the file once into `data` and hand over that, or call `.seek(0)` before the call: "
            f"`{FIX}`.",
        ),
    )


def test_array_notation_is_told_as_information():
    assert found(upload(name="image[]")) == (
        Finding(
            "array-field",
            "image",
            "Field `image` was sent as `image[]` (1 part).",
            "If the server reads the other notation: a single value for `image` is sent as `image`, a list "
            "mostly as `image[]`.",
            Severity.NOTE,
        ),
    )


def test_a_field_repeated_where_the_api_takes_one():
    masks = [upload(name="mask", data=data) for data in ("one", "two")]
    assert found(upload(), *masks) == (
        Finding(
            "array-field",
            "mask",
            "Field `mask` was sent as `mask` (2 parts).",
            "The API takes one file here; a single value for `mask` is sent as `mask`, a list mostly as "
            "`mask[]`.",
        ),
    )


def test_the_same_file_twice():
    assert found(upload(), upload()) == (
        Finding(
            "array-field",
            "image",
            "Field `image` was sent as `image` (2 parts).",
            "If the server reads the other notation: a single value for `image` is sent as `image`, a list "
            "mostly as `image[]`.",
            Severity.NOTE,
        ),
        Finding(
            "file-sent-more-than-once",
            "image#2",
            "Part `image#2` has the same bytes as part `image`.",
            "Send the file once. A retry or a gateway that adds it again shows as this.",
            Severity.WARNING,
        ),
    )


def test_two_empty_files_are_empty_and_not_the_same_file_twice():
    codes = [finding.code for finding in found(upload(size=0), upload(size=0))]
    assert codes.count("empty-part") == 2
    assert "file-sent-more-than-once" not in codes


def test_a_request_without_a_body_is_not_sent_in_chunks():
    bodiless = WireForm("GET", "/v1/models", Framing.NONE)
    assert "chunked-framing" not in {finding.code for finding in find([bodiless], EDIT)}


def test_a_path_sent_as_text():
    assert found(text("image", "pictures/avatar.webp")) == (
        Finding(
            "text-where-file",
            "image",
            "Part `image` is text, not a file: `pictures/avatar.webp`.",
            'Hand over the file\'s bytes, not text: `image=("avatar.webp", data, "image/webp")`.',
        ),
    )


def test_a_long_text_is_told_by_its_length():
    base64 = replace(text("image", "x"), text=None, size=90_000, characters=90_000)
    assert [finding.says for finding in found(base64)] == [
        "Part `image` is text, not a file: 90000 characters."
    ]


def test_a_node_buffer_is_one_finding_not_thousands():
    parts = [text(f"image[{number}]", "137") for number in range(2000)]
    assert [(finding.code, finding.says) for finding in found(*parts)] == [
        (
            "text-where-file",
            "Field `image` went out as 2000 text parts, `image[0]` to `image[1999]`, not as a file.",
        ),
        ("array-field", "Field `image` was sent as `image[0]`, `image[1]`, ..., `image[1999]` (2000 parts)."),
    ]


def test_a_missing_file():
    assert find([multipart(text("model", "m"))], EDIT) == (
        Finding(
            "file-missing",
            "image",
            "The required file field `image` is not in the body; it has no file.",
            'image=("NAME.EXTENSION", data, "TYPE/SUBTYPE")',
        ),
    )


def test_a_file_under_another_name():
    assert find([multipart(upload(name="picture"))], EDIT) == (
        Finding(
            "file-missing",
            "image",
            "The required file field `image` is not in the body; its files are under `picture`.",
            "Send the file under `image` instead of `picture`.",
        ),
    )


def test_a_body_that_is_not_multipart():
    form = WireForm("POST", "/v1/images/edits", Framing.CONTENT_LENGTH, "application/json", json="{}")
    assert [(finding.code, finding.says) for finding in find([form], EDIT)] == [
        (
            "file-missing",
            "The required file field `image` is missing: the body is not multipart (application/json).",
        )
    ]


def test_a_json_operation_looks_into_the_json():
    operation = replace(EDIT, encoding=Encoding.JSON)
    assert [finding.code for finding in find([generate()], operation)] == ["file-missing"]
    sent = replace(generate(), json='{"image":"file-1"}')
    assert find([sent], operation) == ()


def test_a_broken_body_and_chunks():
    form = replace(edit(), framing=Framing.CHUNKED, fault="the last boundary is missing")
    assert find([form], EDIT) == (
        Finding(
            "broken-body",
            None,
            "The body cannot be read: the last boundary is missing.",
            "Let the client write the multipart body and its Content-Type with the boundary; set neither by "
            "hand.",
        ),
        Finding(
            "chunked-framing",
            None,
            "The body was sent with `Transfer-Encoding: chunked`, without a Content-Length.",
            "Hand over bytes or a file that can seek, not a stream or a generator, so that the client can "
            "count the body before it sends it.",
            Severity.WARNING,
        ),
    )


@pytest.mark.parametrize(
    ("filename", "written", "way", "fix", "severity"),
    [
        ("Café.webp", 'filename="Café.webp"', "with raw bytes beyond ASCII", "Caf", Severity.NOTE),
        ("Café.webp", 'filename="Caf%C3%A9.webp"', "percent-encoded", "Caf", Severity.ERROR),
        ("Caf%C3%A9.webp", 'filename="Caf%C3%A9.webp"', "percent-encoded", "Caf", Severity.ERROR),
        (
            "Café.webp",
            "filename*=UTF-8''Caf%C3%A9.webp",
            "as `filename*`, which RFC 7578 forbids in multipart/form-data, percent-encoded",
            "Caf",
            Severity.ERROR,
        ),
        (
            'my "a".webp',
            r'filename="my \"a\".webp"',
            "with a quote or a backslash in it",
            "my -a",
            Severity.ERROR,
        ),
        ("그림.webp", 'filename="그림.webp"', "with raw bytes beyond ASCII", "image", Severity.NOTE),
    ],
)
def test_names_that_parsers_read_differently(filename, written, way, fix, severity):
    raw = f'form-data; name="image"; {written}'
    (finding,) = found(upload(filename, disposition=raw))
    says = f"The filename of part `image` is sent {way}; parsers disagree on that: `{raw}`."
    assert finding.says.startswith(says)
    # What parsers make of a name that is encoded as URLs are was not measured.
    assert ("12 parsers measured" in finding.says) is ("%C3%A9" not in written or "*" in written)
    assert (finding.code, finding.part, finding.severity) == ("ambiguous-filename", "image", severity)
    assert finding.fix == f'image=("{fix}.webp", data, "image/webp")'


def test_a_percent_sign_before_the_filename_is_none_in_it():
    odd = upload(name="50%25", disposition='form-data; name="50%25"; filename="avatar.webp"')
    assert "ambiguous-filename" not in {finding.code for finding in found(upload(), odd)}


def test_a_retry_that_sends_an_exhausted_stream():
    first, second = edit(), edit(upload(size=0, media_format=None))
    assert find([first, second], EDIT) == (
        Finding(
            "empty-part",
            "image",
            "Attempt 2: Part `image` is empty (0 bytes).",
            "Read the file once into `data` and hand over that, or call `.seek(0)` before the call: "
            f"`{FIX}`.",
        ),
        Finding(
            "attempt-differs",
            None,
            f"Attempt 2: This is not what attempt 1 sent: image.content: {first.parts[2].content} -> empty; "
            "image.format: webp -> (none).",
            "Hand over bytes (`data = path.read_bytes()`) or a file that can seek back to its start, or turn "
            "retries off with `max_retries=0`.",
        ),
    )


def test_a_retry_that_repeats_the_request_says_nothing_twice():
    form = edit(upload(content_type=None))
    assert find([form, form, form], EDIT) == find([form], EDIT)


def test_findings_follow_the_body():
    parts = upload(name="mask", content_type=None), upload(content_type=None)
    assert [(finding.code, finding.part) for finding in found(*parts)] == [
        ("no-type", "mask"),
        ("no-type", "image"),
    ]


def test_every_code_is_documented_once():
    assert sum(len(family.codes) for family in FAMILIES) == len(CODES)
    assert sorted(CODES) == [
        "ambiguous-filename",
        "array-field",
        "attempt-differs",
        "base64-alphabet",
        "base64-line-breaks",
        "base64-padding",
        "base64-twice",
        "block-of-another-api",
        "block-shape",
        "block-type",
        "broken-body",
        "bytes-wrapped",
        "chunked-framing",
        "control-character-in-filename",
        "damaged-bytes",
        "data-url-in-base64",
        "data-url-missing",
        "data-url-twice",
        "default-filename",
        "empty-part",
        "encoded-filename",
        "extension-contradicts-bytes",
        "extension-missing",
        "extension-not-taken",
        "file-missing",
        "file-sent-more-than-once",
        "file-too-large",
        "form-media-type",
        "local-path-in-filename",
        "no-filename",
        "no-type",
        "not-base64",
        "octet-stream",
        "part-encoding",
        "part-header",
        "path-in-filename",
        "picture-too-large",
        "request-too-large",
        "role-takes-no-file",
        "text-field-repeated",
        "text-where-file",
        "truncated-file",
        "type-contradicts-bytes",
        "type-is-none",
        "type-not-preferred",
        "type-not-taken",
        "unknown-field",
        "unstable-filename",
    ]
    assert all(meaning.endswith(".") for meaning in CODES.values())
