"""Files handed over as files. Add a container: a function from a file to what the caller passes.

``file`` has ``path``, ``name``, ``type`` (the Content-Type its bytes deserve), ``read()``, ``keep(stream)``
(closed after the call) and ``companion`` (a second file of the same format). The first line of the
docstring is what people read; the key in ``CONTAINERS`` is the word they write in a matrix.
"""

import pathlib
import tempfile


def handle(file):
    """An open file: ``open("avatar.webp", "rb")``."""
    return file.keep(open(file.path, "rb"))


def closed_handle(file):
    """A file that was open once: a ``with`` block ended too early."""
    stream = open(file.path, "rb")
    stream.close()
    return stream


def stream_at_end(file):
    """An open file that was read before and not rewound."""
    stream = file.keep(open(file.path, "rb"))
    stream.read()
    return stream


def path(file):
    """A ``pathlib.Path``."""
    return pathlib.Path(file.path)


def str_path(file):
    """The path as plain text."""
    return file.path


def spooled(file):
    """A ``tempfile.SpooledTemporaryFile``, as web frameworks hand uploads on."""
    stream = file.keep(tempfile.SpooledTemporaryFile())
    stream.write(file.read())
    stream.seek(0)
    return stream


CONTAINERS = {
    "handle": handle,
    "closed-handle": closed_handle,
    "stream-at-end": stream_at_end,
    "path": path,
    "str-path": str_path,
    "spooled": spooled,
}
