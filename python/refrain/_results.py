"""Answers. Each is a view of the JSON object that the command line prints; docs/cli.md names every field."""

from __future__ import annotations

import json
import os
from typing import Any, Iterator, NamedTuple, Optional

from ._errors import Error, make_error

Json = dict[str, Any]


def _error_of(data: Json) -> Optional[Error]:
    error = data.get("error")
    return None if error is None else make_error(error["code"], error["message"].encode("utf-8", "replace"))


class Result:
    """An answer. `to_dict` gives all of it, equal to the line that the command line prints with --json."""

    def __init__(self, data: Json) -> None:
        self._data = data

    def to_dict(self) -> Json:
        """A copy of the JSON object."""
        made: Json = json.loads(json.dumps(self._data))
        return made

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Result) and type(self) is type(other) and self._data == other._data

    def __repr__(self) -> str:
        return f"<refrain.{type(self).__name__} {self._data}>"


class Media(Result):
    """What is known of a medium as a whole."""

    @property
    def kind(self) -> str:
        """`image` or `video`."""
        return str(self._data["kind"])

    @property
    def width(self) -> int:
        """As shown, pixels."""
        return int(self._data["width"])

    @property
    def height(self) -> int:
        """As shown, pixels."""
        return int(self._data["height"])

    @property
    def duration(self) -> float:
        """Seconds; 0 for images."""
        return float(self._data["duration_ms"]) / 1000

    @property
    def sha256(self) -> str:
        """64 hex digits."""
        return str(self._data["sha256"])


class _WithMedia(Result):
    @property
    def status(self) -> str:
        """What became of the input; docs/cli.md lists the words."""
        return str(self._data["status"])

    @property
    def media(self) -> Optional[Media]:
        """The medium; None where it could not be examined."""
        media = self._data.get("media")
        return None if media is None else Media(media)

    @property
    def error(self) -> Optional[Error]:
        """Why the input failed; None where it did not."""
        return _error_of(self._data)


class Added(_WithMedia):
    """What became of a medium that was to be made known. `status`: `added`, `exists`, `partial`, `failed`."""

    @property
    def id(self) -> Optional[str]:
        """Of the item that is known now, old or new."""
        found = self._data["id"]
        return None if found is None else str(found)

    @property
    def bank(self) -> str:
        return str(self._data["bank"])

    @property
    def name(self) -> str:
        return str(self._data["name"])


class _Known(Result):
    @property
    def id(self) -> str:
        return str(self._data["id"])

    @property
    def name(self) -> str:
        return str(self._data["name"])

    @property
    def bank(self) -> str:
        return str(self._data["bank"])

    @property
    def labels(self) -> dict[str, str]:
        return dict(self._data["labels"])


class Match(_Known):
    """One known item that the query shows."""

    @property
    def score(self) -> float:
        """-log10 of the expected number of false alarms; larger is surer."""
        return float(self._data["score"])

    @property
    def relation(self) -> str:
        """`copy` or `similar`."""
        return str(self._data["relation"])

    @property
    def evidence(self) -> list[str]:
        return list(self._data["evidence"])

    @property
    def transform(self) -> Optional[Json]:
        """Where the known picture lies in the query's, as in JSON."""
        return self._data.get("transform")

    @property
    def segments(self) -> list[Json]:
        """Which part of the query shows which part of the known item, as in JSON."""
        return list(self._data.get("segments", []))


class Found(_WithMedia):
    """The answer to a look-up. `status`: `match`, `no_match`, `low_quality`, `partial`, `not_scanned`."""

    def __init__(
        self, data: Json, pictures: tuple[str, ...] = (), explain_error: Optional[Error] = None
    ) -> None:
        super().__init__(data)
        self._pictures = pictures
        self._explain_error = explain_error

    @classmethod
    def _of(cls, told: tuple[str, list[bytes], Optional[tuple[str, bytes]]]) -> Found:
        text, pictures, problem = told
        error = None if problem is None else make_error(*problem)
        return cls(json.loads(text), tuple(map(os.fsdecode, pictures)), error)

    @property
    def pictures(self) -> tuple[str, ...]:
        """With `explain`: paths of the pictures that say why, in the order of the matches."""
        return self._pictures

    @property
    def explain_error(self) -> Optional[Error]:
        """With `explain`: why not all pictures could be written; None where they were."""
        return self._explain_error

    @property
    def matches(self) -> list[Match]:
        """In falling score."""
        return [Match(match) for match in self._data["matches"]]

    def __iter__(self) -> Iterator[Match]:
        return iter(self.matches)


class Item(_Known):
    """A known item."""

    @property
    def source(self) -> str:
        return str(self._data["source"])

    @property
    def media(self) -> Media:
        return Media(self._data["media"])


class Details(Item):
    """An item with what lists and feeds say of it."""

    @property
    def sources(self) -> list[Json]:
        """What each source says, as in JSON."""
        return list(self._data["sources"])

    @property
    def digests(self) -> list[Json]:
        """Digests beside those of the medium, as in JSON."""
        return list(self._data["digests"])


class Edited(Result):
    """What became of one item that was to be changed."""

    @property
    def id(self) -> str:
        return str(self._data["id"])

    @property
    def status(self) -> str:
        """`changed`, `unchanged`, `unknown`, `stale` or `taken`."""
        return str(self._data["status"])

    @property
    def error(self) -> Optional[Error]:
        """Why it was not changed; None where it was, or was so before."""
        return _error_of(self._data)


class Bank(Result):
    """Settings of a bank."""

    @property
    def name(self) -> str:
        return str(self._data["bank"])

    @property
    def mode(self) -> str:
        """`enforce`, `shadow` or `off`."""
        return str(self._data["mode"])

    @property
    def kind(self) -> str:
        """`deny` or `allow`."""
        return str(self._data["kind"])


class Change(Result):
    """An entry of the log of changes."""

    @property
    def sequence(self) -> int:
        return int(self._data["sequence"])

    @property
    def id(self) -> str:
        """Of the item, or the name of the bank."""
        return str(self._data["id"])


class Duplicates:
    """Near duplicates inside a corpus."""

    def __init__(self, pairs: list[Json], groups: list[Json], items: int, bounded: int, damaged: int) -> None:
        self.pairs = pairs
        self.groups = groups
        self.items = items
        self.bounded = bounded
        self.damaged = damaged

    def __iter__(self) -> Iterator[list[str]]:
        """The ids of each group, the largest group first."""
        return (list(group["ids"]) for group in self.groups)


class Refusal(NamedTuple):
    """A line, entry or record that made nothing known. `line` is counted from 1; of a bundle, the record."""

    reason: str
    line: int
    detail: str


class Imported(Result):
    """What became of a list, a feed or a bundle."""

    def __init__(self, data: Json, refusals: tuple[Refusal, ...] = ()) -> None:
        super().__init__(data)
        self._refusals = refusals

    @classmethod
    def _of(cls, told: tuple[str, list[tuple[str, int, bytes]]]) -> Imported:
        text, refusals = told
        named = (Refusal(reason, line, detail.decode("utf-8", "replace")) for reason, line, detail in refusals)
        return cls(json.loads(text), tuple(named))

    @property
    def added(self) -> int:
        return int(self._data["added"])

    @property
    def exists(self) -> int:
        """Entries that the bank held before."""
        return int(self._data["exists"])

    @property
    def deleted(self) -> int:
        """Items that went, since their sources withdrew them."""
        return int(self._data["deleted"])

    @property
    def refused(self) -> dict[str, int]:
        """How many were refused, by reason."""
        return dict(self._data["refused"])

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """The first thousand of them."""
        return self._refusals

    @property
    def error(self) -> Optional[Error]:
        """Why the import ended before its input; what is counted is on disk. None: it did not."""
        return _error_of(self._data)


class Exported(NamedTuple):
    """What an export wrote. `left_out`: items that the format cannot hold; `damaged`: that cannot be read."""

    written: int
    left_out: int
    damaged: int


class Stats(Result):
    """Counts and sizes of a corpus at one moment."""

    @property
    def items(self) -> int:
        return int(self._data["items"])

    @property
    def images(self) -> int:
        return int(self._data["images"])

    @property
    def videos(self) -> int:
        return int(self._data["videos"])


class Verified(Result):
    """What a check of a corpus found."""

    @property
    def is_sound(self) -> bool:
        return bool(self._data["status"] == "ok")

    @property
    def items(self) -> int:
        return int(self._data["items"])

    @property
    def damage(self) -> list[Json]:
        return list(self._data["damage"])
