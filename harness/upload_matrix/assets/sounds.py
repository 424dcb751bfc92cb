"""The sounds that are uploaded: half a second each, written here bit by bit, with no encoder.

WAV, FLAC and MP3 hold a tone; AAC (in MP4) and Opus (in Ogg and WebM) hold the frame that stands for silence,
as a tone would take an encoder. The second of a pair has another pitch, or is longer.

Sources: RFC 9639 (FLAC), ISO/IEC 11172-3 (Layer III), ISO/IEC 14496-12 and -14 (MP4), RFC 6716 and 7845
(Opus, and Opus in Ogg), RFC 3533 (Ogg), RFC 8794 and 9559 (EBML, Matroska).
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Sequence

from upload_matrix.assets.recipes import Makers, ShippedFile

_RATE = 16_000
"""Samples a second of the uncompressed sounds, as speech models take them."""


def _tone(second: bool) -> list[int]:
    """Half a second of a sine of 440 Hz (660 Hz), 16 bits."""
    pitch = 660 if second else 440
    return [round(8000 * math.sin(2 * math.pi * pitch * place / _RATE)) for place in range(_RATE // 2)]


def wav(second: bool) -> bytes:
    """PCM, one channel, 16 bits."""
    samples = _tone(second)
    data = struct.pack(f"<{len(samples)}h", *samples)
    shape = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _RATE, _RATE * 2, 2, 16)
    body = b"WAVE" + shape + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _crc(data: bytes, polynomial: int, width: int) -> int:
    """A cyclic redundancy check that begins with zero, highest bit first."""
    top, mask, check = 1 << (width - 1), (1 << width) - 1, 0
    for byte in data:
        check ^= byte << (width - 8)
        for _ in range(8):
            check = (check << 1 ^ polynomial if check & top else check << 1) & mask
    return check


def flac(second: bool) -> bytes:
    """Frames of 4,000 samples as they are ("verbatim"), one channel, 16 bits."""
    samples, block = _tone(second), 4000
    told = _RATE << 44 | 15 << 36 | len(samples)
    pcm = hashlib.md5(struct.pack(f"<{len(samples)}h", *samples), usedforsecurity=False).digest()
    sizes = struct.pack(">HH", block, block) + bytes(6)
    frames = b""
    for number, start in enumerate(range(0, len(samples), block)):
        head = b"\xff\xf8\x75\x08" + bytes([number]) + struct.pack(">H", block - 1)
        part = samples[start : start + block]
        frame = head + bytes([_crc(head, 0x07, 8), 2]) + struct.pack(f">{block}h", *part)
        frames += frame + struct.pack(">H", _crc(frame, 0x8005, 16))
    return b"fLaC\x80\x00\x00\x22" + sizes + told.to_bytes(8, "big") + pcm + frames


def _bits(*fields: tuple[int, int]) -> str:
    """Numbers, each with its width, as binary digits."""
    return "".join(f"{value:0{width}b}" for value, width in fields)


def mp3(second: bool) -> bytes:
    """Frames of MPEG-1 Layer III, 64 kbit/s, 44.1 kHz, in each of which one line of the spectrum sounds."""
    # Groups of four lines, of which the last line of the last group is 1: about 440 Hz (600 Hz).
    groups = 4 if second else 3
    spectrum = "1111" * (groups - 1) + "1110" + "0"
    granule = _bits((len(spectrum), 12), (0, 9), (198, 8), (0, 4), (0, 1), (0, 22), (0, 2), (1, 1))
    told = _bits((0, 18)) + granule * 2 + spectrum * 2
    body = int(told.ljust(-(-len(told) // 8) * 8, "0"), 2).to_bytes(-(-len(told) // 8), "big")
    return (b"\xff\xfb\x50\xc4" + body).ljust(208, b"\0") * 20


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", len(body) + 8) + kind + body


def _described(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes([tag, len(body)]) + body


_UNIT_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_AAC_SILENCE = bytes.fromhex("00c800802380")
"""One frame of AAC LC with one channel and nothing in it."""


def m4a(second: bool) -> bytes:
    """Silent frames of AAC LC in an MP4, one channel, 44.1 kHz."""
    rate, frames, each = 44_100, 44 if second else 22, 1024
    length = frames * each
    config = _described(4, bytes([0x40, 0x15]), bytes(11), _described(5, bytes([0x12, 0x08])))
    esds = _box(b"esds", bytes(4), _described(3, bytes(3), config, _described(6, b"\2")))
    entry = _box(b"mp4a", struct.pack(">6xH8xHH4xI", 1, 1, 16, rate << 16), esds)
    head = _box(b"ftyp", b"M4A ", bytes(4), b"M4A isom")

    def film(place: int) -> bytes:
        table = _box(
            b"stbl",
            _box(b"stsd", struct.pack(">II", 0, 1), entry),
            _box(b"stts", struct.pack(">IIII", 0, 1, frames, each)),
            _box(b"stsc", struct.pack(">IIIII", 0, 1, 1, frames, 1)),
            _box(b"stsz", struct.pack(">III", 0, len(_AAC_SILENCE), frames)),
            _box(b"stco", struct.pack(">III", 0, 1, place)),
        )
        source = _box(b"dinf", _box(b"dref", struct.pack(">II", 0, 1), _box(b"url ", struct.pack(">I", 1))))
        media = _box(
            b"mdia",
            _box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, rate, length, 0x55C4, 0)),
            _box(b"hdlr", bytes(8), b"soun", bytes(12), b"\0"),
            _box(b"minf", _box(b"smhd", bytes(8)), source, table),
        )
        track = _box(
            b"tkhd",
            struct.pack(">IIIIII8xHHHH", 7, 0, 0, 1, 0, length, 0, 0, 0x100, 0),
            _UNIT_MATRIX,
            bytes(8),
        )
        whole = struct.pack(">IIIIIIH10x", 0, 0, 0, rate, length, 0x10000, 0x100) + _UNIT_MATRIX
        return _box(
            b"moov", _box(b"mvhd", whole, bytes(24), struct.pack(">I", 2)), _box(b"trak", track, media)
        )

    place = len(head) + len(film(0)) + 8
    return head + film(place) + _box(b"mdat", _AAC_SILENCE * frames)


_OPUS_SILENCE = b"\xf8\xff\xfe"
"""20 ms of one channel with nothing in it."""
_OPUS_RATE, _OPUS_EACH, _PRE_SKIP = 48_000, 960, 312
_OPUS_HEAD = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, _PRE_SKIP, _OPUS_RATE, 0, 0)
_WRITER = b"upload-matrix"


def _page(flags: int, granule: int, number: int, packets: Sequence[bytes]) -> bytes:
    head = b"OggS" + struct.pack("<BBqII", 0, flags, granule, 1, number)
    body = bytes([len(packets), *map(len, packets)]) + b"".join(packets)
    check = _crc(head + bytes(4) + body, 0x04C11DB7, 32)
    return head + struct.pack("<I", check) + body


def ogg(second: bool) -> bytes:
    """Silent packets of Opus in Ogg."""
    packets = 50 if second else 25
    tags = b"OpusTags" + struct.pack("<I", len(_WRITER)) + _WRITER + bytes(4)
    pages = _page(2, 0, 0, [_OPUS_HEAD]) + _page(0, 0, 1, [tags])
    return pages + _page(4, packets * _OPUS_EACH, 2, [_OPUS_SILENCE] * packets)


def _element(name: str, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return bytes.fromhex(name) + (len(body) | 1 << 28).to_bytes(4, "big") + body


def _number(name: str, value: int) -> bytes:
    return _element(name, value.to_bytes(max(1, -(-value.bit_length() // 8)), "big"))


def webm(second: bool) -> bytes:
    """Silent packets of Opus in WebM: sound alone, no video."""
    packets = 50 if second else 25
    kind = (_number("4286", 1), _number("42f7", 1), _number("42f2", 4), _number("42f3", 8))
    head = _element("1a45dfa3", *kind, _element("4282", b"webm"), _number("4287", 4), _number("4285", 2))
    info = _element(
        "1549a966",
        _number("2ad7b1", 1_000_000),
        _element("4489", struct.pack(">d", packets * 20.0)),
        _element("4d80", _WRITER),
        _element("5741", _WRITER),
    )
    track = _element(
        "ae",
        *(_number("d7", 1), _number("73c5", 1), _number("83", 2), _element("86", b"A_OPUS")),
        _element("63a2", _OPUS_HEAD),
        *(_number("56aa", 6_500_000), _number("56bb", 80_000_000)),
        _element("e1", _element("b5", struct.pack(">d", _OPUS_RATE)), _number("9f", 1)),
    )
    blocks = (
        _element("a3", b"\x81", struct.pack(">hB", place * 20, 0x80), _OPUS_SILENCE)
        for place in range(packets)
    )
    cluster = _element("1f43b675", _number("e7", 0), *blocks)
    return head + _element("18538067", info, _element("1654ae6b", track), cluster)


MAKERS: Makers = {
    "wav": wav,
    "mp3": mp3,
    "m4a": m4a,
    "ogg": ogg,
    "webm": webm,
    "flac": flac,
}

SOUNDS: dict[str, ShippedFile] = {
    "wav": ShippedFile("wav", "wav", "memo.wav", "a WAV with half a second of a tone"),
    "mp3": ShippedFile("mp3", "mp3", "memo.mp3", "an MP3 with half a second of a tone"),
    "m4a": ShippedFile("m4a", "m4a", "memo.m4a", "an M4A (AAC) with half a second of silence"),
    "ogg": ShippedFile("ogg", "ogg", "memo.ogg", "Ogg Opus with half a second of silence"),
    "webm": ShippedFile("webm", "webm", "memo.webm", "WebM with half a second of silence in Opus, no video"),
    "flac": ShippedFile("flac", "flac", "memo.flac", "a FLAC with half a second of a tone"),
}
