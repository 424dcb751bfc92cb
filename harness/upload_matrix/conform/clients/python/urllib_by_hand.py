"""urllib.request, with a body written by hand."""

import urllib.request

from _by_hand import HEADERS, body
from _call import URL, has_no_retry, succeeded

has_no_retry("urllib")
request = urllib.request.Request(URL, body(), HEADERS)
with urllib.request.urlopen(request) as answer:
    succeeded(answer.status)
