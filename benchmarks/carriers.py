"""A file of 20 MB as a part of a form, as a data URL and as the body: time and memory on its way through.

Each is sent in turn by a bare socket through ``inspect --no-answer --listen``, a process of its own, several
times; medians are shown, and the ratio to the form. ``python benchmarks/carriers.py [--rounds N] [--mib N]``.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit


def bodies(size: int) -> dict[str, tuple[str, bytes, bytes]]:
    """Path, Content-Type and body by carrier; the same picture each time."""
    picture = b"\x89PNG\r\n\x1a\n" + os.urandom(size) + b"IEND\xaeB`\x82"
    form = b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n'
    form += b"Content-Type: image/png\r\n\r\n"
    url = "data:image/png;base64," + base64.b64encode(picture).decode()
    part = {"type": "image_url", "image_url": {"url": url}}
    chat = {"model": "gpt-4o", "messages": [{"role": "user", "content": [part]}]}
    return {
        "form": ("/images/edits", b"multipart/form-data; boundary=b", form + picture + b"\r\n--b--\r\n"),
        "data URL": ("/chat/completions", b"application/json", json.dumps(chat).encode()),
        "body": ("/listen", b"image/png", picture),
    }


def send(url: str, path: str, content_type: bytes, body: bytes) -> float:
    """Seconds from the request's first byte to the answer's last."""
    parts = urlsplit(url)
    head = f"POST {parts.path}{path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n".encode()
    head += b"Content-Type: %s\r\nContent-Length: %d\r\n\r\n" % (content_type, len(body))
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
        began = time.perf_counter()
        connection.sendall(head + body)
        while connection.recv(65536):
            pass
        return time.perf_counter() - began


def measured(path: str, content_type: bytes, body: bytes, seen: Path) -> tuple[float, int]:
    """Seconds, and the highest memory of the process in KiB; ends the program where nothing was seen."""
    command = [
        sys.executable,
        "-m",
        "upload_matrix",
        "inspect",
        "--no-answer",
        "--listen",
        "--json",
        "-o",
        seen,
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not seen.exists() or "listening" not in seen.read_text():
            time.sleep(0.05)
        url = json.loads(seen.read_text().splitlines()[0])["variables"][0]["url"]
        seconds = send(url, path, content_type, body)
        peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
        process.send_signal(signal.SIGINT)
        process.wait(20)
    rows = [json.loads(line) for line in seen.read_text().splitlines()]
    uploads = [row for row in rows if row["event"] == "request" and row["upload"]]
    if len(uploads) != 1 or peak is None:
        raise SystemExit(f"{path}: the upload was not seen")
    return seconds, int(peak[1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--mib", type=int, default=20)
    options = parser.parse_args()
    sent = bodies(options.mib << 20)
    found: dict[str, list[tuple[float, int]]] = {name: [] for name in sent}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.rounds + 1):
            for name, (path, content_type, body) in sent.items():
                one = measured(path, content_type, body, Path(folder, f"{number}-{name[:4]}.jsonl"))
                if number:  # the first round compiles and fills caches
                    found[name].append(one)
    base = statistics.median(seconds for seconds, _ in found["form"])
    for name, rows in found.items():
        seconds = statistics.median(each for each, _ in rows)
        memory = statistics.median(each for _, each in rows)
        print(f"{name:9} {seconds * 1000:7.0f} ms  {seconds / base:5.2f} x  {memory / 1024:6.0f} MiB")


if __name__ == "__main__":
    main()
