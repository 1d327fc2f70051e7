"""Media as Python has them: paths, bytes, and file objects."""

from __future__ import annotations

import contextlib
import errno
import io
import os
from typing import Any, BinaryIO, Iterator, Union

from ._errors import DiskFull, Error, InvalidArgument, NotFound, TooLarge, Unreadable

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


@contextlib.contextmanager
def writable(out: Any) -> Iterator[int]:
    """A descriptor whose bytes become the file of that name, or go to the file object, if nothing fails."""
    if is_path(out):
        path = path_bytes(out)
        is_special = os.path.exists(path) and not os.path.isfile(path)
        with _special(path) if is_special else _replacement(path) as descriptor:
            yield descriptor
        return
    if isinstance(out, io.TextIOBase) or not callable(getattr(out, "write", None)):
        raise TypeError("an export goes to a path or to a file object of bytes, opened with mode 'wb'")
    import shutil
    import tempfile

    with tempfile.TemporaryFile(prefix="refrain-") as spool:
        yield spool.fileno()
        spool.seek(0)
        shutil.copyfileobj(spool, out, _CHUNK)


@contextlib.contextmanager
def _special(path: bytes) -> Iterator[int]:
    """A device or a pipe is written to as it is."""
    with _writing(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _replacement(path: bytes) -> Iterator[int]:
    """A file beside that of the name, which takes its place in one step."""
    part = path + f".{os.getpid()}.{os.urandom(4).hex()}.part".encode()
    with _writing(path):
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            yield descriptor
            os.fsync(descriptor)
            os.rename(part, path)
        except BaseException:
            os.unlink(part)
            raise
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _writing(path: bytes) -> Iterator[None]:
    """Names the path in what the system refuses."""
    try:
        yield
    except Error:
        raise
    except OSError as problem:
        kind = DiskFull if problem.errno in (errno.ENOSPC, errno.EDQUOT) else Unreadable
        raise kind(f"{os.fsdecode(path)}: {problem.strerror}") from None


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
