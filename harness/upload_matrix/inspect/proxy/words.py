"""What is said of an intercepting proxy: where it is, what it missed, and why nothing may have come."""

from __future__ import annotations

from collections.abc import Iterator

from upload_matrix.inspect.proxy.intercepting import ProxyTraffic
from upload_matrix.inspect.proxy.setup import ProxyOpened
from upload_matrix.inspect.proxy.variables import ADDRESS, AUTHORITY, FINGERPRINT
from upload_matrix.report.wording import plural

_HOSTS_NAMED = 8

PROXY_WORDS = {
    "given up": "The client does not believe the run's certificate, and broke off before it sent a request.",
    "brought no request": "A connection was opened and closed again: distrust, or one opened ahead of need.",
    "not looked at": "The connection speaks something else than HTTP/1.1, so nothing is said of it.",
    "passed unread": "The host is none of a known vendor: `--open HOST` has it looked at.",
    "not reached": "The proxy did not reach the host that the client asked for; the reason stands beside it.",
}
"""What can be said of connections, and what that means."""


def proxy_words(proxy: ProxyOpened) -> Iterator[str]:
    """Where the proxy is, what it opens, and how a client comes to believe it."""
    named = f" and {', '.join(proxy.named)}" if proxy.named else ""
    yield f"HTTPS_PROXY={proxy.address} opens the hosts of known vendors{named}; all else passes unread"
    yield f"its certificate, gone at the end: {proxy.certificate}"
    if proxy.flags:
        yield f"{'Chromium takes' if proxy.waits else 'the program is given'} {' '.join(proxy.flags)}"


def nothing_through(traffic: ProxyTraffic, *, waited: bool) -> Iterator[str]:
    """Why no request may have come; ``waited`` for clients of any kind, and ran no program."""
    if traffic.connections:
        yield "no request was seen: connections came to the proxy, and none brought a request that it opens"
        return
    if waited:
        yield "no request was seen: nobody came to the proxy, nor to the URL"
        return
    yield (
        "no request was seen, and no connection came to the proxy. Either the program made no call, or it "
        "goes past HTTPS_PROXY, and what it sent went to the real server. These go past:"
    )
    yield (
        "- Python programs that read no HTTPS_PROXY (aiohttp without trust_env, urllib3's PoolManager), "
        "under --no-witness, python -I or -S, or with a resolver of their own (uvloop, aiodns)"
    )
    yield "- Node programs under --no-witness, or whose NODE_OPTIONS are cleared"
    yield "- Go with a Transport that has no Proxy, and clients of any language with a transport of their own"
    yield "- a browser that a program starts, which takes flags"
    yield f"Give these the proxy in code: its address is in {ADDRESS}, its certificate in {AUTHORITY}"


def missed_words(traffic: ProxyTraffic) -> Iterator[str]:
    """What came to the intercepting proxy and was not opened, or not to be opened."""
    for host, count in sorted(traffic.distrusted.items()):
        yield (
            f"{host}: {plural(count, 'connection')} given up, as the client does not believe the "
            "certificate of this run. What it meant to send was not seen: have it trust the file named in "
            f"{AUTHORITY} and above; a Chromium that a program starts takes "
            f"--ignore-certificate-errors-spki-list with the value of {FINGERPRINT}"
        )
    for host, speaks in sorted(traffic.unreadable.items()):
        yield f"{host}: not looked at, as a connection there speaks {speaks}"
    for host, count in sorted(traffic.silent.items()):
        yield (
            f"{host}: {plural(count, 'connection')} brought no request: a client that does not believe the "
            "certificate may leave so, and one that connects ahead of need"
        )
    for host, count in sorted(traffic.sockets.items()):
        yield f"{host}: {plural(count, 'WebSocket')} passed unread; messages are not looked at"
    for host, why in sorted(traffic.failed.items()):
        yield f"{host}: not reached: {why}"
    if traffic.unread:
        named = ", ".join(
            f"{host} ({count})" for host, count in sorted(traffic.unread.items())[:_HOSTS_NAMED]
        )
        more = len(traffic.unread) - _HOSTS_NAMED
        rest = f" and {plural(more, 'further host')}" if more > 0 else ""
        yield f"passed unread: {named}{rest}; --open HOST has one looked at"
