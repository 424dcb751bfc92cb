"""A proxy for one run: its certificates and files, who answers, and what a program is given for it."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from upload_matrix import vendors
from upload_matrix.inspect.proxy.authority import Authority
from upload_matrix.inspect.proxy.browser import flags, is_chromium, with_flags, with_leave
from upload_matrix.inspect.proxy.intercepting import InterceptingProxy
from upload_matrix.inspect.proxy.variables import (
    AUTHORITY,
    FINGERPRINT,
    JAVA_PASSWORD,
    behind_proxy,
    believed,
    believed_besides,
)
from upload_matrix.inspect.routes import AnsweredBy, answerer, forwarder, who_answers
from upload_matrix.inspect.witness import required
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.tap.passing import Route

_NODE = Path(__file__).parent / "node.cjs"


@dataclass(frozen=True, slots=True)
class ProxyOptions:
    """``hosts`` are opened besides those of known vendors: ``a.b``, ``.a.b`` for all below, or with ``*``."""

    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProxyOpened:
    """What to tell people of a proxy that listens: its address, what it opens, whom to believe.

    ``hosts`` are all that are opened, ``named`` those of them that are no known vendor's. ``certificate`` is
    a file that is gone at the end. ``flags`` are Chromium's: those that the program was started with, being
    one, or, where it ``waits`` for clients of any kind, those to start one with.
    """

    address: str
    hosts: tuple[str, ...]
    named: tuple[str, ...]
    certificate: str
    flags: tuple[str, ...]
    waits: bool


class ProxySetup:
    """Makes the certificates at once; ``close`` removes the files. Raises ConfigurationError."""

    def __init__(
        self,
        options: ProxyOptions,
        answers: AnsweredBy,
        profile: str,
        upstream: str | None,
        note: Callable[[str], None],
    ) -> None:
        self.hosts = tuple(_named(each) for each in options.hosts)
        for scheme in ("https", "http"):
            # What passes unread takes the environment's proxy: one that cannot be taken is said now.
            forwarder(f"{scheme}://anywhere.invalid").close()
        self._answers = answers
        self._profile = profile
        self._upstream = upstream
        # Of mode 0700, as the standard library makes them.
        self._folder = tempfile.TemporaryDirectory(prefix="upload-matrix-", ignore_cleanup_errors=True)
        try:
            self._here = Path(self._folder.name)
            self.authority = Authority(self._here)
            self.proxy = InterceptingProxy(
                self.authority, self.hosts, self._route, sends=answers is AnsweredBy.SERVER, note=note
            )
            self._certificate = self._here / "upload-matrix-ca.pem"
            self._certificate.write_bytes(self.authority.pem)
        except BaseException:
            self._folder.cleanup()
            raise

    def close(self) -> None:
        """Remove what was written."""
        self.proxy.close()
        self._folder.cleanup()

    def opened(self, address: str, argv: Sequence[str]) -> ProxyOpened:
        """What to tell once it listens at ``address``."""
        takes = not argv or is_chromium(argv)
        given = flags(address, self.authority.fingerprint, str(self._here / "chromium")) if takes else ()
        return ProxyOpened(
            address, self._all_hosts(), self.hosts, str(self._certificate), given, waits=not argv
        )

    def command(self, argv: Sequence[str], address: str) -> Sequence[str]:
        """The program to run: Chromium is given its flags, all else is left as it is."""
        return with_flags(argv, self.opened(address, argv).flags)

    def environment(self, environ: Mapping[str, str], address: str, *, loads: bool) -> dict[str, str]:
        """The program's environment. ``loads`` puts a small file into Node programs (see ``node.cjs``)."""
        others = believed(environ)
        bundle = self._here / "bundle.pem"
        bundle.write_bytes(others + self.authority.pem)
        further = self._here / "further.pem"
        further.write_bytes(believed_besides(environ) + self.authority.pem)
        php = self._here / "php"
        php.mkdir()
        (php / "upload-matrix.ini").write_text(f'curl.cainfo="{bundle}"\nopenssl.cafile="{bundle}"\n')
        changed = behind_proxy(
            environ,
            address,
            bundle,
            further,
            opens=self._all_hosts(),
            java_store=self._java_store(environ, others),
            php_folder=php,
        )
        if loads:
            changed["NODE_OPTIONS"] = required(environ, _NODE)
        return {
            **changed,
            AUTHORITY: str(self._certificate),
            FINGERPRINT: self.authority.fingerprint,
        }

    def upstreams(self) -> dict[str, str]:
        """Who answers at each origin that was opened."""
        return {
            route.name: who_answers(
                self._upstream or route.name, _owner(route.name), self._answers, self._profile
            )
            for route in self.proxy.routes()
        }

    def _java_store(self, environ: Mapping[str, str], others: bytes) -> Path | None:
        if not (environ.get("JAVA_HOME") or shutil.which("java", path=environ.get("PATH"))):
            return None
        path = self._here / "java.p12"
        with warnings.catch_warnings():
            # Old authorities have oddities that the library means to stop reading some day.
            warnings.simplefilter("ignore")
            path.write_bytes(self.authority.java_store(others, JAVA_PASSWORD))
        return path

    def _all_hosts(self) -> tuple[str, ...]:
        known = (host for vendor in vendors.known() for host in vendor.hosts)
        return tuple(dict.fromkeys((*self.hosts, *known)))

    def _route(self, origin: str) -> Route:
        vendor = _owner(origin)
        name = None if vendor is None else vendor.name
        if self._answers is AnsweredBy.SERVER:
            root = "" if self._upstream is None else urlsplit(self._upstream).path.rstrip("/")
            return Route(origin, root, forward=forwarder(self._upstream or origin), vendor=name)
        answers = with_leave(answerer(self._answers, vendor, self._profile))
        return Route(origin, "", answerer=answers, vendor=name)


def _owner(origin: str) -> vendors.Vendor | None:
    return vendors.owner_of(urlsplit(origin).hostname or "")


def _named(host: str) -> str:
    """A host as a pattern; raises ConfigurationError for what is none."""
    if not host or any(each in "/:@?#, " or each.isspace() for each in host):
        raise ConfigurationError(
            f"--open {host}: not the name of a host; give one such as gateway.example.com, *.example.com for "
            "all below, without a scheme and a port"
        )
    return host.lower()
