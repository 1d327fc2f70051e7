"""refrain: near-duplicate fingerprints of images and videos, and what they are known from.

The package binds the C++ library and adds no matching of its own. docs/python.md is the tour.
"""

from __future__ import annotations

import json as _json
import math
import os
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

from . import _refrain, _results, _source
from ._errors import *  # noqa: F401,F403
from ._errors import CLASSES, Error, InvalidArgument
from ._results import (
    Added,
    Bank,
    Change,
    Details,
    Duplicates,
    Edited,
    Exported,
    Found,
    Imported,
    Item,
    Match,
    Media,
    Refusal,
    Result,
    Stats,
    Verified,
)
from ._source import Medium

if TYPE_CHECKING:
    import numpy
    import numpy.typing

__version__ = _refrain.version()

_Folder = Union[str, "os.PathLike[str]", "os.PathLike[bytes]"]
_PURPOSES = ("both", "known", "query", "exchange")
_EFFORTS = ("fast", "normal", "thorough")


class Limits:
    """What one medium may cost: bytes, pixels, frames, seconds. A medium over a limit raises. Cannot be changed."""

    # Not a dataclass, whose module takes a third of the time of `import refrain`.
    max_bytes: int
    max_pixels: int
    max_side: int
    max_frames: int
    max_duration: float
    max_memory_bytes: int
    max_wall_time: float

    def __init__(
        self,
        *,
        max_bytes: int = 8 << 30,
        max_pixels: int = 150_000_000,
        max_side: int = 65_535,
        max_frames: int = 2_000_000,
        max_duration: float = 6 * 3600.0,
        max_memory_bytes: int = 2 << 30,
        max_wall_time: float = 4 * 3600.0,
    ) -> None:
        values: dict[str, float] = {"max_bytes": max_bytes, "max_pixels": max_pixels, "max_side": max_side}
        values |= {"max_frames": max_frames, "max_duration": max_duration}
        values |= {"max_memory_bytes": max_memory_bytes, "max_wall_time": max_wall_time}
        for name, value in values.items():
            most = 2**32 - 1 if name == "max_side" else 2**53
            if not 0 <= value <= most:
                raise InvalidArgument(f"{name} must be from 0 to {most}")
            object.__setattr__(self, name, value)

    def _to_dict(self) -> dict[str, float]:
        return dict(vars(self))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("limits cannot be changed; make others")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Limits) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))

    def __repr__(self) -> str:
        return f"Limits({', '.join(f'{name}={value}' for name, value in vars(self).items())})"

    def __reduce__(self) -> Any:
        return _limits_of, (vars(self),)


def _limits_of(values: dict[str, Any]) -> Limits:
    return Limits(**values)


class Pdq(NamedTuple):
    """A PDQ code and its quality, 0 to 100."""

    hash: Union[bytes, str]
    quality: int


class VpdqFrame(NamedTuple):
    """A frame of a video, for exchange with other tools. `timestamp` is in seconds."""

    frame: int
    quality: int
    hash: bytes
    timestamp: float


def _one_of(name: str, word: str, words: tuple[str, ...]) -> str:
    if word not in words:
        raise InvalidArgument(f"{name} must be one of {', '.join(words)}, not {word!r}")
    return word


class Fingerprint:
    """Everything that refrain remembers of a medium. Made by `fingerprint`; can be pickled."""

    def __init__(self, made: _refrain.Fingerprint, input: bytes = b"", purpose: str = "both") -> None:
        self._made = made
        self._input = input
        self._purpose = purpose

    @property
    def media(self) -> Media:
        return Media(self.to_dict()["media"])

    @property
    def codes(self) -> numpy.typing.NDArray[numpy.uint8]:
        """Of the hashed frames: N x 32 bytes, the highest bit first."""
        return self._made.codes()

    @property
    def times(self) -> numpy.typing.NDArray[numpy.float64]:
        """Of the hashed frames: N presentation times in seconds."""
        return self._made.times()

    @property
    def qualities(self) -> numpy.typing.NDArray[numpy.uint8]:
        """Of the hashed frames: N qualities, 0 to 100."""
        return self._made.qualities()

    @property
    def points(self) -> numpy.typing.NDArray[numpy.void]:
        """Local features: a structured array with a row a point and these fields.

        `time` of the frame in seconds; `x`, `y` in fractions of its width and height; `size` of what
        is described, 1 for the finest; `angle` clockwise from the x axis in radians; `code`, 32 bytes.
        """
        return self._made.points()

    @property
    def is_partial(self) -> bool:
        """Something of the medium could not be decoded."""
        return self._made.is_partial()

    def to_dict(self) -> dict[str, Any]:
        """The object that `refrain hash --json` prints."""
        made: dict[str, Any] = _json.loads(self._made.json(self._input))
        return made

    def to_bytes(self) -> bytes:
        """The record of docs/fingerprint-format.md."""
        return self._made.record()

    @classmethod
    def from_bytes(cls, record: bytes) -> Fingerprint:
        """The inverse of `to_bytes`. The record may come from anywhere."""
        return cls(_refrain.Fingerprint.from_record(bytes(record)))

    def __reduce__(self) -> Any:
        return _from_pickle, (self.to_bytes(), self._input, self._purpose)


def _from_pickle(record: bytes, input: bytes, purpose: str) -> Fingerprint:
    return Fingerprint(_refrain.Fingerprint.from_record(record), input, purpose)


def fingerprint(
    medium: Medium,
    *,
    effort: str = "normal",
    limits: Limits = Limits(),
    purpose: str = "both",
    interval: float = 1.0,
    sandbox: bool = True,
    threads: int = 1,
    exact: bool = False,
    _stop: Optional[_refrain.StopSource] = None,
) -> Fingerprint:
    """Fingerprints a path, bytes, a memoryview or a binary file object.

    `purpose`: `both` can be made known and looked up; `known` has no turned views; `query` looks at
    fewer frames, as `effort` says; `exchange` is exact PDQ of a frame every `interval` seconds.
    `exact` adds PDQ as published to a query, which is what hash lists are compared with.
    Media are decoded in a sandboxed worker process unless `sandbox` is False.
    """
    _one_of("purpose", purpose, _PURPOSES)
    _one_of("effort", effort, _EFFORTS)
    if not (math.isfinite(interval) and 0 < interval < 1e9):
        raise InvalidArgument("interval must be a number of seconds above 0")
    stop = _stop or _refrain.StopSource()
    with _source.opened(medium, limits.max_bytes) as (path, descriptor):
        more = (effort, interval, sandbox, exact, threads)
        return _fingerprint(path, descriptor, purpose, limits, stop, *more)


def _fingerprint(
    path: bytes,
    descriptor: int,
    purpose: str,
    limits: Limits,
    stop: _refrain.StopSource,
    effort: str = "normal",
    interval: float = 1.0,
    sandbox: bool = True,
    exact: bool = False,
    threads: int = 1,
) -> Fingerprint:
    """The same of a medium that is open."""
    how = (purpose, effort, interval, sandbox, exact, threads)
    made = _refrain.fingerprint(path, descriptor, *how, limits._to_dict(), stop)
    return Fingerprint(made, path, purpose)


def pdq(image: Any, *, hex: bool = False, limits: Limits = Limits(), sandbox: bool = True) -> Pdq:
    """PDQ, bit for bit as published, and its quality.

    Of a path, the bytes of an image file, a NumPy array (H x W or H x W x 3, uint8, any strides), or
    a PIL picture.
    """
    is_file = isinstance(image, (bytes, bytearray)) or (isinstance(image, memoryview) and image.ndim == 1)
    if _source.is_path(image) or is_file or hasattr(image, "read"):
        made = fingerprint(image, purpose="exchange", limits=limits, sandbox=sandbox)
        frames = made.to_dict()["frames"]
        if not frames:
            raise CLASSES["corrupt"]("no frame could be hashed")
        code, quality = bytes.fromhex(frames[0]["hash"]), int(frames[0]["quality"])
    else:
        if hasattr(image, "convert") and hasattr(image, "getbands"):
            import numpy as np

            image = np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"))
        code, quality = _refrain.pdq_pixels(image, int(limits.max_pixels))
    return Pdq(code.hex() if hex else code, quality)


def vpdq(medium: Medium, interval: float = 1.0, *, limits: Limits = Limits(), sandbox: bool = True) -> list[VpdqFrame]:
    """Exact PDQ of a frame every `interval` seconds, as `refrain hash --format vpdq` prints it, of the main part."""
    made = fingerprint(medium, purpose="exchange", interval=interval, limits=limits, sandbox=sandbox)
    frames = made.to_dict()["frames"]
    return [
        VpdqFrame(number, frame["quality"], bytes.fromhex(frame["hash"]), frame["time_ms"] / 1000)
        for number, frame in enumerate(frames)
    ]


def _code_number(code: Any) -> int:
    raw = bytes.fromhex(code) if isinstance(code, str) else bytes(code)
    if len(raw) != 32:
        raise InvalidArgument(f"a code has 32 bytes or 64 hex digits, not {len(raw)} bytes")
    return int.from_bytes(raw, "big")


def hamming(a: Any, b: Any) -> int:
    """The number of bits in which two codes differ, 0 to 256. Each is 32 bytes or 64 hex digits."""
    return (_code_number(a) ^ _code_number(b)).bit_count()


def _find_options(
    effort: str,
    min_score: Optional[float],
    max_matches: int,
    similar: bool,
    explain: Optional[_Folder],
    reveal: bool,
    limits: Limits,
) -> dict[str, Any]:
    """Options of a look-up as the extension takes them."""
    _one_of("effort", effort, _EFFORTS)
    made: dict[str, Any] = {"effort": effort, "min_score": min_score, "max_matches": max_matches, "similar": similar}
    if explain is not None:
        folder = _source.path_bytes(explain)
        if not folder:
            raise InvalidArgument("explain is the name of a folder")
        made |= {"explain": folder, "reveal": reveal, "limits": limits._to_dict(), "explains": True}
    elif reveal:
        raise InvalidArgument("reveal goes with explain")
    return made


def compare(
    query: Union[Medium, Fingerprint],
    known: Union[Medium, Fingerprint],
    *,
    effort: str = "normal",
    min_score: Optional[float] = None,
    max_matches: int = 10,
    similar: bool = False,
    explain: Optional[_Folder] = None,
    reveal: bool = False,
    limits: Limits = Limits(),
) -> Found:
    """The answer that `Corpus.find` would give for `query` in a corpus that holds only `known`."""
    how = _find_options(effort, min_score, max_matches, similar, explain, reveal, limits)
    asked = (
        query
        if isinstance(query, Fingerprint)
        else fingerprint(query, purpose="query", effort=effort, limits=limits)
    )
    against = known if isinstance(known, Fingerprint) else fingerprint(known, purpose="known", limits=limits)
    name = os.path.basename(against._input)
    return Found._of(_refrain.compare(asked._made, against._made, name, asked._input, how))


def inspect(
    medium: Medium,
    *,
    format: str = "auto",
    word_reversed: bool = False,
    limits: Limits = Limits(),
) -> Imported:
    """What `Corpus.import_` would read of a hash list, a feed or a bundle; counts, and touches no corpus."""
    with _source.readable(medium, limits.max_bytes) as descriptor:
        how = {"format": format, "word_reversed": word_reversed}
        return Imported._of(_refrain.inspect_list(descriptor, how))


from ._corpus import Corpus as Corpus  # noqa: E402  (needs what is above)
