"""Bytes held in memory. See files.py for how to add a container."""

import io


def raw_bytes(file):
    """The bytes alone."""
    return file.read()


def empty_bytes(file):
    """No bytes at all: a download or a read that gave nothing."""
    return b""


def bytesio(file):
    """``io.BytesIO(data)``, without a name."""
    return io.BytesIO(file.read())


def named_bytesio(file):
    """``io.BytesIO(data)`` with its ``name`` set to the file's name."""
    stream = io.BytesIO(file.read())
    stream.name = file.name
    return stream


class OneWay(io.RawIOBase):
    """A stream that can be read once and not rewound, like a socket or a pipe."""

    def __init__(self, data):
        super().__init__()
        self._source = io.BytesIO(data)

    def readable(self):
        """Yes."""
        return True

    def seekable(self):
        """No: that is the point."""
        return False

    def readinto(self, buffer):
        """Fill ``buffer`` with what comes next."""
        return self._source.readinto(buffer)

    def read(self, size=-1):
        """What comes next."""
        return self._source.read(size)


def one_way(file):
    """A stream that cannot seek: a pipe, a socket, a response being downloaded."""
    return OneWay(file.read())


CONTAINERS = {
    "bytes": raw_bytes,
    "empty-bytes": empty_bytes,
    "bytesio": bytesio,
    "named-bytesio": named_bytesio,
    "one-way": one_way,
}
