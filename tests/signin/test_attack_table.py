"""No row of the attack file is left out in silence."""

from __future__ import annotations

import re
from pathlib import Path

from attack_lab import ROWS

ELSEWHERE: dict[str, str] = {}
"""Rows that no test can try here, each with the reason."""
GENERATED = {f"oa-{number:03}" for number in range(16, 36)}


def test_every_row_is_tried_or_listed() -> None:
    tests = Path(__file__).parent.parent
    text = "".join(path.read_text() for path in tests.rglob("test_attacks_*.py"))
    tried = set(re.findall(r'"(oa-\d{3})"', text)) | GENERATED
    assert tried | ELSEWHERE.keys() == ROWS.keys()
    assert not tried & ELSEWHERE.keys()
