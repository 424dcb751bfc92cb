"""A stranger's additions: one file each beside the matrix, and the word is known."""

import json

FILES = {
    "operations/stickers.make.yaml": """
name: stickers.make
summary: Make a sticker.
method: POST
path: /images/edits
encoding: multipart
file_fields: {image: {required: true}}
text_fields: [model, prompt]
""",
    "containers/mine.py": '''
def memory(file):
    """A memoryview made into bytes."""
    return (file.name, bytes(memoryview(file.read())), "image/webp")


CONTAINERS = {"memory": memory}
''',
    "profiles/kind.yaml": """
name: kind
date: 2026-01-01
summary: Refuses WebP.
extends: openai-2025
lists: {ours: [image/png]}
rules:
  - id: no-webp
    source: invented for this test
    before: image-type-gpt
    when: {operation: images.edit, part: {name: image, type_none_of: ours}}
    answer: {status: 400, message: no WebP today, type: invalid_request_error, code: no_webp}
""",
    "mine.yaml": """
target: emulator:kind
request: {model: gpt-image-1, prompt: p}
axes:
  operation: [stickers.make]
  client: [rest]
  container: [memory]
  image: [own]
  mime_table: [builtin]
images: {own: own.webp}
expect: [{outcome: rejected, code: no_webp}]
""",
    "clients/rest.py": '''
"""Plain sockets."""

import http.client
import json
from urllib.parse import urlsplit

DISTRIBUTIONS = ()


class Client:
    def call(self, request):
        parts = urlsplit(request.base_url)
        ((field, (name, data, kind), _),) = request.files
        head = '--x\\r\\nContent-Disposition: form-data; name="%s"; filename="%s"\\r\\nContent-Type: %s\\r\\n\\r\\n'
        text = '--x\\r\\nContent-Disposition: form-data; name="%s"\\r\\n\\r\\n%s\\r\\n'
        texts = "".join(text % item for item in request.fields.items())
        body = (head % (field, name, kind)).encode() + data + b"\\r\\n" + texts.encode() + b"--x--\\r\\n"
        connection = http.client.HTTPConnection(parts.hostname, parts.port)
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        connection.request(request.method, parts.path + request.path, body, headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError("status %d" % answer.status)
        return json.loads(answer.read())
''',
}


def test_one_file_each_is_enough(pytester):
    folder = pytester.path / "matrix"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text.lstrip("\n"), "utf-8")
    (folder / "own.webp").write_bytes(b"RIFF\x04\x00\x00\x00WEBP")
    pytester.makepyfile("def test_uploads(upload_case):\n    upload_case.check()\n")

    result = pytester.runpytest("-p", "no:cacheprovider", "--disable-recording", "--upload-report=out")

    result.assert_outcomes(passed=1)
    report = json.loads((pytester.path / "reports" / "out.json").read_text("utf-8"))
    (case,) = report["cases"]
    assert case["id"] == "mine/stickers.make/rest/memory/own/builtin"
    assert case["attempts"][0]["rule"] == "no-webp"
    (wire,) = report["wire_forms"].values()
    assert wire["parts"][0]["filename"] == "own.webp"
    assert wire["parts"][0]["size"] == 12


def test_a_container_file_without_its_table_is_refused(pytester):
    folder = pytester.path / "matrix" / "containers"
    folder.mkdir(parents=True)
    (folder / "broken.py").write_text("def x(file):\n    return file\n")
    (pytester.path / "matrix" / "m.yaml").write_text("axes: {container: [bytes]}\n")
    pytester.makepyfile("def test_uploads(upload_case):\n    upload_case.check()\n")
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*broken.py: a container file ends in CONTAINERS = *"])
