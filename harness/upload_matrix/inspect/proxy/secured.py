"""TLS over a socket that stays its owner's: what ends the socket from elsewhere ends this too."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress

from upload_matrix.tap.http import ByteStream

_READ = 64 * 1024
_PARTING_SECONDS = 1.0
"""How long somebody who reads no more is waited for with the last word."""


class SecuredStream:
    """A connection whose bytes are enciphered on ``below``; one thread may read while another writes.

    ``read`` are bytes that came on ``below`` already. ``host`` is the server's name on the client's side,
    None on the server's. Call ``handshake`` first.
    """

    def __init__(
        self, below: ByteStream, context: ssl.SSLContext, *, read: bytes = b"", host: str | None = None
    ) -> None:
        self.below = below
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._in.write(read)
        self._tls = context.wrap_bio(self._in, self._out, server_side=host is None, server_hostname=host)
        self._ahead = b""
        # OpenSSL's object is one thread's at a time; what it gives out goes out in its order.
        self._state, self._order = threading.Lock(), threading.Lock()
        self._parted = False

    def handshake(self) -> None:
        """Agree on keys. Raises ssl.SSLError, and EOFError when the other side went away without a word."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                if not self._fill():
                    raise EOFError("the connection was closed during the handshake") from None
            except ssl.SSLError:
                # The alert that tells why.
                with suppress(OSError):
                    self._flush()
                raise
            else:
                self._flush()
                return

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """As a socket's; a connection that was cut off is at its end, too."""
        if not self._ahead:
            self._ahead = self._read(bufsize)
        if flags & socket.MSG_WAITALL:
            pieces, size = [self._ahead], len(self._ahead)
            while size < bufsize and pieces[-1]:
                pieces.append(self._read(bufsize - size))
                size += len(pieces[-1])
            self._ahead = b"".join(pieces)
        data = self._ahead[:bufsize]
        if not flags & socket.MSG_PEEK:
            self._ahead = self._ahead[bufsize:]
        return data

    def sendall(self, data: bytes) -> None:
        """As a socket's."""
        view = memoryview(data)
        for start in range(0, len(view), _READ):
            with self._order:
                with self._state:
                    self._tls.write(view[start : start + _READ])
                    sealed = self._out.read()
                self.below.sendall(sealed)

    def settimeout(self, seconds: float | None) -> None:
        """As a socket's."""
        self.below.settimeout(seconds)

    def shutdown(self, how: int) -> None:
        """Say that no more comes from here."""
        self._part()
        self.below.shutdown(how)

    def close(self) -> None:
        """Say so, and let go of the connection."""
        with suppress(OSError):
            self.below.settimeout(_PARTING_SECONDS)
            self._part()
        self.below.close()

    def _part(self) -> None:
        if self._parted:
            return
        self._parted = True
        with self._state, suppress(ssl.SSLError):
            # It waits for the other side's last word, which nobody needs.
            self._tls.unwrap()
        self._flush()

    def _read(self, most: int) -> bytes:
        while True:
            with self._state:
                try:
                    return self._tls.read(most)
                except ssl.SSLWantReadError:
                    pass
                except ssl.SSLError:
                    return b""
            self._flush()
            if not self._fill():
                with self._state:
                    self._in.write_eof()

    def _fill(self) -> bool:
        data = self.below.recv(_READ)
        with self._state:
            self._in.write(data)
        return bool(data)

    def _flush(self) -> None:
        if self._out.pending:
            with self._order:
                with self._state:
                    sealed = self._out.read()
                self.below.sendall(sealed)
