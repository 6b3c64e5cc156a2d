"""What the doctor looks at, and what it says."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from flask import Flask

from commentkit import advice
from commentkit.sites import KnownSite, everyone
from commentkit.web.kit import EXAMINING, Kit

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

Level = Literal["ok", "warn", "fail"]
_MARKS = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


@dataclass(frozen=True)
class Finding:
    """One sentence about one thing, and what to do about it."""

    level: Level
    check: str
    said: str
    do: str = ""

    def to_text(self) -> str:
        """Write it for a terminal."""
        advice = f"\n      → {self.do}" if self.do else ""
        return f"{_MARKS[self.level]}  {self.said}{advice}"

    def to_json(self) -> dict[str, Any]:
        """Give it for a program."""
        return asdict(self)


@dataclass(frozen=True)
class Patient:
    """An app with a comment section."""

    app: Flask
    kit: Kit
    offline: bool

    def ask(self, path: str, *, method: str = "GET", **options: Any) -> "TestResponse":
        """Send a request below our prefix through the whole app, as a server would."""
        settings = self.kit.settings
        with self.app.test_client(use_cookies=False) as client:
            return client.open(
                settings.url_prefix + path,
                method=method,
                base_url=settings.public_url,
                environ_overrides={EXAMINING: True},
                **options,
            )

    def command(self, words: str) -> str:
        """Spell a command of ours as it must be typed for this app."""
        return advice.command(words, app=self.app.name)

    def sites(self) -> list[KnownSite]:
        """List the registered sites."""
        with self.kit.database.read() as db:
            return everyone(db)
