"""Who makes a call, as far as its headers tell. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SDK = frozenset({"openai", "openai-async", "azure", "node-openai"})
"""Clients that are the vendor's SDK."""


@dataclass(frozen=True, slots=True)
class Caller:
    """``client`` is the matrix's word for it (``openai-async``), None for one it has no word for.

    ``product`` and ``version`` are what it calls itself (``OpenAI/Python``, ``3.54.0``), ``runtime`` what it
    runs on (``CPython 3.11.7``). ``retry`` is how often it says it has tried before, None when it does not.
    """

    client: str | None
    product: str | None = None
    version: str | None = None
    runtime: str | None = None
    retry: int | None = None

    def __str__(self) -> str:
        named = " ".join(filter(None, (self.product, self.version))) or "an unnamed client"
        return f"{named} on {self.runtime}" if self.runtime else named


_PRODUCTS: tuple[tuple[re.Pattern[str], str | None], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), client)
    for pattern, client in (
        (r"(AsyncAzureOpenAI/Python|AzureOpenAI/Python) (\S+)", "azure"),
        (r"(AsyncOpenAI/Python) (\S+)", "openai-async"),
        (r"(OpenAI/Python) (\S+)", "openai"),
        (r"((?:Azure)?OpenAI/JS) (\S+)", "node-openai"),
        (r"((?:Azure)?OpenAI/\w+) (\S+)", None),
        (r"(curl)/(\S+)", "curl"),
        (r"(python-requests)/(\S+)", "requests"),
        (r"(python-httpx2)/(\S+)", "httpx2"),
        (r"(python-httpx)/(\S+)", "httpx"),
        (r"(python-urllib3)/(\S+)", "urllib3"),
        (r"Python/\S+ (aiohttp)/(\S+)", "aiohttp"),
        (r"(axios)/(\S+)", "fetch"),
        (r"(node-fetch)(?:/(\S+))?", "fetch"),
        (r"(node|undici|Deno|Bun)(?:/(\S+))?", "fetch"),
        (r"([^\s/]+)(?:/(\S+))?", None),
    )
)
"""User-Agents as their authors write them, the particular before the general."""


def caller_of(headers: Iterable[tuple[bytes, bytes]]) -> Caller:
    """Read User-Agent and the SDK's ``x-stainless-*`` headers."""
    given = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
    agent = given.get("user-agent", "").strip()
    client, product, version = None, None, None
    for pattern, word in _PRODUCTS:
        found = pattern.match(agent)
        if found is not None:
            client, product, version = word, found[1], found[2]
            break
    language = given.get("x-stainless-lang", "")
    if client is None and language == "python":
        # The program gave its SDK another User-Agent.
        asynchronous = given.get("x-stainless-async", "false") not in ("", "false", "unknown")
        client = "openai-async" if asynchronous else "openai"
    elif client is None and language == "js":
        client = "node-openai"
    runtime = " ".join(
        filter(None, (given.get("x-stainless-runtime"), given.get("x-stainless-runtime-version")))
    )
    tried = given.get("x-stainless-retry-count", "")
    return Caller(
        client=client,
        product=product,
        version=given.get("x-stainless-package-version") or version,
        runtime=runtime or None,
        retry=int(tried) if re.fullmatch(r"\d{1,4}", tried) else None,
    )
