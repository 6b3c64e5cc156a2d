"""What the rows share: a folder that goes away, the seeded database, and the settings of a run."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from bench import content, databases
from bench.content import Content
from commentkit.limits import DEFAULT_RATES
from commentkit.model import own_engine

PUBLIC_URL = "http://127.0.0.1:8000"
"""Part of the bytes; so it is the same whatever port a server gets."""
ENDPOINT = f"/commentkit/{content.SITE}"
ALWAYS = "1000000000/minute"


def say_nothing(_line: str) -> None:
    """Drop a line of progress."""


@dataclass
class Lab:
    """One run of the bench."""

    folder: Path
    large: bool = False
    seconds: float = 3
    """How long one stretch of load lasts."""
    say: Callable[[str], None] = field(default=say_nothing)

    @cached_property
    def world(self) -> "World":
        """Return the seeded SQLite file, which no row writes comments to; made at first use."""
        self.say("seeding" + (" 1,000,000 comments" if self.large else ""))
        return self.sqlite("world")

    def sqlite(self, name: str) -> "World":
        """Make and fill an SQLite database of its own."""
        folder = self.fresh(name)
        return _filled(f"sqlite:///{folder / 'comments.sqlite3'}", folder, large=self.large)

    @contextmanager
    def small_world(self, kind: str) -> Iterator["World"]:
        """Make a database of that kind with the small threads alone; it is gone afterwards."""
        folder = self.fresh(f"small-{kind}")
        with databases.fresh(kind, folder) as url:
            yield _filled(url, folder, long=False)

    def fresh(self, name: str) -> Path:
        """Make an empty folder."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def file(self, name: str, lines: Sequence[str]) -> str:
        """Write lines to a file of this run, and return where it is."""
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(path)


@dataclass(frozen=True)
class World:
    """A database with something in it, and how a server is told of it."""

    url: str
    folder: Path
    content: Content

    def environment(
        self, *, read_path: bool = True, public_url: str = PUBLIC_URL
    ) -> dict[str, str]:
        """Return the settings of a server that nothing limits."""
        return {
            "COMMENTKIT_PUBLIC_URL": public_url,
            "COMMENTKIT_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz",
            "COMMENTKIT_DATABASE_URL": self.url,
            "COMMENTKIT_READ_PATH": "true" if read_path else "false",
            "COMMENTKIT_LIMITS": _limits(),
            "COMMENTKIT_GOOGLE_CLIENT_ID": "bench",
            "COMMENTKIT_GOOGLE_CLIENT_SECRET": "bench",
            "COMMENTKIT_WORDPRESS_CLIENT_ID": "bench",
            "COMMENTKIT_WORDPRESS_CLIENT_SECRET": "bench",
        }


@contextmanager
def opened(*, large: bool, seconds: float, say: Callable[[str], None]) -> Iterator[Lab]:
    """Open a lab whose folder goes away at the end."""
    with tempfile.TemporaryDirectory(prefix="commentkit-bench-") as folder:
        yield Lab(Path(folder), large=large, seconds=seconds, say=say)


def thread(url: str) -> str:
    """Return where the section of a page is found."""
    return f"{ENDPOINT}/thread?url={quote(url, safe='')}"


def counts(urls: Sequence[str]) -> str:
    """Return where the counts of pages are found."""
    return f"{ENDPOINT}/counts?" + "&".join(f"url={quote(url, safe='')}" for url in urls)


def _limits() -> str:
    pairs = (f'"{action}": "{ALWAYS}"' for action in DEFAULT_RATES)
    return "{" + ", ".join(pairs) + "}"


def _filled(url: str, folder: Path, *, large: bool = False, long: bool = True) -> World:
    engine = own_engine(url)
    try:
        return World(url, folder, content.fill(engine, large=large, long=long))
    finally:
        engine.dispose()
