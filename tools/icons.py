"""Write the providers' marks anew: src/commentkit/templates/commentkit/icons/*.svg.

    .venv/bin/python tools/icons.py            every mark
    .venv/bin/python tools/icons.py slack x    these

Marks come from packages that npm serves, in the version named here; nothing else of a package is
used. Where a newer version of Simple Icons lacks a mark, its owner asked for that, and the last
version that has it is named. `docs/dependencies.md` says under which licence we have them.
"""

import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ICONS = Path(__file__).parent.parent / "src" / "commentkit" / "templates" / "commentkit" / "icons"
SHAPE = (
    '<svg viewBox="{view}" width="20" height="20" fill="currentColor" focusable="false" '
    'aria-hidden="true">{credit}{paths}</svg>\n'
)
"""The template beside it gives the accessible name."""


@dataclass(frozen=True)
class Package:
    """Where marks come from."""

    npm: str
    version: str
    licence: str
    folder: str
    credit: str = ""
    """What the licence wants said in each file."""

    @property
    def spec(self) -> str:
        """Name it for npm."""
        return f"{self.npm}@{self.version}"


def simple(version: str = "16.37.0") -> Package:
    """Name a version of Simple Icons."""
    return Package("simple-icons", version, "CC0-1.0", "icons")


AWESOME = Package(
    "@fortawesome/fontawesome-free",
    "7.3.1",
    "CC-BY-4.0",
    "svgs/brands",
    "<!-- Font Awesome Free 7.3.1 by fontawesome.com, CC BY 4.0; its shape, without its colour -->",
)

NEWEST = (
    "apple",
    "asana",
    "auth0",
    "authentik",
    "bitbucket",
    "bluesky",
    "discord",
    "dropbox",
    "ethereum",
    "facebook",
    "forgejo",
    "gitea",
    "github",
    "gitlab",
    "google",
    "huggingface",
    "keycloak",
    "line",
    "mastodon",
    "naver",
    "nextcloud",
    "notion",
    "okta",
    "openstreetmap",
    "orcid",
    "patreon",
    "paypal",
    "qq",
    "roblox",
    "stackexchange",
    "steam",
    "strava",
    "telegram",
    "tiktok",
    "tumblr",
    "twitch",
    "vk",
    "wechat",
    "wordpress",
    "x",
    "zoom",
)
MARKS: dict[str, tuple[Package, str]] = {
    **{name: (simple(), name) for name in NEWEST},
    "indieauth": (simple(), "indieweb"),
    "kakao": (simple(), "kakaotalk"),
    "weibo": (simple(), "sinaweibo"),
    "wikimedia": (simple(), "wikimediafoundation"),
    "slack": (simple("15.22.0"), "slack"),
    "amazon": (simple("14.15.0"), "amazon"),
    "cognito": (simple("14.15.0"), "amazoncognito"),
    "linkedin": (simple("13.21.0"), "linkedin"),
    "microsoft": (simple("12.4.0"), "microsoft"),
    "yahoo": (simple("9.21.0"), "yahoo"),
    "yandex": (AWESOME, "yandex"),
}
"""By the file's name: the package, and what the package calls it."""

OWN: dict[str, str] = {
    # Someone: whoever has no mark of their own.
    "generic": "M12 12.5a5.25 5.25 0 1 0 0-10.5 5.25 5.25 0 0 0 0 10.5Zm0 2.25c-4.9 0-9 2.55-9 "
    "5.75V22h18v-1.5c0-3.2-4.1-5.75-9-5.75Z",
    # An envelope.
    "email": "M2.5 4h19A1.5 1.5 0 0 1 23 5.5v.6l-11 6.9L1 6.1v-.6A1.5 1.5 0 0 1 2.5 4ZM1 8.45v10.05"
    "A1.5 1.5 0 0 0 2.5 20h19a1.5 1.5 0 0 0 1.5-1.5V8.45l-11 6.9-11-6.9Z",
    # A padlock.
    "oauth2": "M12 1a5.5 5.5 0 0 0-5.5 5.5V10H5a1.5 1.5 0 0 0-1.5 1.5v10A1.5 1.5 0 0 0 5 23h14a1.5 "
    "1.5 0 0 0 1.5-1.5v-10A1.5 1.5 0 0 0 19 10h-1.5V6.5A5.5 5.5 0 0 0 12 1Zm0 2.5a3 3 0 0 1 3 3V10"
    "H9V6.5a3 3 0 0 1 3-3Zm0 10.25a1.75 1.75 0 0 1 1 3.19V19.5h-2v-2.56a1.75 1.75 0 0 1 1-3.19Z",
    # Someone with a key.
    "passkey": "M9 11.5A4.75 4.75 0 1 0 9 2a4.75 4.75 0 0 0 0 9.5Zm0 2c-4.4 0-8 2.35-8 5.25V22h13.5"
    "v-3.6a5.6 5.6 0 0 1-1.6-4.3A12 12 0 0 0 9 13.5ZM19 9a4.25 4.25 0 0 0-2 8v5l2 2 3-3-1.75-1.75 "
    "1.75-1.75-1.5-1.5A4.25 4.25 0 0 0 19 9Zm0 2.25a1.25 1.25 0 1 1 0 2.5 1.25 1.25 0 0 1 "
    "0-2.5Z",
}
"""Drawn for this project."""


def write(names: list[str]) -> None:
    """Write these marks, fetching each package once."""
    with tempfile.TemporaryDirectory() as folder:
        fetched: dict[str, dict[str, str]] = {}
        for name in names:
            if name in OWN:
                content = SHAPE.format(
                    view="0 0 24 24", credit="", paths=f'<path d="{OWN[name]}"/>'
                )
            else:
                package, known_as = MARKS[name]
                if package.spec not in fetched:
                    fetched[package.spec] = fetch(package, Path(folder))
                content = shaped(fetched[package.spec][known_as], package.credit)
            (ICONS / f"{name}.svg").write_text(content)


def fetch(package: Package, folder: Path) -> dict[str, str]:
    """Read a package's icons by their names, and see that its licence is the one we know."""
    packed = subprocess.run(  # noqa: S603 - no word of it comes from outside
        ["npm", "pack", "--silent", package.spec],  # noqa: S607 - the developer's own npm
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    with tarfile.open(folder / packed.stdout.split()[-1]) as archive:
        says = json.loads(_read(archive, "package.json"))["license"]
        assert package.licence in says, (package.spec, says)
        wanted = {known_as for source, known_as in MARKS.values() if source == package}
        return {known_as: _read(archive, f"{package.folder}/{known_as}.svg") for known_as in wanted}


def _read(archive: tarfile.TarFile, path: str) -> str:
    file = archive.extractfile(f"package/{path}")
    assert file is not None
    return file.read().decode()


def shaped(svg: str, credit: str) -> str:
    """Keep the shapes alone: no title, no colour, no size of its own."""
    (view,) = re.findall(r'viewBox="([^"]+)"', svg)
    paths = re.findall(r'<path[^>]*?\sd="([^"]+)"', svg)
    assert paths
    return SHAPE.format(view=view, credit=credit, paths="".join(map(drawn, paths)))


def drawn(path: str) -> str:
    """Spell one shape."""
    return f'<path d="{path}"/>'


if __name__ == "__main__":
    write(sys.argv[1:] or [*MARKS, *OWN])
