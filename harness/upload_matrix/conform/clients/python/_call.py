"""What ``upload-matrix conform client`` hands to a program; every client of this folder has it beside it."""

import mimetypes
import os
import subprocess
import sys

# Python's own table of types: what a system adds to it differs from machine to machine.
mimetypes.knownfiles[:] = []
mimetypes.init()


def _env(name):
    return os.environ.get("UPLOAD_MATRIX_" + name, "")


CONTAINER = _env("CONTAINER")
URL = _env("URL")
FIELD = _env("FIELD")
TEXTS = {"model": _env("MODEL"), "prompt": _env("PROMPT")}
HEADERS = {"Authorization": "Bearer " + _env("API_KEY")}
RETRIES = int(_env("TRIES") or 1) - 1


class File:
    """A file to send: its place, its name (the first one may have another on the disk), its type."""

    def __init__(self, path, name, kind):
        self.path = path
        self.name = name
        self.type = kind

    def open(self):
        """An open file."""
        return open(self.path, "rb")

    def read(self):
        """Its bytes."""
        with self.open() as handle:
            return handle.read()

    def pipe(self):
        """Its bytes as they come out of another process: they can be read once."""
        return subprocess.Popen(["cat", self.path], stdout=subprocess.PIPE).stdout


PATHS = _env("FILES").split("\n")
TYPES = _env("TYPES").split("\n")
NAMES = [_env("FILENAME"), *map(os.path.basename, PATHS[1:])]
FILES = [File(*each) for each in zip(PATHS, NAMES, TYPES)]


def lacks(sentence):
    """The client has no such thing: says so, and ends."""
    sys.stderr.write(sentence + "\n")
    sys.exit(77)


def has_no_retry(client):
    """For a client that never tries again by itself."""
    if RETRIES:
        lacks(client + " has no retry of its own")


def contained(**containers):
    """Every file in the container that is asked for, made by the function of its name; else in the first."""
    asked = CONTAINER or next(iter(containers))
    if asked not in containers:
        lacks(f"no container {asked} here")
    return [containers[asked](file) for file in FILES]


def succeeded(status):
    """An answer that is no success is the program's error, as it is its user's."""
    if not 200 <= status <= 299:
        raise OSError(f"answered {status}")
