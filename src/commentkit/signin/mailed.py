"""What an attempt remembers of the letter it waits for, and what the letter says.

Code and link are derived from the server's key, never stored: the database cannot tell them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import Self
from urllib.parse import urlencode

from commentkit import ids

MOST_LETTERS = 5
MOST_TRIES = 5
"""Wrong codes for one letter: at 10^8 codes, five letters leave a guess one in four million."""
_DIGITS = 8


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A letter that was asked for."""

    state: str
    address: str
    name: str
    letter: int = 0
    """How many were asked for; only the latest counts."""
    tries: int = 0
    proven: bool = False

    @classmethod
    def read(cls, text: str | None) -> Self | None:
        """Read what `write` wrote; None before any letter."""
        return cls(**json.loads(text)) if text else None

    def write(self) -> str:
        """Spell it for the attempt's row."""
        return json.dumps(asdict(self))

    def next(self) -> Self:
        """Return the same with one more letter, and its tries."""
        return replace(self, letter=self.letter + 1, tries=0)


@dataclass(frozen=True)
class Letters:
    """What proves that somebody read a letter."""

    base_url: str
    secret_key: str = field(repr=False)

    def link(self, *, provider: str, site_id: int, attempt_id: int, waiting: Waiting) -> str:
        """Return the link: a page that asks once more, good in the browser that began."""
        proof = self.proof(site_id, attempt_id, waiting.letter)
        query = urlencode({"state": waiting.state, "proof": proof})
        return f"{self.base_url}/callback/{provider}/page?{query}"

    def proof(self, site_id: int, attempt_id: int, letter: int) -> str:
        """Return what the link carries."""
        return ids.derive(self.secret_key, f"mailed.link.{site_id}.{attempt_id}.{letter}")

    def code(self, site_id: int, attempt_id: int, letter: int) -> str:
        """Return the code to be typed: eight digits."""
        derived = ids.derive(self.secret_key, f"mailed.code.{site_id}.{attempt_id}.{letter}")
        number = int.from_bytes(hashlib.sha256(derived.encode()).digest())
        return f"{number % 10**_DIGITS:0{_DIGITS}}"


def spelled(code: str) -> str:
    """Spell a code in two groups, as people read it out."""
    return f"{code[: _DIGITS // 2]} {code[_DIGITS // 2 :]}"


def typed(code: str) -> str:
    """Take from what was typed the digits alone; spaces and dashes mean nothing."""
    return "".join(char for char in code if char.isascii() and char.isdecimal())
