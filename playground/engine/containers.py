"""Text that travels inside pictures and animations: PNG text chunks, GIF comments, the MP4 comment.

The files may come from anywhere, so they are walked block by block and nothing of them is decoded or executed: no
pixel, no codec, no external program. Each reader is a generator of texts, first one first; a file that ends too early
or whose sizes make no sense simply yields no more.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

#: Longest text that is read out of a file. A recipe has some 2,000 characters.
MAX_TEXT = 1 << 20

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
GIF_SIGNATURES = (b"GIF87a", b"GIF89a")


def kind_of(head: bytes) -> str:
    """ "png", "gif", "mp4" or "" by the first bytes of a file, whatever its name says."""
    if head.startswith(PNG_SIGNATURE):
        return "png"
    if head.startswith(GIF_SIGNATURES):
        return "gif"
    return "mp4" if head[4:8] == b"ftyp" else ""


# ---------------------------------------------------------------- PNG (W3C PNG, section 11.3.3)
def png_texts(file: BinaryIO, keyword: str) -> Iterator[str]:
    """Texts stored under ``keyword`` in tEXt, zTXt and iTXt chunks."""
    file.seek(len(PNG_SIGNATURE))
    while len(header := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        if kind in _PNG_TEXT and length <= MAX_TEXT:
            name, _, rest = file.read(length).partition(b"\0")
            text = _PNG_TEXT[kind](rest) if name == keyword.encode("latin-1") else None
            if text is not None:
                yield text
            file.seek(4, 1)  # the chunk's checksum
        else:
            file.seek(length + 4, 1)


def _text_chunk(rest: bytes) -> str | None:
    return rest.decode("latin-1")


def _ztxt_chunk(rest: bytes) -> str | None:
    data = _inflate(rest[1:])
    return None if data is None else data.decode("latin-1")


def _itxt_chunk(rest: bytes) -> str | None:
    """iTXt after its keyword: compressed?, method, language, translated keyword, UTF-8 text."""
    if len(rest) < 2:
        return None
    _language, _, rest_of_it = rest[2:].partition(b"\0")
    _translated, _, text = rest_of_it.partition(b"\0")
    data = _inflate(text) if rest[0] else text
    return None if data is None else data.decode("utf-8", "replace")


_PNG_TEXT = {b"tEXt": _text_chunk, b"zTXt": _ztxt_chunk, b"iTXt": _itxt_chunk}


def _inflate(data: bytes) -> bytes | None:
    """zlib data, or None if it is damaged or grows beyond MAX_TEXT (a bomb)."""
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, MAX_TEXT)
    except zlib.error:
        return None
    return text if inflater.eof else None


# ---------------------------------------------------------------- GIF (CompuServe GIF89a)
def gif_comments(file: BinaryIO) -> Iterator[str]:
    """Comment extensions."""
    file.seek(6)
    screen = file.read(7)
    if len(screen) < 7:
        return
    file.seek(_colour_table_size(screen[4]), 1)
    while introducer := file.read(1):
        if introducer == b"!":  # an extension; 0xFE is a comment
            label = file.read(1)
            data = _sub_blocks(file, keep=label == b"\xfe")
            if label == b"\xfe":
                yield data.decode("utf-8", "replace")
        elif introducer == b"," and len(image := file.read(9)) == 9:  # a picture: skip its colours and its pixels
            file.seek(_colour_table_size(image[8]) + 1, 1)
            _sub_blocks(file, keep=False)
        else:
            return


def _colour_table_size(flags: int) -> int:
    """Bytes of the colour table that follows, by the flags of a screen or image descriptor."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _sub_blocks(file: BinaryIO, *, keep: bool) -> bytes:
    """Read (or skip) a chain of sub-blocks, each of up to 255 bytes after a length byte; a length of 0 ends it."""
    data = bytearray()
    while (size := file.read(1)) and size[0]:
        if keep and len(data) < MAX_TEXT:
            data += file.read(size[0])
        else:
            file.seek(size[0], 1)
    return bytes(data)


# ---------------------------------------------------------------- MP4 (ISO 14496-12; iTunes-style metadata)
_COMMENT_PATH = (b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data")


def mp4_comments(file: BinaryIO) -> Iterator[str]:
    """The comments at moov/udta/meta/ilst/©cmt/data, where ffmpeg writes them."""
    file.seek(0, 2)
    yield from _descend(file, 0, file.tell(), _COMMENT_PATH)


def _descend(file: BinaryIO, start: int, end: int, path: tuple[bytes, ...]) -> Iterator[str]:
    for kind, inner, after in _atoms(file, start, end):
        if kind != path[0]:
            continue
        if len(path) > 1:
            # "meta" is a full box: 4 bytes of version and flags come before its children.
            yield from _descend(file, inner + 4 * (kind == b"meta"), after, path[1:])
        elif 8 < after - inner <= MAX_TEXT:
            file.seek(inner + 8)  # type and locale
            yield file.read(after - inner - 8).decode("utf-8", "replace")


def _atoms(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start of content, end) of each atom between two offsets. Every atom has at least 8 bytes, so this ends."""
    while end - start >= 8:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        inner = start + 8
        if size == 1:  # a 64-bit size follows
            if end - inner < 8:
                return
            size, inner = struct.unpack(">Q", file.read(8))[0], inner + 8
        elif size == 0:  # up to the end of the file
            size = end - start
        if size < inner - start or start + size > end:
            return
        yield kind, inner, start + size
        start += size
