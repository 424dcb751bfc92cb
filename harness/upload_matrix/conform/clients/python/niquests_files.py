"""niquests with `files=`."""

import niquests
from _call import FIELD, HEADERS, RETRIES, TEXTS, URL, contained
from niquests.packages.urllib3.util import Retry

files = contained(
    handle=lambda file: file.open(),
    stream=lambda file: file.pipe(),
    buffer=lambda file: file.read(),
    told=lambda file: (file.name, file.read(), file.type),
)
retry = Retry(RETRIES, allowed_methods=["POST"], status_forcelist=[500], backoff_factor=0)
with niquests.Session(retries=retry) as session:
    answer = session.post(URL, data=TEXTS, files=[(FIELD, file) for file in files], headers=HEADERS)
    answer.raise_for_status()
