"""A client that reads its stream only once, as those do that rewind nothing before they try again."""

FORGETFUL = '''\
"""Retries, but reads its stream only once."""

import http.client
from urllib.parse import urlsplit

DISTRIBUTIONS = ()
PART = '--x\\r\\nContent-Disposition: form-data; name="%s"%s\\r\\n\\r\\n'


class Client:
    def call(self, request):
        parts = urlsplit(request.base_url)
        ((field, stream, _),) = request.files
        for _attempt in range(1 + request.retries):
            texts = "".join(PART % (name, "") + value + "\\r\\n" for name, value in request.fields.items())
            head = PART % (field, '; filename="a.webp"\\r\\nContent-Type: image/webp')
            body = (texts + head).encode() + stream.read() + b"\\r\\n--x--\\r\\n"
            connection = http.client.HTTPConnection(parts.hostname, parts.port)
            try:
                connection.request(
                    "POST",
                    parts.path + request.path,
                    body,
                    {"Content-Type": "multipart/form-data; boundary=x"},
                )
                answer = connection.getresponse()
                answer.read()
            except ConnectionError:
                continue
            finally:
                connection.close()
            if answer.status < 400:
                return "fine"
        raise RuntimeError("gave up")
'''
