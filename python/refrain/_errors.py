"""The exceptions of refrain: one class for each code of the library."""

from __future__ import annotations


class Error(Exception):
    """Something failed. Programs decide by the class or by `code`; people read the message."""

    code: str = "internal"

    @property
    def message(self) -> str:
        """One line of English."""
        return str(self.args[0]) if self.args else ""

    def __str__(self) -> str:
        return self.message


class NotFound(Error, FileNotFoundError):
    """No such file."""


class Unreadable(Error, OSError):
    """The file exists, but cannot be read."""


class Empty(Error, ValueError):
    """Zero bytes."""


class UnsupportedFormat(Error, ValueError):
    """Not a media format that this build decodes."""


class NoVisualStream(Error, ValueError):
    """A media file with sound or data only."""


class Corrupt(Error, ValueError):
    """A media file of which not one picture could be decoded."""


class TooLarge(Error, ValueError):
    """Over a limit of bytes, pixels, side length, duration or memory."""


class TooManyFrames(Error, ValueError):
    """Over the limit of frames."""


class Timeout(Error, TimeoutError):
    """Over the limit of wall-clock time."""


class DecoderCrashed(Error, RuntimeError):
    """The isolated decoder ended without an answer."""


class Internal(Error, RuntimeError):
    """A fault of refrain or of a library that it uses."""


class InvalidArgument(Error, ValueError):
    """The caller broke the contract of the function."""


class Cancelled(Error):
    """Stopped on request."""


class SandboxMissing(Error, RuntimeError):
    """Less than the whole sandbox is in force, and all of it was demanded."""


class CorpusNotFound(Error, FileNotFoundError):
    """There is no corpus in that folder."""


class CorpusDamaged(Error):
    """The store or a record in it fails its checks."""


class CorpusTooNew(Error):
    """Written by a newer refrain."""


class CorpusReadOnly(Error, PermissionError):
    """The corpus cannot be written to."""


class CorpusBusy(Error, TimeoutError):
    """Another process held the corpus for longer than the waiting time."""


class DiskFull(Error, OSError):
    """No space left; nothing of the failed batch was kept."""


class IdTaken(Error, ValueError):
    """The wished id belongs to another item."""


class UnknownId(Error, KeyError):
    """No item has that id."""


class CorpusExists(Error, FileExistsError):
    """There is a corpus where one is to be made."""


class UnknownBank(Error, KeyError):
    """No item was ever added to a bank of that name."""


class Closed(Error, ValueError):
    """The corpus was used after `close`."""


class Forked(Error, RuntimeError):
    """An object was used in a forked copy of the process that made it."""


def _code_of(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")


CLASSES: dict[str, type[Error]] = {_code_of(made.__name__): made for made in Error.__subclasses__()}
for _code, _made in CLASSES.items():
    _made.code = _code


def make_error(code: str, message: bytes) -> Error:
    """The exception for a failure of the library."""
    made = CLASSES.get(code, Error)(message.decode("utf-8", "surrogateescape"))
    if code not in CLASSES:
        made.code = code
    return made
