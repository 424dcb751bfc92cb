"""http.client, with a body written by hand."""

import http.client
from urllib.parse import urlsplit

from _by_hand import HEADERS, body
from _call import URL, has_no_retry, succeeded

has_no_retry("http.client")
address = urlsplit(URL)
connection = http.client.HTTPConnection(address.netloc)
connection.request("POST", address.path, body(), HEADERS)
succeeded(connection.getresponse().status)
