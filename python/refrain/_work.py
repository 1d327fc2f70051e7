"""Work on many media by several threads, with the outcomes in order."""

from __future__ import annotations

import collections
import concurrent.futures
import os
from typing import Any, Callable, Iterable, Iterator, Optional, Union

import refrain

from . import _refrain, _source
from ._errors import Error, InvalidArgument

Known = Union["_source.Medium", "refrain.Fingerprint"]
Progress = Callable[[int, Optional[int]], object]

_WAITING_PER_THREAD = 16
_MOST_TOGETHER = 64


def in_order(
    media: Iterable[Known],
    work: Callable[[Known, _refrain.StopSource], Any],
    threads: int,
) -> Iterator[list[tuple[Known, Any]]]:
    """What `work` made of each medium, or its Error, in order: as many at once as are ready.

    Few media are taken ahead of what was given out. Ending the iteration stops the work.
    """
    if threads < 0:
        raise InvalidArgument("threads must be 0 or more")
    count = threads or len(os.sched_getaffinity(0))
    stop = _refrain.StopSource()
    born = _refrain.forks()
    waiting: collections.deque[tuple[Known, concurrent.futures.Future[Any]]] = collections.deque()
    pool = concurrent.futures.ThreadPoolExecutor(count, thread_name_prefix="refrain")
    try:
        source = iter(media)
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
            yield _ready(waiting)
    finally:
        stop.stop()
        pool.shutdown(wait=born == _refrain.forks(), cancel_futures=True)


def _ready(
    waiting: collections.deque[tuple[Known, concurrent.futures.Future[Any]]],
) -> list[tuple[Known, Any]]:
    """Waits for the first, and takes those behind it that are done as well."""
    taken = [waiting.popleft()]
    taken[0][1].exception()
    while waiting and waiting[0][1].done() and len(taken) < _MOST_TOGETHER:
        taken.append(waiting.popleft())
    return [(medium, _outcome(future)) for medium, future in taken]


def _outcome(future: concurrent.futures.Future[Any]) -> Any:
    try:
        return future.result()
    except (refrain.Closed, refrain.Forked, refrain.Cancelled):
        raise
    except Error as error:
        return error


class Counter:
    """Tells a callback how many media are done, and of how many where that is known."""

    def __init__(self, media: Iterable[Known], progress: Optional[Progress]) -> None:
        self._progress = progress
        self._done = 0
        self._total = len(media) if isinstance(media, collections.abc.Sized) else None

    def finish_one(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


def shown(raw: bytes) -> str:
    """As the command line prints it: U+FFFD for each byte that is not UTF-8."""
    text = raw.decode("utf-8", "surrogateescape")
    return "".join("\ufffd" if "\udc80" <= letter <= "\udcff" else letter for letter in text)


def input_json(medium: object) -> dict[str, str]:
    """The fields of an answer that name its input."""
    raw = os.fsencode(os.fspath(medium)) if _source.is_path(medium) else b""  # type: ignore[call-overload]
    text = shown(raw)
    return {"input": text} if text.encode() == raw else {"input": text, "input_hex": raw.hex()}


def error_json(error: Error) -> dict[str, str]:
    return {"code": error.code, "message": error.message}
