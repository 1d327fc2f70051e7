"""A folder of known media."""

from __future__ import annotations

import collections
import json
import logging
import math
import os
from typing import TYPE_CHECKING, Any, BinaryIO, Iterable, Iterator, Mapping, Optional, Union

import refrain

from . import _refrain, _source, _work
from ._errors import Error, IdTaken, InvalidArgument, UnknownId
from ._results import Added, Bank, Change, Details, Duplicates, Edited, Exported, Found, Imported, Item, Stats, Verified
from ._work import Known, Progress

if TYPE_CHECKING:
    import datetime

Time = Union["datetime.datetime", float]
# `list` is a method of the class below.
_Words = list[str]
_Edits = list[Edited]
_Banks = list[Bank]

_LOG = logging.getLogger("refrain")
_PAGE = 1000
_MODES = ("read", "write", "create")
_KINDS = ("", "image", "video", "media", "hash", "digest")
_ORDERS = ("id", "added", "newest", "name")
_EXPORTS = ("jsonl", "csv", "pdq", "vpdq", "digests", "records")
_BANK_MODES = ("enforce", "shadow", "off")
_BANK_KINDS = ("deny", "allow")


class Corpus:
    """A folder of known media, open. Safe to share between threads; not between forked processes.

    `mode`: `read`, `write` (it must be there) or `create`. Use it with `with`, or call `close`.
    Changes are logged in the corpus with an author, `by` (the login name) and a `reason`.
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
        by: Optional[str] = None,
        reason: str = "",
    ) -> Added:
        """Makes a medium known in one durable commit.

        The same bytes in the same bank are kept once, and are not decoded again: the item that holds
        them gets the labels.
        """
        how = _How(bank, dict(labels or {}), id, name, limits, _author(by, reason))
        made = self._prepare(medium, how, _refrain.StopSource())
        outcome: Union[Added, Error] = made if isinstance(made, Added) else self._commit([made], how)[0]
        if isinstance(outcome, Error):
            raise outcome
        return outcome

    def add_many(
        self,
        media: Iterable[Known],
        *,
        threads: int = 0,
        bank: str = "default",
        labels: Optional[Mapping[str, str]] = None,
        limits: refrain.Limits = refrain.Limits(),
        progress: Optional[Progress] = None,
        by: Optional[str] = None,
        reason: str = "",
    ) -> Iterator[Added]:
        """Makes media known, in order; a bad one is an outcome with an `error`.

        Media are decoded by `threads` threads, 0: one a core. What is ready is committed together.
        `progress` is called with how many are done, and of how many where that is known. Ending the
        iteration ends the work; what came out is on disk.
        """
        how = _How(bank, dict(labels or {}), "", None, limits, _author(by, reason))
        counter = _work.Counter(media, progress)

        def prepare(medium: Known, stop: _refrain.StopSource) -> Any:
            return self._prepare(medium, how, stop)

        for batch in _work.in_order(media, prepare, threads):
            fresh = [made for _, made in batch if not isinstance(made, (Added, Error))]
            committed = iter(self._commit(fresh, how))
            for medium, made in batch:
                outcome = made if isinstance(made, (Added, Error)) else next(committed)
                yield _failed_add(medium, bank, outcome) if isinstance(outcome, Error) else outcome
                counter.finish_one()
        self._call("finish_adding")

    def _prepare(self, medium: Known, how: _How, stop: _refrain.StopSource) -> Any:
        """The outcome for bytes that the bank holds, or a fingerprint with what is said of it."""
        if isinstance(medium, refrain.Fingerprint):
            if medium._purpose not in ("both", "known"):
                raise InvalidArgument(f"a fingerprint of the purpose {medium._purpose!r} cannot be made known")
            return medium._made, how.words(medium._input)
        with _source.opened(medium, how.limits.max_bytes) as (path, descriptor):
            words = how.words(path)
            costs = how.limits._to_dict()
            held = self._call("add_known_bytes", descriptor, words, how.author, costs, stop)
            if held is not None:
                return Added(json.loads(held))
            return refrain._fingerprint(path, descriptor, "known", how.limits, stop)._made, words

    def _commit(self, additions: Any, how: _How) -> Any:
        """One outcome or Error an addition. One that cannot be added leaves the others alone."""
        if not additions:
            return []
        try:
            return [Added(json.loads(text)) for text in self._call("add", additions, how.author)]
        except (IdTaken, InvalidArgument) as error:
            if len(additions) == 1:
                return [error]
        return [self._commit([addition], how)[0] for addition in additions]

    def find(
        self,
        medium: Known,
        *,
        banks: Iterable[str] = (),
        effort: str = "normal",
        min_score: Optional[float] = None,
        max_matches: int = 10,
        similar: bool = False,
        explain: Optional[refrain._Folder] = None,
        reveal: bool = False,
        limits: refrain.Limits = refrain.Limits(),
        _stop: Optional[_refrain.StopSource] = None,
    ) -> Found:
        """Looks a medium up in some banks, or in all.

        `min_score` is 6, or what a bank's settings say; a number holds for every bank. `explain` is a
        folder for a picture of each match, blurred unless `reveal` is set, and its numbers.
        """
        how = refrain._find_options(effort, min_score, max_matches, similar, explain, reveal, limits)
        how["banks"] = _names("banks", banks)
        stop = _stop or _refrain.StopSource()
        if isinstance(medium, refrain.Fingerprint):
            made = medium
        else:
            exact = self._call("has_hash_lists")
            made = refrain.fingerprint(medium, purpose="query", effort=effort, limits=limits, exact=exact, _stop=stop)
        return Found._of(self._call("find", made._made, made._input, how, stop))

    def find_many(
        self,
        media: Iterable[Known],
        *,
        threads: int = 0,
        progress: Optional[Progress] = None,
        **options: Any,
    ) -> Iterator[Found]:
        """Looks media up, in order, with the options of `find`; a bad one is an answer with an `error`."""
        counter = _work.Counter(media, progress)

        def look_up(medium: Known, stop: _refrain.StopSource) -> Found:
            return self.find(medium, _stop=stop, **options)

        for batch in _work.in_order(media, look_up, threads):
            for medium, found in batch:
                yield _failed_find(medium, found) if isinstance(found, Error) else found
                counter.finish_one()

    def list(
        self,
        *,
        banks: Iterable[str] = (),
        labels: Optional[Mapping[str, str]] = None,
        name: str = "",
        kind: str = "",
        since: Optional[Time] = None,
        until: Optional[Time] = None,
        disabled: Optional[bool] = None,
        sort: str = "id",
        limit: Optional[int] = None,
    ) -> Iterator[Item]:
        """Items that all of this holds for, in pages. What cannot be read is named in the log.

        `name` is a pattern (`*`, `?`, `[a-z]`); `kind` is image, video, media, hash or digest; `since`
        and `until` bound the time of adding; `sort` is id, added, newest or name.
        """
        refrain._one_of("sort", sort, _ORDERS)
        if limit is not None and limit < 0:
            raise InvalidArgument("limit must be 0 or more")
        return self._pages(_filter(banks, labels, name, kind, since, until, disabled), sort, limit)

    def _pages(self, wanted: dict[str, Any], sort: str, limit: Optional[int]) -> Iterator[Item]:
        after = ""
        left = math.inf if limit is None else limit
        while left > 0:
            items, after, damaged = self._call("list", wanted, sort, after, int(min(left, _PAGE)))
            for id, problem in damaged:
                _LOG.warning("damaged item %s: %s", id, problem)
            left -= len(items)
            for item in items:
                yield Item(json.loads(item))
            if not after:
                return

    def show(self, id: str) -> Details:
        """All that is kept of an item beside its fingerprint. Raises `UnknownId`."""
        text = self._call("show", id)
        if text is None:
            raise UnknownId("no item has the id " + id)
        return Details(json.loads(text))

    def remove(self, *ids: str, by: Optional[str] = None, reason: str = "") -> None:
        """Drops items in one durable commit. Raises `UnknownId` where one was not known; the others are gone."""
        removed: Iterable[bool] = self._call("remove", [*ids], _author(by, reason))
        unknown = [id for id, was_known in zip(ids, removed) if not was_known]
        if unknown:
            raise UnknownId("no item has the id " + ", ".join(unknown))

    def label(
        self, *ids: str, labels: Mapping[str, Optional[str]], by: Optional[str] = None, reason: str = ""
    ) -> _Edits:
        """Gives labels to items; None takes one away."""
        return self._edit(ids, {"labels": dict(labels)}, by, reason)

    def move(self, *ids: str, bank: str, by: Optional[str] = None, reason: str = "") -> _Edits:
        """Moves items to another bank, which is made if it is not there."""
        return self._edit(ids, {"bank": bank}, by, reason)

    def disable(
        self, *ids: str, until: Optional[Time] = None, by: Optional[str] = None, reason: str = ""
    ) -> _Edits:
        """Keeps items from being found, for a time or until they are enabled."""
        return self._edit(ids, {"switch": "disable", "until_us": _microseconds(until)}, by, reason)

    def enable(self, *ids: str, by: Optional[str] = None, reason: str = "") -> _Edits:
        """Lets items be found again, and acted upon."""
        return self._edit(ids, {"switch": "enable"}, by, reason)

    def _edit(self, ids: tuple[str, ...], change: dict[str, Any], by: Optional[str], reason: str) -> _Edits:
        """One outcome an id, of one durable commit."""
        return [Edited(json.loads(text)) for text in self._call("edit", [*ids], change, _author(by, reason))]

    def import_(
        self,
        medium: _source.Medium,
        *,
        format: str = "auto",
        bank: str = "",
        labels: Optional[Mapping[str, str]] = None,
        source: str = "",
        word_reversed: bool = False,
        limits: refrain.Limits = refrain.Limits(),
        by: Optional[str] = None,
        reason: str = "",
    ) -> Imported:
        """Makes known what a hash list, a feed or a bundle holds, and takes back what a feed withdraws.

        `medium` is a path, also of a pipe, bytes or a binary file object; only a path is not copied
        into memory. What is counted is on disk; an import that was interrupted is run again.
        `refrain.inspect` reads and counts alone.
        """
        how: dict[str, Any] = {"format": format, "bank": bank, "labels": dict(labels or {}), "source": source}
        how["word_reversed"] = word_reversed
        how |= _author(by, reason)
        with _source.readable(medium, limits.max_bytes) as descriptor:
            imported = Imported._of(self._call("import_list", descriptor, how, _refrain.StopSource()))
        self._call("finish_adding")
        return imported

    def export(
        self,
        out: Union[refrain._Folder, BinaryIO],
        *,
        format: str = "records",
        banks: Iterable[str] = (),
        labels: Optional[Mapping[str, str]] = None,
        name: str = "",
        kind: str = "",
        since: Optional[Time] = None,
        until: Optional[Time] = None,
        disabled: Optional[bool] = None,
    ) -> Exported:
        """Writes the items that all of this holds for, as `list` has it, to a path or a binary file object.

        `format`: records, a bundle that `import_` reads; jsonl, csv, pdq, vpdq or digests. A regular
        file of that name is replaced once all is written; nothing is written where the export fails.
        """
        refrain._one_of("format", format, _EXPORTS)
        wanted = _filter(banks, labels, name, kind, since, until, disabled)
        with _source.writable(out) as descriptor:
            return Exported(*self._call("export_list", descriptor, format, wanted, _refrain.StopSource()))

    def banks(self) -> collections.abc.Sequence[str]:
        """Names of all banks that ever had an item."""
        names: collections.abc.Sequence[str] = self._call("banks")
        return names

    def bank_settings(self) -> _Banks:
        """What holds for the matches of each bank, by name."""
        return [Bank(json.loads(text)) for text in self._call("bank_settings")]

    def set_bank(
        self,
        name: str,
        *,
        mode: Optional[str] = None,
        kind: Optional[str] = None,
        min_score: Union[float, str, None] = None,
        note: Optional[str] = None,
        by: Optional[str] = None,
        reason: str = "",
    ) -> bool:
        """Changes what is given of a bank's settings; whether anything changed.

        `mode`: enforce, shadow or off; `kind`: deny or allow; `min_score` may be "default".
        """
        if mode is not None:
            refrain._one_of("mode", mode, _BANK_MODES)
        if kind is not None:
            refrain._one_of("kind", kind, _BANK_KINDS)
        change: dict[str, Any] = {"mode": mode, "kind": kind, "note": note}
        if isinstance(min_score, str):
            refrain._one_of("min_score", min_score, ("default",))
            change["drops_min_score"] = True
        else:
            change["min_score"] = min_score
        return bool(self._call("set_bank", name, change, _author(by, reason)))

    def log(self, after: int = 0) -> Iterator[Change]:
        """What changed behind the entry of this number: when, by whom and why, the oldest first."""
        while entries := self._call("log", after, _PAGE):
            for text in entries:
                change = Change(json.loads(text))
                after = change.sequence
                yield change

    def duplicates(self, *, banks: Iterable[str] = (), min_score: float = 6.0) -> Duplicates:
        """Near duplicates inside the corpus; costs a look-up an item."""
        pairs, groups, *counts = self._call("duplicates", _names("banks", banks), min_score)
        return Duplicates([json.loads(pair) for pair in pairs], [json.loads(group) for group in groups], *counts)

    def stats(self) -> Stats:
        """Counts and sizes."""
        return Stats(json.loads(self._call("stats")))

    def verify(self) -> Verified:
        """Reads every record back and checks it."""
        return Verified(json.loads(self._call("verify")))


class _How:
    """How media are added."""

    def __init__(
        self,
        bank: str,
        labels: dict[str, str],
        id: str,
        name: Optional[str],
        limits: refrain.Limits,
        author: dict[str, str],
    ) -> None:
        self.bank = bank
        self.labels = labels
        self.id = id
        self.name = name
        self.limits = limits
        self.author = author

    def words(self, path: bytes) -> dict[str, Any]:
        """What is said of a medium, as the extension takes it."""
        name = os.path.basename(path) if self.name is None else os.fsencode(self.name)
        source = os.path.join(os.getcwdb(), path) if path else b""
        named = {"input": path, "name": name, "source": source}
        return {**named, "bank": self.bank, "labels": self.labels, "id": self.id}


def _author(by: Optional[str], reason: str) -> dict[str, str]:
    if by is None:
        import pwd

        try:
            by = pwd.getpwuid(os.geteuid()).pw_name
        except KeyError:
            by = f"uid {os.geteuid()}"
    return {"by": by, "reason": reason}


def _filter(
    banks: Iterable[str],
    labels: Optional[Mapping[str, str]],
    name: str,
    kind: str,
    since: Optional[Time],
    until: Optional[Time],
    disabled: Optional[bool],
) -> dict[str, Any]:
    """Which items are meant, as the extension takes it."""
    refrain._one_of("kind", kind, _KINDS)
    wanted = {"banks": _names("banks", banks), "labels": dict(labels or {}), "name": name, "kind": kind}
    times = {"since_us": _microseconds(since), "until_us": _microseconds(until), "is_disabled": disabled}
    return {**wanted, **times}


def _names(what: str, names: Iterable[str]) -> _Words:
    if isinstance(names, str):
        raise InvalidArgument(f"{what} is a list of names")
    return [*names]


def _microseconds(time: Optional[Time]) -> Optional[int]:
    """Since 1970 UTC, of a time with a zone or of seconds."""
    if time is None:
        return None
    if not isinstance(time, (int, float)):
        if time.tzinfo is None:
            raise InvalidArgument("a time needs a time zone, such as datetime.timezone.utc")
        time = time.timestamp()
    if not (math.isfinite(time) and abs(time) < 1e12):
        raise InvalidArgument("a time is a datetime or a number of seconds since 1970")
    return int(time * 1e6)


def _failed_add(medium: Known, bank: str, error: Error) -> Added:
    line: dict[str, Any] = {"schema": "refrain.add/1", **_work.input_json(medium), "status": "failed", "id": None}
    line |= {"name": os.path.basename(line["input"]), "bank": bank, "media": None, "fingerprint": None}
    return Added({**line, "error": _work.error_json(error)})


def _failed_find(medium: Known, error: Error) -> Found:
    line: dict[str, Any] = {"schema": "refrain.find/1", **_work.input_json(medium), "status": "not_scanned"}
    times = {"decode": 0, "hash": 0, "search": 0, "total": 0}
    line |= {"media": None, "matches": [], "default_min_score": 6.0, "timing_ms": times}
    return Found({**line, "error": _work.error_json(error)})
