"""requests with the MultipartEncoder of requests-toolbelt, which streams."""

import requests
from _call import FIELD, HEADERS, RETRIES, TEXTS, URL, contained
from requests.adapters import HTTPAdapter
from requests_toolbelt import MultipartEncoder
from urllib3.util import Retry

files = contained(
    handle=lambda file: file.open(),
    stream=lambda file: file.pipe(),
    buffer=lambda file: file.read(),
    told=lambda file: (file.name, file.open(), file.type),
)
form = MultipartEncoder([*TEXTS.items(), *((FIELD, file) for file in files)])
session = requests.Session()
retry = Retry(RETRIES, allowed_methods=["POST"], status_forcelist=[500], backoff_factor=0)
session.mount("http://", HTTPAdapter(max_retries=retry))
answer = session.post(URL, data=form, headers={**HEADERS, "Content-Type": form.content_type})
answer.raise_for_status()
