"""A folder of known media."""

from __future__ import annotations

import concurrent.futures
import collections
import json
import logging
import os
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional, Union

import refrain

from . import _refrain, _source
from ._errors import Error, InvalidArgument, UnknownId
from ._results import Added, Found, Item, Stats, Verified

Known = Union["_source.Medium", "refrain.Fingerprint"]
Progress = Callable[[int, Optional[int]], object]

_LOG = logging.getLogger("refrain")
_PAGE = 1000
_WAITING_PER_THREAD = 16
_MODES = ("read", "write", "create")


class Corpus:
    """A folder of known media, open. Safe to share between threads; not between forked processes.

    `mode`: `read`, `write` (it must be there) or `create`. Use it with `with`, or call `close`.
    """

    def __init__(
        self, folder: Any, mode: str = "read", *, threads: int = 1, busy_wait: float = 10.0
    ) -> None:
        refrain._one_of("mode", mode, _MODES)
        if not 0 <= busy_wait <= 1e6:
            raise InvalidArgument("busy_wait must be a number of seconds")
        self._corpus = _refrain.Corpus(_source.path_bytes(folder), mode, threads, busy_wait)
        self._tell()

    def _tell(self) -> None:
        """Hands what the library logged to `logging`."""
        for level, line in self._corpus.take_log():
            _LOG.log(level, "%s", line)

    def _call(self, name: str, *arguments: Any) -> Any:
        try:
            return getattr(self._corpus, name)(*arguments)
        finally:
            self._tell()

    def __enter__(self) -> Corpus:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the use of the corpus; may be called again. Waits for a snapshot that is being written."""
        self._call("close")

    def add(
        self,
        medium: Known,
        *,
        bank: str = "default",
        labels: Optional[Mapping[str, str]] = None,
        id: str = "",
        name: Optional[str] = None,
        limits: refrain.Limits = refrain.Limits(),
    ) -> Added:
        """Makes a medium known in one durable commit. The same bytes in the same bank are kept once."""
        made = medium if isinstance(medium, refrain.Fingerprint) else self._known(medium, limits)
        return self._add(made, bank, labels, id, name)

    @staticmethod
    def _known(
        medium: _source.Medium, limits: refrain.Limits, stop: Optional[_refrain.StopSource] = None
    ) -> refrain.Fingerprint:
        return refrain.fingerprint(medium, purpose="known", limits=limits, _stop=stop)

    def _add(
        self,
        made: refrain.Fingerprint,
        bank: str,
        labels: Optional[Mapping[str, str]],
        id: str,
        name: Optional[str],
    ) -> Added:
        if made._purpose not in ("both", "known"):
            raise InvalidArgument(f"a fingerprint of the purpose {made._purpose!r} cannot be made known")
        path = made._input
        shown = os.path.basename(path) if name is None else os.fsencode(name)
        source = os.path.join(os.getcwdb(), path) if path else b""
        text = self._call("add", made._made, path, shown, bank, id, dict(labels or {}), source)
        return Added(json.loads(text))

    def find(
        self,
        medium: Known,
        *,
        banks: Iterable[str] = (),
        effort: str = "normal",
        min_score: float = 6.0,
        max_matches: int = 10,
        similar: bool = False,
        limits: refrain.Limits = refrain.Limits(),
        _stop: Optional[_refrain.StopSource] = None,
    ) -> Found:
        """Looks a medium up in some banks, or in all."""
        refrain._one_of("effort", effort, refrain._EFFORTS)
        if isinstance(banks, str):
            raise InvalidArgument("banks is a list of names")
        stop = _stop or _refrain.StopSource()
        made = (
            medium
            if isinstance(medium, refrain.Fingerprint)
            else refrain.fingerprint(medium, purpose="query", effort=effort, limits=limits, _stop=stop)
        )
        asked = (made._made, made._input, [*banks], min_score, max_matches, effort, similar, stop)
        text = self._call("find", *asked)
        return Found(json.loads(text))

    def add_many(
        self,
        media: Iterable[Known],
        *,
        threads: int = 0,
        bank: str = "default",
        labels: Optional[Mapping[str, str]] = None,
        limits: refrain.Limits = refrain.Limits(),
        progress: Optional[Progress] = None,
    ) -> Iterator[Added]:
        """Makes media known one after the other, in order; a bad one is an outcome with an `error`.

        Media are decoded by `threads` threads, 0: one a core. `progress` is called with how many are
        done, and of how many where that is known. Ending the iteration ends the work; what came out is
        on disk.
        """

        def prepare(medium: Known, stop: _refrain.StopSource) -> refrain.Fingerprint:
            return medium if isinstance(medium, refrain.Fingerprint) else self._known(medium, limits, stop)

        for medium, made in _in_order(media, prepare, threads, progress):
            if not isinstance(made, Error):
                try:
                    yield self._add(made, bank, labels, "", None)
                    continue
                except (refrain.IdTaken, InvalidArgument) as error:
                    made = error
            failed = {"schema": "refrain.add/1", "input": _input_text(medium), "status": "failed", "id": None}
            failed |= {"name": os.path.basename(_input_text(medium)), "bank": bank, "media": None}
            yield Added(failed | {"fingerprint": None, "error": _error_json(made)})

    def find_many(
        self,
        media: Iterable[Known],
        *,
        threads: int = 0,
        progress: Optional[Progress] = None,
        **options: Any,
    ) -> Iterator[Found]:
        """Looks media up, in order, with the options of `find`; a bad one is an answer with an `error`."""

        def look_up(medium: Known, stop: _refrain.StopSource) -> Found:
            return self.find(medium, _stop=stop, **options)

        for medium, found in _in_order(media, look_up, threads, progress):
            if isinstance(found, Error):
                failed: dict[str, Any] = {"schema": "refrain.find/1", "input": _input_text(medium)}
                failed["status"] = "not_scanned"
                times = {"decode": 0, "hash": 0, "search": 0, "total": 0}
                failed |= {"media": None, "matches": [], "default_min_score": 6.0, "timing_ms": times}
                yield Found(failed | {"error": _error_json(found)})
            else:
                yield found

    def list(self) -> Iterator[Item]:
        """All items by id, in pages. What cannot be read is left out and named in the log."""
        after = ""
        while True:
            items, after, damaged = self._call("list", after, _PAGE)
            for id, problem in damaged:
                _LOG.warning("damaged item %s: %s", id, problem)
            for item in items:
                yield Item(json.loads(item))
            if not after:
                return

    def remove(self, *ids: str) -> None:
        """Drops items in one durable commit. Raises `UnknownId` where one was not known; the others are gone."""
        removed: Iterable[bool] = self._call("remove", [*ids])
        unknown = [id for id, was_known in zip(ids, removed) if not was_known]
        if unknown:
            raise UnknownId("no item has the id " + ", ".join(unknown))

    def banks(self) -> collections.abc.Sequence[str]:
        """Names of all banks that ever had an item."""
        names: collections.abc.Sequence[str] = self._call("banks")
        return names

    def stats(self) -> Stats:
        """Counts and sizes."""
        return Stats(json.loads(self._call("stats")))

    def verify(self) -> Verified:
        """Reads every record back and checks it."""
        return Verified(json.loads(self._call("verify")))


def _input_text(medium: object) -> str:
    return os.fsdecode(os.fspath(medium)) if _source.is_path(medium) else ""  # type: ignore[call-overload]


def _error_json(error: Error) -> dict[str, str]:
    return {"code": error.code, "message": error.message}


def _in_order(
    media: Iterable[Known],
    work: Callable[[Known, _refrain.StopSource], Any],
    threads: int,
    progress: Optional[Progress],
) -> Iterator[tuple[Known, Any]]:
    """What `work` made of each medium, or its Error, in order. Few are ahead of what was taken."""
    if threads < 0:
        raise InvalidArgument("threads must be 0 or more")
    count = threads or len(os.sched_getaffinity(0))
    total = len(media) if isinstance(media, collections.abc.Sized) else None
    stop = _refrain.StopSource()
    born = _refrain.forks()
    waiting: collections.deque[tuple[Known, concurrent.futures.Future[Any]]] = collections.deque()
    pool = concurrent.futures.ThreadPoolExecutor(count, thread_name_prefix="refrain")
    try:
        source = iter(media)
        done = 0
        is_exhausted = False
        while True:
            while not is_exhausted and len(waiting) < count * _WAITING_PER_THREAD:
                try:
                    medium = next(source)
                except StopIteration:
                    is_exhausted = True
                    break
                waiting.append((medium, pool.submit(work, medium, stop)))
            if not waiting:
                return
            if born != _refrain.forks():
                raise refrain.Forked("the work was begun before the process was forked")
            medium, future = waiting.popleft()
            try:
                made = future.result()
            except (refrain.Closed, refrain.Forked, refrain.Cancelled):
                raise
            except Error as error:
                made = error
            yield medium, made
            done += 1
            if progress is not None:
                progress(done, total)
    finally:
        stop.stop()
        pool.shutdown(wait=born == _refrain.forks(), cancel_futures=True)
