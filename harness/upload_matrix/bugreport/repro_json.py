"""The SDK's repro of a call whose files stand in its JSON: the document as code, each file read from disk."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from upload_matrix import vendors
from upload_matrix.bugreport.code import TAKEN, docstring, inputs, python
from upload_matrix.bugreport.story import Story, mark, title
from upload_matrix.judge.text_code import python_document
from upload_matrix.model.case import NODE
from upload_matrix.model.codec import parsed
from upload_matrix.model.story import Repro, Runtime, Script, Told
from upload_matrix.wire.carriers.embedded import Embedded, decoded
from upload_matrix.wire.json_body import Keys, keys_of, put, value_at
from upload_matrix.wire.media import preferred_extension, preferred_type


@dataclass(frozen=True, slots=True)
class VendorSdk:
    """``imports`` is its line, ``maker`` the client's, with ``{url}``, ``{retries}`` and ``{timeout}``.

    ``agent`` is how its User-Agent begins, ``call`` makes the lines of a call from the operation, the path,
    the document and the expressions for its files.
    """

    package: str
    imports: str
    maker: str
    agent: str
    call: Callable[[str, str, Any, Mapping[str, str]], list[str]]


def _keywords(operation: str, path: str, document: Any, texts: Mapping[str, str]) -> list[str]:  # noqa: ARG001
    method = operation if operation.endswith(".create") else f"{operation}.create"
    return [f"body = {python_document(document, texts)}", f"answer = client.{method}(**body)"]


_GENERATION = "generationConfig"
"""What REST keeps apart, and the SDK's ``config`` has beside everything else."""


def _contents(operation: str, path: str, document: Any, texts: Mapping[str, str]) -> list[str]:  # noqa: ARG001
    rest = {**document}
    contents = rest.pop("contents", [])
    config = {**rest.pop(_GENERATION, {}), **rest}
    model = path.rpartition("/")[2].partition(":")[0]
    return [
        f"contents = {python_document(contents, texts)}",
        "answer = client.models.generate_content(",
        f"    model={python(model)}, contents=contents, config={python_document(config, texts)}",
        ")",
    ]


SDKS: Mapping[str, VendorSdk] = {
    "openai": VendorSdk(
        "openai",
        "from openai import OpenAI",
        "client = OpenAI(base_url={url}, max_retries={retries}, timeout={timeout})",
        r"(Async)?OpenAI/Python ",
        _keywords,
    ),
    "anthropic": VendorSdk(
        "anthropic",
        "from anthropic import Anthropic",
        "client = Anthropic(base_url={url}, max_retries={retries}, timeout={timeout})",
        r"(Async)?Anthropic/Python ",
        _keywords,
    ),
    "google": VendorSdk(
        "google-genai",
        "from google import genai",
        'client = genai.Client(http_options={{"base_url": {url}}})',
        r"google-genai-sdk/\S+ .*python",
        _contents,
    ),
}
"""By vendor. Sources: openai-python 3.57, anthropic-sdk-python 0.9x, python-genai 1.5x."""

_BYTES = frozenset({"google"})
"""Those whose SDK is handed bytes, and makes the base64 itself."""


def write_sdk_of_json(story: Story, file: str) -> Repro:
    """The last request as the vendor's SDK for Python makes it; none where none is known to have."""
    told, call = story.told[-1], story.call
    operation = vendors.operation_of(told.wire.path) if call is None else call.operation.name
    vendor = vendors.vendor_of(operation)
    sdk = SDKS.get(vendor.name) if operation in vendor.routes else None
    if call is not None and call.client.startswith(NODE):
        return Repro(file, missing="not written: the case is about the SDK for Node")
    if sdk is None or operation is None:
        return Repro(file, missing="not written: no script is written with the SDK of this API")
    agent = next((value for name, value in told.headers if name.lower() == "user-agent"), "")
    if call is None and re.match(sdk.agent, agent) is None:
        return Repro(file, missing="not written: only the request is known, and no SDK for Python made it")
    if not told.complete:
        return Repro(file, missing="not written: the client broke off in the middle of its request")
    own = call is None or call.client == sdk.package
    document, texts, needs = _taken_apart(told, inputs(story), as_bytes=vendor.name in _BYTES)
    retries, timeout = (0, 120.0) if call is None else (call.retries, call.timeout)
    url = f'os.environ.get("{vendor.variables.base_url}")'
    lines = [
        docstring(
            f"{title(story)}.",
            mark(story),
            f"    pip install {sdk.package}",
            f"    {vendor.variables.key}=... python {file}",
        ),
        "",
        "import base64\nimport os\nfrom pathlib import Path\n",
        sdk.imports,
        "",
        "HERE = Path(__file__).resolve().parent",
        "",
        sdk.maker.format(url=url, retries=retries, timeout=timeout),
        *sdk.call(operation, told.wire.path, document, texts),
        "print(type(answer).__name__)",
        "",
    ]
    text = "\n".join(lines)
    if "base64." not in text:
        text = text.replace("import base64\n", "", 1)
    summary = (
        "the call, with the SDK"
        if own
        else "the same call with the SDK; the case itself is about another client"
    )
    return Repro(
        file, (Script(file, Runtime.SDK, text, summary, needs, own=own and call is not None, every=False),)
    )


def _taken_apart(
    told: Told, given: Mapping[str, bytes], *, as_bytes: bool
) -> tuple[Any, dict[str, str], dict[str, bytes]]:
    """The document with marks for its files, an expression for each mark, and the files that it needs.

    A text that stands for bytes in the usual way is made of them again; any other is read as it is.
    """
    document = copy.deepcopy(parsed(told.body))
    texts: dict[str, str] = {}
    needs: dict[str, bytes] = {}
    for number, each in enumerate(told.wire.embedded):
        keys = keys_of(each.place)
        value = value_at(document, keys)
        if not isinstance(value, str):
            continue  # a buffer as numbers stays one
        prefix = each.prefix or ""
        inline = as_bytes and _is_inline(keys)
        plain = each.spelling == "base64" or (inline and each.spelling is not None)
        content = decoded(value[len(prefix) :]) if plain else value.encode("utf-8", "surrogatepass")
        name = next((known for known, data in given.items() if data == content), None)
        if name is None:
            name = _named(each, plain=plain, taken={*given, *needs})
            needs[name] = content
        read = f"(HERE / {python(name)})"
        encoded = f"base64.b64encode({read}.read_bytes()).decode()"
        if not plain:
            texts[f"@{number}@"] = f'{read}.read_text(encoding="utf-8")'
        elif inline:
            texts[f"@{number}@"] = f"{read}.read_bytes()"
        else:
            texts[f"@{number}@"] = f"{python(prefix)} + {encoded}" if prefix else encoded
        document = put(document, keys, f"@{number}@")
    return document, texts, needs


def _is_inline(keys: Keys) -> bool:
    return len(keys) > 1 and keys[-2] in ("inlineData", "inline_data")


def _named(each: Embedded, *, plain: bool, taken: set[str]) -> str:
    family = preferred_type(each.format).partition("/")[0] if each.format and plain else ""
    stem = family if family in ("image", "audio", "video") else "document" if plain else "text"
    ending = preferred_extension(each.format) if each.format and plain else ".bin" if plain else ".txt"
    names = (f"{stem}{number or ''}{ending}" for number in range(len(taken) + 2))
    return next(name for name in names if name not in taken | TAKEN)
