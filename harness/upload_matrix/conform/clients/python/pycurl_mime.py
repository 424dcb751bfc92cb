"""PycURL with MIMEPOST, which 7.46 brought in HTTPPOST's place."""

import pycurl
from _call import FIELD, HEADERS, TEXTS, URL, contained, has_no_retry, succeeded

has_no_retry("libcurl")
call = pycurl.Curl()
form = pycurl.CurlMime(call)
for name, value in TEXTS.items():
    form.add_field(name, value)


def streamed(file):
    """A part whose bytes come from elsewhere, and whose size is not known."""
    part = form.addpart()
    part.name(FIELD)
    pipe = file.pipe()
    part.data_cb(-1, lambda size, _: pipe.read(size))


contained(
    path=lambda file: form.add_file(FIELD, file.path),
    stream=streamed,
    buffer=lambda file: form.add(FIELD, data=file.read()),
    # A name as str may be ASCII only.
    told=lambda file: form.add_file(
        FIELD, file.path.encode(), filename=file.name.encode(), content_type=file.type
    ),
)
call.setopt(pycurl.URL, URL)
call.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in HEADERS.items()])
call.setopt(pycurl.MIMEPOST, form)
call.setopt(pycurl.WRITEFUNCTION, len)
call.perform()
succeeded(call.getinfo(pycurl.RESPONSE_CODE))
