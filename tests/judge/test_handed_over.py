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


def test_an_error_about_something_else_gets_no_advice():
    assert advice("openai.AuthenticationError", "Incorrect API key provided", {}) is None
    binary = Argument("_io.BufferedReader", name="a.wav", mode="rb", attributes=("name", "read"))
    assert advice("KeyError", "'model'", {"file": binary}) is None
