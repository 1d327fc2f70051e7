"""refrain as a signal type of python-threatexchange: `from refrain.threatexchange import RefrainSignal`.

A signal is a fingerprint record in base 64: it holds the frames and local features of a photo or a
video, so that crops, captions and excerpts are found as well. Needs the package `threatexchange`,
which nothing else of refrain imports.
"""

from __future__ import annotations

import base64
import binascii
import pathlib
import shutil
import tempfile
import weakref
from typing import Any, Iterable, Optional

try:
    from threatexchange.content_type.photo import PhotoContent  # type: ignore[import]
    from threatexchange.content_type.video import VideoContent  # type: ignore[import]
    from threatexchange.signal_type import index, signal_base  # type: ignore[import]
except ImportError as _missing:
    raise ImportError("refrain.threatexchange needs python-threatexchange: pip install threatexchange") from _missing

import refrain

__all__ = ["RefrainIndex", "RefrainSignal", "ScoreInfo"]

_MIN_SCORE = 6.0


def _text(made: refrain.Fingerprint) -> str:
    return base64.b64encode(made.to_bytes()).decode("ascii")


def _fingerprint(signal_str: str) -> refrain.Fingerprint:
    try:
        return refrain.Fingerprint.from_bytes(base64.b64decode(signal_str, validate=True))
    except (binascii.Error, refrain.Error) as problem:
        raise ValueError(f"no signal of refrain: {problem}") from problem


class ScoreInfo(index.SignalSimilarityInfo):  # type: ignore[misc]
    """How sure a match is: -log10 of the expected false alarms; larger is surer. 0: nothing in common."""

    def __init__(self, score: float) -> None:
        self.score = score

    def pretty_str(self) -> str:
        return f"score={self.score:.1f}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ScoreInfo) and self.score == other.score

    def __hash__(self) -> int:
        return hash(self.score)

    def __lt__(self, other: ScoreInfo) -> bool:
        """As distances order: the surer match comes first."""
        return self.score > other.score


class RefrainSignal(signal_base.SignalType, signal_base.BytesHasher):  # type: ignore[misc]
    """Fingerprints of photos and videos, compared by refrain's own matching."""

    @classmethod
    def get_name(cls) -> str:
        return "refrain"

    @classmethod
    def get_content_types(cls) -> list[Any]:
        return [PhotoContent, VideoContent]

    @classmethod
    def get_index_cls(cls) -> type[RefrainIndex]:
        return RefrainIndex

    @classmethod
    def hash_from_file(cls, file: pathlib.Path) -> str:
        """The signal of a file. Raises `refrain.Error` where it cannot be examined."""
        return _text(refrain.fingerprint(file))

    @classmethod
    def hash_from_bytes(cls, bytes_: bytes) -> str:
        return _text(refrain.fingerprint(bytes_))

    @classmethod
    def validate_signal_str(cls, signal_str: str) -> str:
        """The same signal without white space around it. Raises ValueError where it is none."""
        signal = signal_str.strip()
        _fingerprint(signal)
        return signal

    @classmethod
    def compare_hash(cls, hash1: str, hash2: str, min_score: float = _MIN_SCORE) -> Any:
        """Looks `hash2` up as if `hash1` were all that is known."""
        found = refrain.compare(_fingerprint(hash2), _fingerprint(hash1), min_score=min_score)
        score = max((match.score for match in found), default=0.0)
        return signal_base.SignalComparisonResult(score >= min_score, ScoreInfo(score))

    @staticmethod
    def get_examples() -> list[str]:
        return []


class RefrainIndex(index.SignalTypeIndex):  # type: ignore[misc]
    """Signals in a corpus of refrain, in a temporary folder that goes with the index."""

    def __init__(self, entries: Iterable[tuple[str, Any]] = ()) -> None:
        self._open()
        self.add_all(entries)

    def _open(self) -> None:
        self._signals: list[tuple[str, Any]] = []
        self._entries: dict[str, list[Any]] = {}
        folder = tempfile.mkdtemp(prefix="refrain-index-")
        self._corpus = refrain.Corpus(folder, mode="create")
        self._end = weakref.finalize(self, _end, self._corpus, folder)

    def add(self, signal_str: str, entry: Any) -> None:
        """Adds a signal. The same one may come with several entries; all are found."""
        added = self._corpus.add(_fingerprint(signal_str))
        self._signals.append((signal_str, entry))
        self._entries.setdefault(str(added.id), []).append(entry)

    def add_all(self, entries: Iterable[tuple[str, Any]]) -> None:
        for signal_str, entry in entries:
            self.add(signal_str, entry)

    @classmethod
    def build(cls, entries: Iterable[tuple[str, Any]]) -> RefrainIndex:
        return cls(entries)

    def query(self, hash: str, min_score: Optional[float] = None) -> list[Any]:
        """The matches of a signal, the surest first."""
        least = _MIN_SCORE if min_score is None else min_score
        found = self._corpus.find(_fingerprint(hash), min_score=least, max_matches=100)
        return [
            index.IndexMatch(ScoreInfo(match.score), entry)
            for match in found
            for entry in self._entries.get(match.id, [])
        ]

    def __len__(self) -> int:
        return len(self._signals)

    def __getstate__(self) -> list[tuple[str, Any]]:
        return self._signals

    def __setstate__(self, signals: list[tuple[str, Any]]) -> None:
        self._open()
        self.add_all(signals)


def _end(corpus: refrain.Corpus, folder: str) -> None:
    corpus.close()
    shutil.rmtree(folder, ignore_errors=True)
