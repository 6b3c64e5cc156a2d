"""What the documentation holds, for the tests that hold it to its word."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    kind: str
    text: str
    fragment: bool
    """Said not to run by itself."""


def read(name: str) -> str:
    return (ROOT / name).read_text()


def blocks(kind: str, name: str) -> list[Block]:
    found = re.finditer(
        r"(?P<fragment><!-- fragment: [^>]+ -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
        read(name),
        re.DOTALL | re.MULTILINE,
    )
    return [
        Block(name, at["kind"], at["text"], bool(at["fragment"]))
        for at in found
        if at["kind"] == kind
    ]


def commands_of(text: str) -> Iterator[list[str]]:
    """Split a block of commands into the words of each."""
    for line in text.splitlines():
        yield shlex.split(line, comments=True)
