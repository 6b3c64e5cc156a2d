"""Find and start the Chromium that the browser tests drive."""

import os
import shutil
from pathlib import Path
from shlex import quote

import pytest

CANDIDATES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

BLOCK_THIRD_PARTY_COOKIES = "--test-third-party-cookie-phaseout"
"""Makes Chromium block third-party cookies; `Partitioned` ones still pass."""

TOOL_MISSING = "not run here: "
"""How the reason of a skip begins when a tool is missing on this machine."""

WHY_NOT = (
    "no Chromium was found: install one (Debian: apt-get install chromium) "
    "or name it in COMMENTKIT_CHROMIUM"
)


def find_chromium() -> str | None:
    """Return the path of a Chromium: COMMENTKIT_CHROMIUM, else the first candidate on the PATH."""
    named = os.environ.get("COMMENTKIT_CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    return next((found for name in CANDIDATES if (found := shutil.which(name))), None)


def without_suggestions(chromium: str, folder: Path) -> str:
    """Make a program in `folder` that is this Chromium without pages behind its address bar.

    Each window would load two of them, which costs more than most of our pages do. Playwright
    has a list of features to leave out, and of two lists Chromium takes the last: so ours goes
    on at the end of Playwright's.
    """
    program = folder / "chromium"
    program.write_text(_WITHOUT.format(features=",".join(_SUGGESTING), chromium=quote(chromium)))
    program.chmod(0o755)
    return str(program)


_SUGGESTING = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup")
_WITHOUT = """\
#!/bin/sh
for word do
  shift
  case $word in --disable-features=*) word=$word,{features} ;; esac
  set -- "$@" "$word"
done
exec {chromium} "$@"
"""


def in_ci() -> bool:
    """Say whether a test may be skipped for want of a tool: in CI none may."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def need(tool: object, why_not: str) -> None:
    """Skip the test when `tool` is missing, or fail it in CI, where nothing may be skipped."""
    if tool:
        return
    if in_ci():
        pytest.fail(why_not, pytrace=False)
    pytest.skip(TOOL_MISSING + why_not)
