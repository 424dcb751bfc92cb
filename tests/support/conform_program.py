"""A program for `conform client`: makes its call right by hand, but for the faults named on its command line.

Standard library only: it is run as a program, by a Python of its own.
"""

import http.client
import os
import sys
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

FAULTS = frozenset(sys.argv[1:])
ENV = os.environ
BOUNDARY = "boundary-of-ours"


def file_part(path, name, media_type, field, data):
    filename = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    if "raw-quotes" in FAULTS:
        filename = name.replace("\r", "%0D").replace("\n", "%0A")
    if "escaped-spaces" in FAULTS:
        filename = name.replace('"', '\\"').replace(" ", "\\ ")
    if "injection" in FAULTS:
        filename = name
    if "local-path" in FAULTS:
        filename = path
    if "percent-name" in FAULTS:
        filename = quote(name)
    written = f'; filename="{filename}"'
    if "star-alone" in FAULTS:
        written = f"; filename*=UTF-8''{quote(name)}"
    if "nameless" in FAULTS:
        written = ""
    if "generic-type" in FAULTS:
        media_type = "application/octet-stream"
    coding = "latin-1" if "latin-1" in FAULTS else "utf-8"
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"{written}\r\n'
    head += "" if "typeless" in FAULTS else f"Content-Type: {media_type}\r\n"
    return head.encode(coding, "replace") + b"\r\n" + data + b"\r\n"


def text_part(name, value):
    filename = '; filename="text"' if "text-as-file" in FAULTS else ""
    return (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n{value}\r\n'.encode()
    )


def body(attempt):
    paths = ENV["UPLOAD_MATRIX_FILES"].split("\n")
    types = ENV["UPLOAD_MATRIX_TYPES"].split("\n")
    names = [Path(path).name for path in paths] if len(paths) > 1 else [ENV["UPLOAD_MATRIX_FILENAME"]]
    files = list(zip(paths, names, types, strict=True))
    if "backwards" in FAULTS:
        files.reverse()
    if "first-alone" in FAULTS:
        files = files[:1]
    whole = text_part("model", ENV["UPLOAD_MATRIX_MODEL"])
    whole += b"" if "no-prompt" in FAULTS else text_part("prompt", ENV["UPLOAD_MATRIX_PROMPT"])
    for place, (path, name, media_type) in enumerate(files):
        data = Path(path).read_bytes()
        if "not-rewound" in FAULTS and attempt:
            data = b""
        if "cut" in FAULTS:
            data = data[:-1]
        if not data and "empty-left-out" in FAULTS:
            continue
        field = ENV["UPLOAD_MATRIX_FIELD"] + ("[]" if len(files) > 1 else "")
        if "numbered" in FAULTS:
            field = f"image[{place}]"
        whole += file_part(path, name, media_type, field, data)
    return whole + (b"" if "unfinished" in FAULTS else f"--{BOUNDARY}--\r\n".encode())


def call(attempt):
    url = urlsplit(ENV["UPLOAD_MATRIX_URL"])
    key = ENV["UPLOAD_MATRIX_API_KEY"]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    if "key-astray" in FAULTS:
        headers["X-Key"] = key
    connection = http.client.HTTPConnection(url.hostname, url.port)
    content = body(attempt)
    if "chunked" in FAULTS:
        connection.request("POST", url.path, iter([content]), headers, encode_chunked=True)
    else:
        connection.request("POST", url.path, content, headers)
    return connection.getresponse().status


if "silent" in FAULTS:
    sys.exit("ValueError: no thanks")
if "no-such-feature" in FAULTS:
    sys.stderr.write("there is no such thing here\n")
    sys.exit(77)
if "hangs" in FAULTS:
    time.sleep(600)
tries = 1 if "gives-up" in FAULTS else int(ENV["UPLOAD_MATRIX_TRIES"])
for attempt in range(tries):
    status = call(attempt)
    if status == 200:
        break
    if "hangs-before-the-second" in FAULTS:
        time.sleep(600)
if "twice" in FAULTS:
    call(0)
if "ends-badly" in FAULTS:
    sys.exit(f"ValueError: cannot read {ENV['UPLOAD_MATRIX_FILE']}")
sys.exit(0 if status == 200 else "RuntimeError: the server said 500")
