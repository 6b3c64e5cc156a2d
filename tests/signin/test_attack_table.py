"""No row of the attack file is left out in silence."""

from __future__ import annotations

import re
from pathlib import Path

from attack_lab import ROWS

BROWSER = "needs a browser: tests/e2e drives the popup, its messages and its windows"
WEB = "the web layer's own doors, cookies and headers: tests/web"
NOT_BUILT = "there is no such feature: "
ELSEWHERE = {
    "oa-011": WEB,
    "oa-013": NOT_BUILT + "linking; two first sign-ins at once are in tests/people",
    "oa-040": BROWSER,
    "oa-041": BROWSER,
    "oa-110": NOT_BUILT + "step-up to an admin by sign-in",
    "oa-111": NOT_BUILT + "step-up to an admin by sign-in",
    "oa-129": "pictures drawn anew: tests/people/test_pictures.py",
    "oa-130": "pictures drawn anew: tests/people/test_pictures.py",
    "oa-134": NOT_BUILT + "roles mapped from claims",
    "oa-163": BROWSER,
    "oa-164": BROWSER,
    "oa-165": BROWSER,
    "oa-166": BROWSER,
    "oa-167": BROWSER,
    "oa-168": WEB,
    "oa-169": NOT_BUILT + "a widget in a frame",
    "oa-172": BROWSER,
    "oa-174": WEB,
    "oa-175": NOT_BUILT + "signed statements of a host",
    "oa-176": NOT_BUILT + "signed statements of a host",
    "oa-177": NOT_BUILT + "signed statements of a host",
    "oa-178": NOT_BUILT + "signed statements of a host",
    "oa-179": NOT_BUILT + "signed statements of a host",
    "oa-182": NOT_BUILT + "back-channel logout",
    "oa-183": NOT_BUILT + "front-channel logout",
    "oa-189": NOT_BUILT + "a look-up by subject or e-mail address that a visitor could time",
}
GENERATED = {f"oa-{number:03}" for number in range(16, 36)}


def test_every_row_is_tried_or_listed() -> None:
    here = Path(__file__).parent
    text = "".join(path.read_text() for path in here.glob("test_attacks_*.py"))
    tried = set(re.findall(r'"(oa-\d{3})"', text)) | GENERATED
    assert tried | ELSEWHERE.keys() == ROWS.keys()
    assert not tried & ELSEWHERE.keys()
