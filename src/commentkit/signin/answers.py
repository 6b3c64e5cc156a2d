"""What another server said, or why it gave no usable answer; known without any HTTP library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

FailureKind = Literal[
    "refused_address", "timeout", "unreachable", "too_large", "bad_status", "not_json"
]


class HttpFailure(Exception):  # noqa: N818 - a failure of theirs, not an error of ours
    """Say why another server gave no usable answer; never holds a path, a query or a body."""

    def __init__(self, kind: FailureKind, *, host: str = "", status: int | None = None) -> None:
        self.kind = kind
        self.host = host
        self.status = status
        super().__init__(" ".join(str(part) for part in (kind, status, host) if part))


@dataclass(frozen=True)
class Answer:
    """What another server said."""

    status: int
    headers: Mapping[str, str]
    """Looked up without regard to case."""
    body: bytes
    host: str = ""

    def require_ok(self) -> Answer:
        """Return itself when the status is 2xx; raise HttpFailure("bad_status") otherwise."""
        if 200 <= self.status < 300:
            return self
        raise HttpFailure("bad_status", host=self.host, status=self.status)

    def json(self) -> Any:
        """Read the body as strict JSON; raise HttpFailure("not_json") when it is not."""
        try:
            return json.loads(self.body.decode("utf-8"), parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise HttpFailure("not_json", host=self.host, status=self.status) from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)
