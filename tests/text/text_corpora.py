"""Rows of hostile and awkward text. Public suites stay outside the repository: see `shared`."""

import json
import os
from pathlib import Path

import pytest
from browser_support import in_ci

OWN = Path(__file__).parent / "data" / "xss-own.jsonl"
SHARED = Path(os.environ.get("COMMENTKIT_SHARED", Path(__file__).resolve().parents[3] / "shared"))


def rows(path: Path) -> list[dict]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def shared(name: str) -> list[dict]:
    """Rows of a corpus the repository may not carry; skip where it is absent, fail in CI."""
    path = SHARED / "corpus" / name
    if path.is_file():
        return rows(path)
    why = (
        f"{name} is not here: put the shared corpora beside the repository or set COMMENTKIT_SHARED"
    )
    if in_ci():
        pytest.fail(why)
    pytest.skip(f"not run here: {why}")


def at_length(row: dict, length: int) -> str:
    """A pathological row, its repeated parts scaled so that it is about `length` characters."""

    def repeated(times: int) -> str:
        first = row["prefix"] + row["repeat"] * times + row["suffix"]
        return first + row.get("repeat2", "") * times + row.get("suffix2", "")

    fixed = len(repeated(0))
    step = max(1, len(repeated(1)) - fixed)
    return repeated(max(1, (length - fixed) // step))[:length]
