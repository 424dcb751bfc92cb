"""The probe: makes one client call for every line of instruction, and tells what the caller was told.

A program, not a module: ``python probe.py --mime-table system``. It speaks JSON lines, instructions on
standard input and reports on standard output. Whatever a client prints goes to standard error instead.

The instruction, one object a line::

    {"id": 7, "client": "openai", "call": "images.edit", "method": "POST", "path": "/images/edits",
     "encoding": "multipart", "base_url": "http://127.0.0.1:4711/TOKEN/7/v1", "timeout": 30.0,
     "retries": 0, "fields": {"model": "gpt-image-1"},
     "query": {}, "raw": null,
     "files": [{"field": "image", "repeatable": true, "container": "handle", "path": "/tmp/x/avatar.webp",
                "name": "avatar.webp",
                "type": "image/webp", "companion": "/tmp/x/second.webp"}]}

Where the file is the body, ``raw`` has its ``path`` and ``type`` (null for none), and ``query`` what is said
beside it.

``"before": {"call": ..., "method": ..., "path": ..., "encoding": ..., "fields": ..., "files": ..., "gives":
{"file_id": "id"}}`` is a call to make first; in the fields the name between two NULs stands for what it gave.
``"file_in_fields"`` has ``path``, ``name`` and ``type`` of a file, for whose base64 ``base64`` between two
NULs stands in the fields.

The report, one object a line, either of::

    {"id": 7, "returned": "openai.types.images_response.ImagesResponse"}
    {"id": 7, "raised": [{"name": "openai.BadRequestError", "message": "..."}], "status": 400,
     "body": "{...}"}
    {"id": 7, "unavailable": "requests is not installed: pip install requests"}
    {"id": 7, "broken": "ValueError: ...", "trace": "..."}

``broken`` is the harness's own failure: the client or the container could not be made.
``{"warm": ["openai"]}`` imports clients ahead of the first call and is answered by ``{"warmed": [...]}``.
``{"mime_table": "builtin"}`` goes over to another table, and is answered by ``{"guesses": {...}}``.
The first line the probe writes describes the environment: ``{"hello": {...}}``.
"""

import argparse
import ast
import base64
import gc
import importlib.util
import json
import mimetypes
import os
import platform
import shutil
import socket
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))

EXTENSIONS = (".png", ".webp", ".jpg", ".jpeg", ".gif", ".heic", ".avif", ".wav", ".mp3", ".m4a", ".pdf")

RUNTIME = "python"
"""Clients that declare another one run in another probe."""

KNOWN_FILES = tuple(mimetypes.knownfiles)
"""Where this machine may have a mime table."""

MESSAGE_LIMIT = 8000
"""Characters of an exception's text that are handed on: more than are kept, so that no key is cut in two."""


class File:
    """A file to hand over: where it lies, what its bytes are, and a second one of the same format."""

    def __init__(self, path, media_type, companion=None, **named):
        self.path = path
        # The name to go by may be another than that on disk, or None for none.
        own = os.path.basename(path)
        self.name = named.get("name", own)
        self.type = media_type
        second = {} if self.name == own else {"name": self.name and "second-" + self.name}
        self.companion = File(companion, media_type, **second) if companion else None
        self._opened = []

    def read(self):
        """All bytes of the file."""
        with open(self.path, "rb") as stream:
            return stream.read()

    def keep(self, stream):
        """Remember a stream to be closed after the call; gives it back."""
        self._opened.append(stream)
        return stream

    def close(self):
        """Close what containers opened."""
        while self._opened:
            self._opened.pop().close()
        if self.companion:
            self.companion.close()


class Request:
    """One call to make, as the clients get it; clients/openai.py says what there is."""

    def __init__(self, instruction, files, sources):
        self.call = instruction["call"]
        self.sdk_call = instruction.get("sdk_call", self.call)
        self.method = instruction["method"]
        self.path = instruction["path"]
        self.encoding = instruction["encoding"]
        self.base_url = instruction["base_url"]
        self.timeout = instruction["timeout"]
        self.retries = instruction["retries"]
        self.fields = instruction["fields"]
        self.query = instruction.get("query") or {}
        raw = instruction.get("raw")
        self.raw = File(raw["path"], raw["type"]) if raw else None
        self.files = files
        self.sources = sources
        embedded = instruction.get("file_in_fields")
        first = sources[0][2] if sources else self.raw
        self.file = File(embedded["path"], embedded["type"], name=embedded["name"]) if embedded else first


class UnavailableError(Exception):
    """What a client needs is not here; the text says what, and the way to get it."""


class ClientRefusedError(Exception):
    """The client could not even be made, as an old SDK with too new a dependency; its cause says why."""


def load_folder(folders, attribute):
    """Path of every .py file in ``folders`` by name; a later folder wins, and _helpers.py are left out."""
    found = {}
    for folder in folders:
        for entry in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            if entry.endswith(".py") and not entry.startswith("_"):
                found[entry[:-3].replace("_", "-") if attribute else entry] = os.path.join(folder, entry)
    return found


def load_file(path):
    """Import one file by its path, under a name that no installed package can have."""
    name = "upload_matrix_probe_" + os.path.basename(path)[:-3]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Workshop:
    """The containers and clients this probe knows, loaded when first asked for and kept."""

    def __init__(self, folders):
        found = load_folder([os.path.join(folder, "clients") for folder in folders], True)
        self._client_files, self._declared = {}, {}
        for name, path in found.items():
            declared = declarations(path)
            if declared.get("RUNTIME", RUNTIME).partition(":")[0] == RUNTIME:
                self._client_files[name], self._declared[name] = path, declared
        self._clients = {}
        self._containers = {}
        for path in load_folder([os.path.join(folder, "containers") for folder in folders], False).values():
            self._containers.update(load_file(path).CONTAINERS)

    def client(self, name):
        """The one client of that name: SDK clients cost up to 100 ms to build, so one serves all calls.

        Raises UnavailableError when what it needs is not installed.
        """
        if name not in self._clients:
            path, declared = self._client_files[name], self._declared.get(name, {})
            put_on_path(path, declared.get("PATHS", ()))
            check_needs(declared)
            module = load_file(path)
            try:
                self._clients[name] = module.Client()
            except ImportError:
                raise  # half an installation, not the client's word
            except Exception as error:
                raise ClientRefusedError from error
        return self._clients[name]

    def contain(self, name, file):
        """The object a caller would hand over for ``file``."""
        return self._containers[name](file)

    def check_container(self, client, name):
        """Raise ValueError for a container that the client says it does not have."""
        declared = self._declared.get(client, {})
        accepted = declared.get("ACCEPTS", {}).get("container", (name,))
        if name not in accepted or name in declared.get("DECLINES", {}).get("container", ()):
            raise ValueError("%s takes no %s: its file says so" % (client, name))

    def distributions(self):
        """Installed versions of the packages the clients are made of."""
        try:
            from importlib import metadata
        except ImportError:
            return {}
        versions = {}
        for name in {name for found in self._declared.values() for name in found.get("DISTRIBUTIONS", ())}:
            try:
                versions[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                continue
        return versions


def declarations(path):
    """What a client file says of itself, read without importing it (imports cost half a second).

    Literals under names in capitals; anything that is not a literal is not a declaration.
    """
    with open(path, encoding="utf-8") as stream:
        tree = ast.parse(stream.read())
    found = {}
    for node in tree.body:
        name = getattr(node.targets[0], "id", "") if isinstance(node, ast.Assign) else ""
        if name.isupper():
            try:
                found[name] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


class ElsewhereError(OSError):
    """The client under test wanted to reach another machine than this one."""


def stay_here(event, arguments):
    """An audit hook: nothing that Python connects to, or looks the address of up, is elsewhere.

    Code under test may have a real server's address and key of its own, and a case is no live call.
    """
    if event == "socket.connect":
        host = arguments[1][0] if isinstance(arguments[1], tuple) else None  # else no address of a network
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name and not name.startswith("127.") and name not in ("localhost", "::1", socket.gethostname()):
        raise ElsewhereError("a case has no network but its own base URL, and %s is not it" % name)


def put_on_path(path, folders):
    """Have modules found in the folders that the client file at ``path`` names, seen from itself."""
    for folder in folders:
        folder = os.path.normpath(os.path.join(os.path.dirname(path), folder))
        if folder not in sys.path:
            sys.path.insert(0, folder)


def check_needs(declared):
    """Raise UnavailableError for the first thing a client needs that is not here."""
    for name, remedy in declared.get("NEEDS", {}).items():
        if not is_importable(name):
            raise UnavailableError("%s is not installed: %s" % (name, remedy))
    for name, remedy in declared.get("PROGRAMS", {}).items():
        if shutil.which(name) is None:
            raise UnavailableError("%s is not installed: %s" % (name, remedy))


def is_importable(name):
    """Whether a module is there; ``google.genai`` may lack its ``google`` too."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def set_mime_table(table):
    """Make ``mimetypes`` answer from the wanted table; the first time before any client is imported.

    ``system`` leaves everything as this machine has it. ``builtin`` is Python's own table with no file
    of the system. A path is a file in the mime.types format that replaces both.
    """
    mimetypes.knownfiles[:] = KNOWN_FILES if table == "system" else []
    mimetypes.init()
    if table in ("system", "builtin"):
        return
    reader = mimetypes.MimeTypes()
    for known in reader.types_map:
        known.clear()
    try:
        reader.read(table)
    except OSError as error:
        raise SystemExit("probe: the mime table %s cannot be read: %s" % (table, error)) from None
    mimetypes.types_map.clear()
    mimetypes.common_types.clear()
    mimetypes.types_map.update(reader.types_map[True])


def guesses(endings):
    """What the mime table in use makes of the extensions we care for, and of these."""
    wanted = EXTENSIONS + tuple(ext for ext in endings if ext not in EXTENSIONS)
    return {ext: mimetypes.guess_type("file" + ext)[0] for ext in wanted}


def hello(workshop, endings):
    """What this environment is."""
    return {
        "runtime": RUNTIME,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "versions": workshop.distributions(),
        "guesses": guesses(endings),
    }


def chain(error):
    """An exception and its causes, outermost first; cycles cut."""
    seen = []
    while error is not None and all(error is not other for other in seen):
        seen.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return [{"name": qualified(type(item)), "message": str(item)[:MESSAGE_LIMIT]} for item in seen]


def carried_status(error):
    """The answer's status as the exception carries it; None when it carries none."""
    response = getattr(error, "response", None)
    places = ((error, "status_code"), (error, "status"), (response, "status_code"))
    found = (getattr(holder, name, None) for holder, name in places)
    return next((status for status in found if isinstance(status, int)), None)


def carried_body(error):
    """The answer's body as the exception carries it, as JSON text; None when it carries none."""
    body = getattr(error, "body", None)
    if body is None:
        return None
    try:
        return json.dumps(body, ensure_ascii=False, sort_keys=True)[:MESSAGE_LIMIT]
    except (TypeError, ValueError):
        return str(body)[:MESSAGE_LIMIT]


def qualified(kind):
    """The class name with its module, without ``builtins``."""
    return kind.__qualname__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__qualname__


def filled(value, given):
    """``value`` with what belongs under each name in place of its mark, ``name`` between two NULs."""
    if isinstance(value, str):
        for name, text in given.items():
            value = value.replace("\0%s\0" % name, text)
    elif isinstance(value, dict):
        value = {key: filled(each, given) for key, each in value.items()}
    elif isinstance(value, list):
        value = [filled(each, given) for each in value]
    return value


ENCODED = {}
"""The base64 of files, by their path: cases send the same few again and again."""


def encoded(path):
    """A file as base64."""
    if path not in ENCODED:
        with open(path, "rb") as stream:
            ENCODED[path] = base64.b64encode(stream.read()).decode("ascii")
    return ENCODED[path]


def reached(value, way):
    """What lies at ``way`` (``file.id``) in the object or the document that a client returned."""
    for name in way.split("."):
        value = value[name] if isinstance(value, dict) else getattr(value, name)
    return str(value)


def perform(workshop, instruction):
    """Make the call of one instruction, after the one that has to come before it, if there is one."""
    if instruction.get("file_in_fields"):
        given = {"base64": encoded(instruction["file_in_fields"]["path"])}
        instruction = dict(instruction, fields=filled(instruction["fields"], given))
    before = instruction.get("before")
    if before is None:
        return made(workshop, instruction)[0]
    report, returned = made(workshop, dict(instruction, **before))
    if "returned" not in report:
        return report
    try:
        given = {name: reached(returned, way) for name, way in before["gives"].items()}
    except (AttributeError, KeyError, TypeError) as error:
        return {"broken": "%s gave nothing to go on with: %s" % (before["call"], error), "trace": ""}
    return made(workshop, dict(instruction, fields=filled(instruction["fields"], given)))[0]


def made(workshop, instruction):
    """The report of one call, which is whatever it raises, and what it returned."""
    files = [
        (
            entry,
            File(
                entry["path"],
                entry["type"],
                entry.get("companion"),
                **({"name": entry["name"]} if "name" in entry else {}),
            ),
        )
        for entry in instruction["files"]
    ]
    try:
        for entry, _ in files:
            workshop.check_container(instruction["client"], entry["container"])
        handed = [
            (entry["field"], workshop.contain(entry["container"], file), entry["repeatable"])
            for entry, file in files
        ]
        sources = [(entry["field"], entry["container"], file) for entry, file in files]
        client = workshop.client(instruction["client"])
    except UnavailableError as error:
        return {"unavailable": str(error)}, None
    except ModuleNotFoundError as error:
        # A client or container of the user's own that does not declare what it needs.
        return {
            "unavailable": "%s (for the client %s); install its package in this environment"
            % (error, instruction["client"])
        }, None
    except ClientRefusedError as error:
        return {"raised": chain(error.__cause__), "status": None, "body": None}, None
    except Exception as error:
        # Not the client's word: the container could not be made, or there is no such client.
        return {
            "broken": "%s: %s" % (qualified(type(error)), error),
            "trace": traceback.format_exc(),
        }, None
    try:
        returned = client.call(Request(instruction, handed, sources))
    except Exception as error:  # any client may raise anything: that is what is being observed
        return {
            "raised": chain(error),
            "status": carried_status(error),
            "body": carried_body(error),
        }, None
    finally:
        for _, file in files:
            file.close()
    return {"returned": qualified(type(returned))}, returned


def main():
    """Read instructions until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mime-table", default="system", metavar="system|builtin|FILE")
    parser.add_argument("--folder", action="append", default=[], help="further clients/ and containers/")
    parser.add_argument("--ending", action="append", default=[], help="an extension to tell the guess of")
    options = parser.parse_args()
    # Clients may print; the protocol keeps the real standard output to itself.
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # This folder must not shadow what the client under test imports; what client files share comes last.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != HERE]
    sys.path.append(os.path.join(HERE, "shared"))
    set_mime_table(options.mime_table)
    sys.addaudithook(stay_here)
    workshop = Workshop([HERE, *options.folder])

    def say(document):
        protocol.write(json.dumps(document) + "\n")
        protocol.flush()

    say({"hello": hello(workshop, options.ending)})
    for line in sys.stdin:
        instruction = json.loads(line)
        if "warm" in instruction:
            for name in instruction["warm"]:
                try:
                    workshop.client(name)
                except Exception:
                    # Said again, in its place, by the first case that needs this client.
                    continue
            # The imported packages stay: the collector need not look through them again and again.
            gc.collect()
            gc.freeze()
            say({"warmed": instruction["warm"]})
            continue
        if "mime_table" in instruction:
            set_mime_table(instruction["mime_table"])
            say({"guesses": guesses(options.ending)})
            continue
        report = perform(workshop, instruction)
        report["id"] = instruction["id"]
        say(report)


if __name__ == "__main__":
    main()
