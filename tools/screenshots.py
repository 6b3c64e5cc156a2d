"""Picture the form's five states, many ways to sign in and a thread over the real demo.

Each picture is docs/images/STATE-SCHEME-DEVICE.png; `make screenshots` makes them all anew.
"""

import io
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, Page, sync_playwright

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "e2e")]

from browser_support import (  # noqa: E402
    ARGUMENTS,
    BLOCK_THIRD_PARTY_COOKIES,
    WHY_NOT,
    find_chromium,
)
from e2e_support import Demo, Section, running_demo  # noqa: E402
from examples.addresses import Addresses  # noqa: E402

from commentkit.signin.provider import Provider  # noqa: E402
from commentkit.signin.providers.bluesky import Bluesky  # noqa: E402
from commentkit.signin.providers.discord import Discord  # noqa: E402
from commentkit.signin.providers.email import EmailLink  # noqa: E402
from commentkit.signin.providers.ethereum import Ethereum  # noqa: E402
from commentkit.signin.providers.github import GitHub  # noqa: E402
from commentkit.signin.providers.gitlab import GitLab  # noqa: E402
from commentkit.signin.providers.indieauth import IndieAuth  # noqa: E402
from commentkit.signin.providers.linkedin import LinkedIn  # noqa: E402
from commentkit.signin.providers.mastodon import Mastodon  # noqa: E402
from commentkit.signin.providers.microsoft import Microsoft  # noqa: E402
from commentkit.signin.providers.orcid import ORCID  # noqa: E402
from commentkit.signin.providers.telegram import Telegram  # noqa: E402

IMAGES = ROOT / "docs" / "images"
DRAFT = "Secondo me la parte più difficile è farsi capire."
COLOURS = 128
AIR = 24
"""CSS pixels around what is pictured."""


@dataclass(frozen=True)
class Device:
    """A window of a size."""

    name: str
    width: int
    height: int
    touch: bool


DEVICES = (Device("desktop", 760, 900, False), Device("phone", 390, 844, True))
SCHEMES = ("light", "dark")


def signed_out(section: Section) -> None:
    """The form in use, with one field to mend."""
    section.write(DRAFT)
    section.as_guest("Anna", "anna@")
    section.submit.click()
    section.error("email").wait_for()


def connecting(section: Section) -> None:
    """Waiting for the provider's window."""
    section.write(DRAFT)
    section.press("wordpress")
    section.in_state("connecting")


def signed_in(section: Section) -> None:
    """Commenting with an account."""
    section.write(DRAFT)
    section.sign_in("wordpress")


def changing(section: Section) -> None:
    """Two accounts in hand, and every other way."""
    section.write(DRAFT)
    section.sign_in("x", "luca")
    section.action("change").click()
    section.sign_in("wordpress")
    section.action("change").click()
    section.in_state("changing")


def signed_out_by_choice(section: Section) -> None:
    """After Log out."""
    signed_in(section)
    section.action("sign-out").click()
    section.in_state("signed-out")


STATES: dict[str, Callable[[Section], None]] = {
    "signed-out": signed_out,
    "connecting": connecting,
    "signed-in": signed_in,
    "changing": changing,
    "signed-out-by-choice": signed_out_by_choice,
}


def main() -> int:
    """Make every picture; return the exit code."""
    chromium = find_chromium()
    if chromium is None:
        print(WHY_NOT, file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_demo(Path(folder) / "four") as demo,
        running_demo(Path(folder) / "many", also=many) as town,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium, args=[*ARGUMENTS, BLOCK_THIRD_PARTY_COOKIES]
        )
        for device in DEVICES:
            for scheme in SCHEMES:
                picture_all(browser, demo, device, scheme)
            with page_of(browser, device, "light") as page:
                section = Section.open(page, town.flask_article)
                section.write(DRAFT)
                save(around(section.form, section.form), f"many-ways-light-{device.name}")
        browser.close()
    return 0


def many(_: Addresses) -> list[Provider]:
    """Give more ways to sign in than are looked over at once."""
    registered = (GitHub(), GitLab(), Microsoft(), Discord(), LinkedIn(), Telegram(), ORCID())
    ours = [provider.with_credentials("id", "secret") for provider in registered]
    return [*ours, Mastodon(), Bluesky(), IndieAuth(), EmailLink(), Ethereum()]


def picture_all(browser: Browser, demo: Demo, device: Device, scheme: str) -> None:
    """Picture the states and the thread in one scheme on one device."""
    for state, reach in STATES.items():
        with page_of(browser, device, scheme) as page:
            section = Section.open(page, demo.flask_article)
            reach(section)
            page.mouse.move(0, 0)
            save(around(section.form, section.form), f"{state}-{scheme}-{device.name}")
    with page_of(browser, device, scheme) as page:
        section = Section.open(page, demo.flask_article)
        shown = section.comment("da marzo a novembre")
        save(around(page.locator("article > footer"), shown), f"thread-{scheme}-{device.name}")


def around(first: Locator, last: Locator) -> bytes:
    """Picture the page from the top of one element to the bottom of another, with some air."""
    show_all(first.page)
    top, bottom = first.bounding_box(), last.bounding_box()
    assert top is not None
    assert bottom is not None
    start = top["y"] - AIR
    end = bottom["y"] + bottom["height"] + AIR
    clip: FloatRect = {
        "x": max(top["x"] - AIR, 0),
        "y": start,
        "width": top["width"] + 2 * min(AIR, top["x"]),
        "height": end - start,
    }
    return first.page.screenshot(clip=clip)


def show_all(page: Page) -> None:
    """Make the window as high as the page: for a picture of a full page Chromium drops the touch
    screen, and with it what is larger for thumbs."""
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("() => document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": height})
    page.evaluate("() => scrollTo(0, 0)")


@contextmanager
def page_of(browser: Browser, device: Device, scheme: str) -> Iterator[Page]:
    """Open an Italian reader's page."""
    context = browser.new_context(
        locale="it-IT",
        timezone_id="Europe/Rome",
        viewport={"width": device.width, "height": device.height},
        device_scale_factor=2,
        has_touch=device.touch,
        is_mobile=device.touch,
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    yield context.new_page()
    context.close()


def save(png: bytes, name: str) -> None:
    """Write a picture with as few colours as it needs."""
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS)
    picture.save(IMAGES / f"{name}.png", optimize=True)
    print(f"docs/images/{name}.png")


if __name__ == "__main__":
    sys.exit(main())
