"""A scripted comment server at one site and a page at another."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext
from widget_server import CommentServer, HostSite, running
from widget_world import RECORD, World


@pytest.fixture
def world(context: BrowserContext) -> Iterator[World]:
    """A fresh world; scripts on the page record our events."""
    site = HostSite("localhost")
    server = CommentServer(page_origin=site.origin)
    context.add_init_script(RECORD)
    with running(site, server):
        yield World(server, site, context.new_page(), context)
