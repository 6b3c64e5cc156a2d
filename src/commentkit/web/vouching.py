"""What a host's own process says of a page, signed: who carries it is believed, and led back."""

import hashlib
from dataclasses import replace

from itsdangerous import BadData, URLSafeSerializer

from commentkit.discussion.addresses import canonical_url
from commentkit.discussion.threads import Page
from commentkit.settings import Settings
from commentkit.view import Links

MAX_PROOF_CHARS = 16_000
"""A key and an address of 2,000 characters each and a title, twice encoded."""


def signed(settings: Settings, *, site: str, page: Page) -> str:
    """Sign a page's key, address and title; the same for every reader, so that caches may hold it.

    Public in every page that carries it: it vouches for that page alone. Raises `thread_missing` or
    `thread_not_allowed` for what can be no key or no address.
    """
    url = canonical_url(page.url) if page.url else ""
    return _signer(settings, site).dumps([page.thread_key, url, page.title])


def checked(settings: Settings, *, site: str, page: Page, proof: str) -> Page:
    """Return the page as the host signed it; as it is, where the proof is forged or another's."""
    if not proof or page.vouched:
        return page
    try:
        key, url, title = _signer(settings, site).loads(proof)
    except (BadData, UnicodeError):
        return page
    if not key or key != page.key:
        return page
    return replace(page, url=url or None, title=title, vouched=True)


def back_address(page: Page, links: Links) -> str:
    """Return where a form without JavaScript leads back to: the host's page, or our own."""
    return page.url if page.vouched and page.url else links.page()


def _signer(settings: Settings, site: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        settings.secret_key,
        salt=f"commentkit.proof.{site}",
        signer_kwargs={"digest_method": hashlib.sha256},
    )
