"""What to hand over instead, where a library raised before it sent anything."""

import pytest

from upload_matrix.judge.handed_over import Argument, advice

UPLOAD = Argument(
    "starlette.datastructures.UploadFile", attributes=("filename", "content_type", "file", "read")
)
DJANGO = Argument(
    "django.core.files.uploadedfile.InMemoryUploadedFile", attributes=("name", "content_type", "file", "read")
)
WERKZEUG = Argument(
    "werkzeug.datastructures.FileStorage", attributes=("filename", "name", "mimetype", "stream", "read")
)
TEXT = Argument("_io.TextIOWrapper", name="a.jsonl", mode="r", attributes=("name", "read"))


@pytest.mark.parametrize(
    ("error", "message", "given", "said"),
    [
        ("UnicodeEncodeError", "'latin-1' codec can't encode character", None, "take them out of it"),
        ("ValueError", "I/O operation on closed file", None, "inside the `with`"),
        ("FileNotFoundError", "[Errno 2] No such file", None, "relative path"),
        ("Error", "ENOENT: no such file or directory, open 'a.wav'", None, "relative path"),
        ("TypeError", "must be opened in binary mode, not text mode", None, 'open it with "rb"'),
        ("RuntimeError", "whatever it says", TEXT, 'open it with "rb"'),
        ("RuntimeError", "whatever it says", Argument("list", of=(TEXT,)), 'open it with "rb"'),
        (
            "RuntimeError",
            "Expected bytes",
            UPLOAD,
            "(upload.filename, upload.file.read(), upload.content_type)",
        ),
        ("RuntimeError", "Expected bytes", DJANGO, "(upload.name, upload.file.read(), upload.content_type)"),
        (
            "RuntimeError",
            "Expected bytes",
            WERKZEUG,
            "(upload.filename, upload.stream.read(), upload.mimetype)",
        ),
        (
            "RuntimeError",
            "Expected entry at `image` to be bytes, an io.IOBase instance but received <class 'str'> instead",
            None,
            'pathlib.Path(path), open(path, "rb")',
        ),
        ("AttributeError", "'PosixPath' object has no attribute 'read'", None, 'open(path, "rb")'),
        ("TypeError", "a bytes-like object is required, not 'OneWay'", None, "hand over the bytes"),
        (
            "RuntimeError",
            "Expected entry to be bytes but received <class 'numpy.ndarray'>",
            None,
            "A ndarray is",
        ),
    ],
)
def test_what_to_hand_over_instead(error, message, given, said):
    assert said in advice(error, message, {} if given is None else {"file": given})


def test_a_stream_that_is_awaited_is_handed_over_with_its_own_name_and_type():
    stream = Argument(
        "aiofiles.AsyncBufferedReader", name="in/a.wav", awaited=True, attributes=("name", "read")
    )
    said = advice("RuntimeError", "Expected bytes", {"file": stream})
    assert "The `read` of an AsyncBufferedReader is a coroutine" in said
    assert '("a.wav", await file.read(), "audio/wav")' in said


def test_what_lies_in_memory_is_handed_over_whole_wherever_it_was_read_to():
    upload = Argument("streamlit.UploadedFile", attributes=("name", "type", "read", "getvalue"))
    assert upload.as_tuple("upload") == "(upload.name, upload.getvalue(), upload.type)"
    assert Argument("_io.StringIO", mode="text", attributes=("read", "getvalue")).as_bytes("f") == "f.read()"


def test_an_error_about_something_else_gets_no_advice():
    assert advice("openai.AuthenticationError", "Incorrect API key provided", {}) is None
    binary = Argument("_io.BufferedReader", name="a.wav", mode="rb", attributes=("name", "read"))
    assert advice("KeyError", "'model'", {"file": binary}) is None
