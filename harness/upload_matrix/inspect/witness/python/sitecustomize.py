"""Runs first in a Python program under inspection: notes where it sends a request, and what it raises.

Python imports a module of this name at its start, from the first folder of PYTHONPATH that has one. Nothing
is changed that the program could see: the send functions of HTTP libraries are wrapped when the program
imports them, and each call adds a line of JSON to the file that ``UPLOAD_MATRIX_WITNESS`` names. Of what was
handed over only types and names are looked at, never a content. Works on Python 3.8 with nothing installed.
"""

import importlib.machinery
import importlib.util
import io
import json
import os
import sys
import threading

_HERE = os.path.dirname(os.path.abspath(__file__))
_FILE = os.environ.get("UPLOAD_MATRIX_WITNESS")
_PROXY = os.environ.get("UPLOAD_MATRIX_PROXY")
_OPENED = os.environ.get("UPLOAD_MATRIX_PROXY_HOSTS", "")
_DEPTH = 120
_WORDS = 200
_STATEMENT = 4000


def _library_roots():
    import sysconfig

    names = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = {os.path.realpath(sysconfig.get_path(name)) for name in names if sysconfig.get_path(name)}
    # Below a virtual environment the standard library is that of the Python it was made with.
    paths.add(os.path.dirname(os.path.realpath(os.__file__)))
    return tuple(path + os.sep for path in paths)


_LIBRARIES = _library_roots()


def _is_users(filename):
    if filename.startswith("<") and filename != "<stdin>" and filename != "<string>":
        return False
    path = os.path.realpath(filename)
    if path.startswith(_HERE) or "site-packages" in path or "dist-packages" in path:
        return False
    return not path.startswith(_LIBRARIES)


def _place(code, line):
    import linecache

    name = code.co_filename
    file = name if name.startswith("<") else os.path.abspath(name)
    return {
        "file": file,
        "line": line,
        "function": code.co_name,
        "source": linecache.getline(name, line).strip()[:_WORDS],
    }


def _statement(code, line):
    """The text of the innermost statement that holds a line; "" where its file cannot be read as Python."""
    import ast
    import linecache

    text = "".join(linecache.getlines(code.co_filename))
    try:
        nodes = [
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.stmt) and node.lineno <= line <= node.end_lineno
        ]
        # Of several on one line, the last that calls anything.
        called = [any(isinstance(each, ast.Call) for each in ast.walk(node)) for node in nodes]
        order = [
            (node.lineno, -node.end_lineno, calls, node.col_offset) for node, calls in zip(nodes, called)
        ]
        found = nodes[order.index(max(order))]
        return ast.get_source_segment(text, found)[:_STATEMENT]
    except (SyntaxError, ValueError):
        return ""


def _name_of(value):
    """The name that a file object carries, as the HTTP clients look it up."""
    try:
        name = value.name
    except Exception:  # a property of somebody's class may raise whatever it likes
        return {}
    return {"name": name[-_WORDS:] if isinstance(name, str) else name} if isinstance(name, (str, int)) else {}


def _path_of(name):
    """The path to open a file by: relative to the working folder where it lies below it."""
    if not isinstance(name, str) or not os.path.isfile(name):
        return {}
    full, folder = os.path.abspath(name), os.path.join(os.getcwd(), "")
    return {"path": full[len(folder) :] if full.startswith(folder) else full}


_COROUTINE = 0x80
_ATTRIBUTES = ("filename", "name", "content_type", "mimetype", "type", "file", "stream", "read", "getvalue")


def _has(value, name):
    try:
        return getattr(value, name, None) is not None
    except Exception:  # as above
        return False


def _described(value):
    """What was handed over: its type, and its name where it has one. None for what carries no file."""
    kind = type(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"type": kind.__name__, "size": len(value)}
    if isinstance(value, (tuple, list)):
        inner = [_described(each) for each in list(value)[:4]]
        if not any(inner):
            return None
        return {
            "type": kind.__name__,
            "of": [each or {"type": type(one).__name__} for each, one in zip(inner, value)],
        }
    if isinstance(value, dict):
        inner = {str(key): _described(each) for key, each in list(value.items())[:8]}
        inner = {key: each for key, each in inner.items() if each}
        return {"type": kind.__name__, "items": inner} if inner else None
    told = {"type": kind.__module__ + "." + kind.__qualname__}
    if hasattr(value, "__fspath__"):
        path = os.fspath(value)
        if isinstance(path, str):
            told["name"] = path
            told.update(_path_of(path))
        return told
    if kind.__module__ in ("builtins", "typing") or not any(
        _has(value, name) for name in ("read", "file", "stream")
    ):
        return None
    told["attributes"] = [name for name in _ATTRIBUTES if _has(value, name)]
    told.update(_name_of(value))
    if kind.__module__ == "_io":
        told.update(_path_of(told.get("name")))
    if _COROUTINE & getattr(getattr(getattr(value, "read", None), "__code__", None), "co_flags", 0):
        told["awaited"] = True
    mode = getattr(value, "mode", None)
    if isinstance(mode, str):
        told["mode"] = mode
    elif isinstance(value, io.TextIOBase):
        told["mode"] = "text"
    if "file" in told["attributes"] and not callable(value.file):
        told["file"] = _described(value.file)
    return told


def _handed_over(frame):
    """The arguments of the library's function that the user's code called, those that are files."""
    code = frame.f_code
    count = code.co_argcount + code.co_kwonlyargcount
    given = {}
    for name in code.co_varnames[:count]:
        value = frame.f_locals.get(name)
        told = _described(value) if name != "self" else None
        if told:
            given[name] = told
    for bag in ("kwargs", "files", "options"):
        value = frame.f_locals.get(bag)
        told = _described(value) if isinstance(value, dict) else None
        if told:
            given.update(told["items"])
    return given


def _stack(frame):
    """The user's own frames, the innermost first, and what it handed to the library there."""
    places, inner, handed, statement = [], None, {}, ""
    for _ in range(_DEPTH):
        if frame is None:
            break
        if _is_users(frame.f_code.co_filename):
            if not places and inner is not None:
                handed = _handed_over(inner)
                statement = _statement(frame.f_code, frame.f_lineno)
            places.append(_place(frame.f_code, frame.f_lineno))
        inner, frame = frame, frame.f_back
    return places[:8], handed, statement


_lock = threading.Lock()


def _write(**row):
    row["pid"] = os.getpid()
    text = json.dumps(row, default=str) + "\n"
    with _lock, open(_FILE, "a", encoding="utf-8") as file:
        file.write(text)


def _sent(method, url):
    try:
        places, handed, statement = _stack(sys._getframe(2))
        _write(
            event="sent",
            method=str(method),
            url=str(url),
            places=places,
            handed_over=handed,
            statement=statement,
        )
    except Exception:  # a witness that stumbles must not stop the program it watches
        pass


def _raised(kind, error, trace):
    try:
        places, handed, inner = [], {}, None
        steps = []
        while trace is not None:
            steps.append((trace.tb_frame, trace.tb_lineno))
            trace = trace.tb_next
        for frame, line in reversed(steps):
            if _is_users(frame.f_code.co_filename):
                if not places and inner is not None:
                    handed = _handed_over(inner)
                places.append(_place(frame.f_code, line))
            inner = frame
        module = kind.__module__
        name = kind.__qualname__ if module == "builtins" else module + "." + kind.__qualname__
        _write(event="raised", error=name, message=str(error)[:1000], places=places[:8], handed_over=handed)
    except Exception:  # as above
        pass


def _watch_errors():
    before, before_thread = sys.excepthook, threading.excepthook

    def hook(kind, error, trace):
        if not issubclass(kind, KeyboardInterrupt):
            _raised(kind, error, trace)
        before(kind, error, trace)

    def thread_hook(args):
        if args.exc_type is not SystemExit:
            _raised(args.exc_type, args.exc_value, args.exc_traceback)
        before_thread(args)

    sys.excepthook = hook
    threading.excepthook = thread_hook


def _wrap(owner, name, tell):
    original = getattr(owner, name, None)
    if original is None:
        return
    import functools

    @functools.wraps(original)
    def wrapper(*args, **kwargs):
        try:
            method, url = tell(*args, **kwargs)
        except Exception:  # the call itself says what is wrong with its arguments
            return original(*args, **kwargs)
        _sent(method, url)
        return original(*args, **kwargs)

    setattr(owner, name, wrapper)


def _of_request(_client, request, *_args, **_kwargs):
    return request.method, request.url


def _of_words(_client, method, url, *_args, **_kwargs):
    return method, url


def _httpx(module):
    _wrap(module.Client, "send", _of_request)
    # ``send`` of the asynchronous client is called, and its frames are there, before anything is awaited.
    _wrap(module.AsyncClient, "send", _of_request)


def _of_connection(connection, method, url, *_args, **_kwargs):
    if url.startswith("/"):
        scheme = "https" if connection.default_port == 443 else "http"
        tunnel = getattr(connection, "_tunnel_host", None)
        host, port = (tunnel, connection._tunnel_port) if tunnel else (connection.host, connection.port)
        url = "{}://{}:{}{}".format(scheme, host, port, url)
    return method, url


def _http_client(module):
    _wrap(module.HTTPConnection, "putrequest", _of_connection)


def _aiohttp(module):
    _wrap(module.ClientSession, "_request", _of_words)


_WATCHED = {"httpx": _httpx, "httpx2": _httpx, "http.client": _http_client, "aiohttp": _aiohttp}


def _behind_proxy(module):
    """Lead to the proxy what looks up a host that it opens: it reads in TLS whose server is meant.

    Some libraries read no HTTPS_PROXY, or not unless they are told to.
    """
    import fnmatch

    original = module.getaddrinfo
    where, _, port_there = _PROXY.rpartition("//")[2].rpartition(":")
    opened = [("*" if each.startswith(".") else "") + each for each in _OPENED.split(",") if each]

    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):  # noqa: A002 - its own name
        try:
            name = host.decode("ascii") if isinstance(host, bytes) else host
            if str(port) in ("443", "https") and any(
                fnmatch.fnmatchcase(name.lower(), each) for each in opened
            ):
                return original(where, int(port_there), 0, type, proto, 0)
        except (AttributeError, UnicodeDecodeError):  # no host, or one that is nobody's known
            pass
        return original(host, port, family, type, proto, flags)

    module.getaddrinfo = getaddrinfo


class _Finder:
    """Finds nothing itself: wraps the loader that the others find for a watched module."""

    def find_spec(self, name, path=None, target=None):
        wrap = _WATCHED.get(name)
        if wrap is None:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None and hasattr(spec.loader, "exec_module"):
                execute = spec.loader.exec_module

                def exec_module(module, execute=execute, wrap=wrap):
                    execute(module)
                    try:
                        wrap(module)
                    except Exception:  # a release that is built otherwise goes unwatched
                        pass

                spec.loader.exec_module = exec_module
                return spec
        return None


def _hand_on():
    """Let the sitecustomize that this one hides run too."""
    paths = [path for path in sys.path if os.path.abspath(path or os.getcwd()) != _HERE]
    sys.path[:] = paths
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", paths)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


if _FILE and _PROXY:
    _WATCHED["socket"] = _behind_proxy
    if "socket" in sys.modules:
        _behind_proxy(sys.modules["socket"])
if _FILE:
    _watch_errors()
    sys.meta_path.insert(0, _Finder())
_hand_on()
