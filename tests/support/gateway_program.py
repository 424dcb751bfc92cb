"""A small gateway of our own, run as a program: takes a multipart upload apart and forwards it as told.

``python gateway_program.py --port N --upstream URL --do WORD``. It knows nothing of the harness.
"""

import argparse
import base64
import json
import os
import re
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

BOUNDARY = "a-boundary-of-the-gateway"
MAGIC = {b"\x89PNG": "image/png", b"RIFF": "image/webp", b"\xff\xd8\xff": "image/jpeg"}
REWRITTEN = re.compile(rb'(?<!file)name="([^"]*)"')


def take_apart(body, content_type):
    boundary = b"--" + content_type.partition("boundary=")[2].strip('"').encode()
    parts = []
    for piece in body.split(boundary)[1:-1]:
        head, _, content = piece.removeprefix(b"\r\n").removesuffix(b"\r\n").partition(b"\r\n\r\n")
        parts.append((head.split(b"\r\n"), content))
    return parts


def name_of(head):
    return REWRITTEN.search(head[0])[1].decode()


def is_file(head):
    return any(b"filename=" in line for line in head)


def renamed(head):
    return [REWRITTEN.sub(rb'name="\1[]"', head[0], count=1), *head[1:]]


def unnamed(head):
    return [re.sub(rb"; filename=\"[^\"]*\"", b"", line) for line in head]


def typed(head, content):
    found = next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), None)
    if found is None:
        return head
    kept = [line for line in head if not line.lower().startswith(b"content-type")]
    return [*kept, b"Content-Type: " + found.encode()]


def untyped(head):
    return [line for line in head if not line.lower().startswith(b"content-type")]


def changed(do, head, content):
    """A part as it is forwarded; None to leave it out."""
    if do == "drop-prompt" and name_of(head) == "prompt":
        return None
    if do == "alias" and name_of(head) == "model":
        return head, b"openai/" + content
    if not is_file(head):
        return head, content
    if do == "rename":
        return renamed(head), content
    if do == "drop-filename":
        return unnamed(head), content
    if do == "drop-type":
        return untyped(head), content
    if do == "fix-type":
        return typed(head, content), content
    if do == "generic-type":
        return [*untyped(head), b"Content-Type: application/octet-stream"], content
    if do == "retype":
        return [*untyped(head), b"Content-Type: multipart/form-data"], content
    if do == "as-text":
        return head, content.decode("utf-8", "replace").encode()
    if do == "drop-file":
        return None
    return head, content


def multipart(parts):
    lines = []
    for head, content in parts:
        lines += [b"--" + BOUNDARY.encode(), *head, b"", content]
    return b"\r\n".join([*lines, b"--" + BOUNDARY.encode() + b"--", b""])


def as_json(parts):
    document = {}
    for head, content in parts:
        if is_file(head):
            kind = MAGIC.get(content[:4], "application/octet-stream")
            document[name_of(head)] = f"data:{kind};base64,{base64.b64encode(content).decode()}"
        else:
            document[name_of(head)] = content.decode()
    return json.dumps(document).encode()


def error(message, kind):
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": kind}}).encode()


class Gateway(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream = ""
    do = "pass"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.do == "own-400":
            self.answer(400, error("this gateway takes no uploads", "gateway_says_no"))
            return
        if self.do == "tell":
            told = {name: os.environ.get(name) for name in ("TEST_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL")}
            self.answer(400, error(json.dumps({**told, "sent": self.headers.get("authorization")}), "told"))
            return
        if self.do == "want-route" and self.headers.get("x-route") is None:
            self.answer(400, error("no x-route", "gateway_says_no"))
            return
        if self.do == "tell-route":
            self.answer(400, error(f"no way by {self.headers.get('x-route')}", "gateway_says_no"))
            return
        if self.do == "hang-up":
            self.close_connection = True
            return
        content_type = self.headers.get("content-type", "")
        if self.do != "pass" and content_type.startswith("multipart/"):
            parts = [changed(self.do, head, content) for head, content in take_apart(body, content_type)]
            kept = [part for part in parts if part is not None]
            if self.do == "json":
                body, content_type = as_json(kept), "application/json"
            else:
                body, content_type = multipart(kept), f"multipart/form-data; boundary={BOUNDARY}"
        status, answer = self.forward(body, content_type)
        for _ in range(2 if self.do == "retry" else 0):
            if status < 500:
                break
            status, answer = self.forward(body, content_type)
        if self.do == "empty-retry":
            status, answer = self.forward(multipart([]), f"multipart/form-data; boundary={BOUNDARY}")
        if self.do == "own-502":
            status, answer = 502, error("bad gateway", "gateway_broke")
        if self.do == "reword" and status >= 400:
            said = json.loads(answer)["error"]["message"]
            status, answer = 500, error(f"gateway.UpstreamError: {said}", "upstream")
        self.answer(status, answer)

    def forward(self, body, content_type):
        parts = urlsplit(self.upstream)
        connection = HTTPConnection(parts.hostname, parts.port)
        path = parts.path + self.path.removeprefix("/v1")
        headers = {"Content-Type": content_type, "Authorization": self.headers.get("authorization", "")}
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        return response.status, answer

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--do", default="pass")
    given = parser.parse_args()
    Gateway.upstream, Gateway.do = given.upstream, given.do
    ThreadingHTTPServer(("127.0.0.1", given.port), Gateway).serve_forever()


if __name__ == "__main__":
    main()
