"""Plain REST with the program curl: ``curl -F "image=@avatar.webp;type=image/webp" ...``.

Only what lies in a file, or comes through a pipe, can be handed to a program; so this client looks at
the file behind a container (``request.sources``), not at the Python object.
"""

import json
import os
import shutil
import subprocess
import tempfile

from upload_matrix_rest import HEADERS, answered, texts, url

DISTRIBUTIONS = ()
PROGRAMS = {"curl": "https://curl.se/download.html, or your system's package manager"}

# What a command line can say about a file; everything else is an object in some program's memory.
ACCEPTS = {
    "container": (
        "handle",
        "path",
        "str-path",
        "one-way",
        "tuple2",
        "tuple3",
        "tuple-nameless",
        "list-of-one",
        "list-of-two",
    ),
    # `unnamed` is a mask in memory.
    "mask": ("none", "png-tuple"),
}

# curl guesses from a short table of its own.
IGNORES = ("mime_table",)

FORMS = {
    "handle": "@{path}",
    "path": "@{path}",
    # The forgotten @: the path itself is sent as text.
    "str-path": "{path}",
    "one-way": "@-",
    "tuple2": "@{path};filename={name}",
    "tuple3": "@{path};filename={name};type={type}",
    # `<` sends a file's content without its name.
    "tuple-nameless": "<{path};type={type}",
    "list-of-one": "@{path};filename={name};type={type}",
    "content": "<{path}",
}
"""What stands after ``image=`` for each container."""


class CurlError(Exception):
    """curl ended without an answer; its own words."""


class Client:
    """A process for each call."""

    def __init__(self):
        self._curl = shutil.which("curl")

    def call(self, request):
        """Run curl and read the JSON answer."""
        with tempfile.TemporaryDirectory() as folder:
            # A file, because curl repeats what it wrote to a pipe when it retries.
            output = os.path.join(folder, "answer")
            # -q: without the .curlrc of the machine's owner.
            command = [self._curl, "-q", "--silent", "--show-error", "--output", output]
            command += ["--write-out", "%{http_code}", "--max-time", str(request.timeout)]
            command += ["--request", request.method, url(request)]
            for name, value in HEADERS.items():
                command += ["--header", "%s: %s" % (name, value)]
            if request.retries:
                command += ["--retry", str(request.retries), "--retry-all-errors"]
            if request.raw:
                body, piped = self._raw(request)
            else:
                body, piped = self._json(request) if request.encoding == "json" else self._form(request)
            done = subprocess.run(command + body, input=piped, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if done.returncode:
                raise CurlError(done.stderr.decode("utf-8", "replace").strip())
            answer = b""
            # An answer without a body leaves no file.
            if os.path.exists(output):
                with open(output, "rb") as stream:
                    answer = stream.read()
            return answered(int(done.stdout), answer)

    @staticmethod
    def _json(request):
        header = ["--header", "Content-Type: application/json"]
        return [*header, "--data-binary", "@-"], json.dumps(request.fields).encode()

    @staticmethod
    def _raw(request):
        typed = ["--header", "Content-Type: " + request.raw.type] if request.raw.type else []
        return [*typed, "--data-binary", "@" + request.raw.path], None

    @staticmethod
    def _form(request):
        arguments, piped = [], None
        for name, value in texts(request).items():
            # Unlike -F, --form-string leaves a prompt alone that begins with @ or <.
            arguments += ["--form-string", "%s=%s" % (name, value)]
        for field, container, file in request.sources:
            if container == "one-way":
                piped = file.read()
            if container.startswith("list-"):
                several = [file] if container == "list-of-one" else [file, file.companion]
                pairs = [(field + "[]", _form("tuple3", one)) for one in several]
            else:
                pairs = [(field, _form(container, file))]
            for name, form in pairs:
                arguments += ["--form", "%s=%s" % (name, form)]
        return arguments, piped


def _form(container, file):
    path = file.path if container == "str-path" else _quoted(file.path)
    if file.name is None:
        # Only a file's content goes without a name.
        container = "content" if container == "tuple2" else "tuple-nameless"
        return FORMS[container].format(path=path, type=file.type)
    return FORMS[container].format(path=path, name=_quoted(file.name), type=file.type)


def _quoted(name):
    # Otherwise a comma or a semicolon in a name would end it.
    return '"%s"' % name.replace("\\", "\\\\").replace('"', '\\"')
