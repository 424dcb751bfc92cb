"""PycURL with HTTPPOST."""

import pycurl
from _call import FIELD, HEADERS, TEXTS, URL, contained, has_no_retry, succeeded

has_no_retry("libcurl")
files = contained(
    path=lambda file: (pycurl.FORM_FILE, file.path),
    buffer=lambda file: (pycurl.FORM_BUFFER, file.name, pycurl.FORM_BUFFERPTR, file.read()),
    # A name as str may be ASCII only.
    told=lambda file: (
        *(pycurl.FORM_FILE, file.path.encode()),
        *(pycurl.FORM_FILENAME, file.name.encode()),
        *(pycurl.FORM_CONTENTTYPE, file.type),
    ),
)
call = pycurl.Curl()
call.setopt(pycurl.URL, URL)
call.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in HEADERS.items()])
call.setopt(pycurl.HTTPPOST, [*TEXTS.items(), *((FIELD, file) for file in files)])
call.setopt(pycurl.WRITEFUNCTION, len)
call.perform()
succeeded(call.getinfo(pycurl.RESPONSE_CODE))
