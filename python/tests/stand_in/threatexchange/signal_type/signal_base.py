from typing import Any, NamedTuple


class SignalComparisonResult(NamedTuple):
    match: bool
    distance: Any


class SignalType: ...


class BytesHasher: ...
