"""Media as Python has them: paths, bytes, and file objects."""

from __future__ import annotations

import contextlib
import io
import os
from typing import Any, BinaryIO, Iterator, Union

from ._errors import InvalidArgument, NotFound, TooLarge, Unreadable

Medium = Union[str, "os.PathLike[str]", "os.PathLike[bytes]", bytes, bytearray, memoryview, BinaryIO]

_CHUNK = 1 << 20


def is_path(medium: object) -> bool:
    return isinstance(medium, (str, os.PathLike))


def path_bytes(path: Any) -> bytes:
    """The bytes of a path, which holds no NUL."""
    made = os.fsencode(path)
    if b"\0" in made:
        raise InvalidArgument("a path cannot hold a NUL byte")
    return made


@contextlib.contextmanager
def opened(medium: Medium, max_bytes: int) -> Iterator[tuple[bytes, int]]:
    """A path and -1, or an empty path and a descriptor of a file that holds the bytes."""
    if is_path(medium):
        yield path_bytes(medium), -1
        return
    descriptor = os.memfd_create("refrain", os.MFD_CLOEXEC)
    try:
        _fill(descriptor, medium, max_bytes)
        yield b"", descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def readable(medium: Medium, max_bytes: int) -> Iterator[int]:
    """A descriptor that is read from where it stands: of a file or pipe by its path, or of the bytes."""
    with opened(medium, max_bytes) as (path, descriptor):
        if descriptor >= 0:
            os.lseek(descriptor, 0, os.SEEK_SET)
            yield descriptor
            return
        try:
            named = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY)
        except OSError as problem:
            kind = NotFound if isinstance(problem, FileNotFoundError) else Unreadable
            raise kind(f"{os.fsdecode(path)}: {problem.strerror}") from None
        try:
            yield named
        finally:
            os.close(named)


def _fill(descriptor: int, medium: Any, max_bytes: int) -> None:
    if isinstance(medium, (bytes, bytearray, memoryview)):
        view = memoryview(medium)
        _write(descriptor, (view if view.c_contiguous else memoryview(view.tobytes())).cast("B"), max_bytes)
        return
    if isinstance(medium, io.TextIOBase):
        raise TypeError("a medium is bytes: open the file with mode 'rb'")
    if not callable(getattr(medium, "read", None)):
        raise TypeError(f"a medium is a path, bytes or a file object, not {type(medium).__name__}")
    left = max_bytes
    while chunk := medium.read(_CHUNK):
        if not isinstance(chunk, (bytes, bytearray, memoryview)):
            raise TypeError("a medium is bytes: the file object reads text")
        left -= _write(descriptor, memoryview(chunk), left)


def _write(descriptor: int, view: memoryview, max_bytes: int) -> int:
    size = len(view)
    if size > max_bytes:
        raise TooLarge("the medium has more bytes than the limit max_bytes")
    while view:
        view = view[os.write(descriptor, view[:_CHUNK]) :]
    return size
