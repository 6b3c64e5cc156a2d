"""The embedded section in a browser, beside the same HTML inline in its page."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from playwright.sync_api import Browser
from tools.cluster.ports import free_port

from bench import host, hot, servers
from bench.browser import Seen, chromium, visit
from bench.content import SITE, sized
from bench.lab import Lab, thread
from bench.measure import middle, ratios, rounds
from bench.process import Program
from bench.results import AtMost, Limit, Row

TARGET, MOST_TASK = AtMost(1.8), 50.0
COMMENTS = 100
_TRIES = 2
_TAG = (
    '<script async src="{url}/commentkit/embed.js" data-site="{site}" data-url="{page}"></script>'
)

Found = Sequence[Mapping[str, Seen]]


def rows(lab: Lab) -> Iterator[Row]:
    """Measure it with `commentkit serve` on another origin than the page's."""
    port = free_port()
    env = lab.world.environment(public_url=f"http://127.0.0.1:{port}")
    with (
        chromium() as browser,
        servers.commentkit_serve(lab.fresh("browser"), env, port=port) as ours,
        host.serving(_pages(ours)) as origin,
    ):
        sides = {
            "floor": partial(_best, browser, f"{origin}/inline"),
            "ours": partial(_best, browser, f"{origin}/embedded"),
        }
        yield _row(rounds(sides))


def _pages(ours: Program) -> dict[str, bytes]:
    """Make the page with the tag, and the page with the HTML that the tag would fetch."""
    inline = hot.fetch(ours, thread(sized(COMMENTS))).body.decode()
    tag = _TAG.format(url=ours.url, site=SITE, page=sized(COMMENTS))
    return {"/inline": host.page(inline), "/embedded": host.page(tag)}


def _best(browser: Browser, address: str) -> Seen:
    """Visit some times; shift and tasks are the worst of them, since none may be bad."""
    visits = [visit(browser, address, comments=COMMENTS) for _ in range(_TRIES)]
    return Seen(
        min(one.visible for one in visits),
        max(one.shift for one in visits),
        max(one.longest for one in visits),
    )


def _row(found: Found) -> Row:
    worst = [one["ours"] for one in found]
    return Row(
        row="embedded section of 100 comments visible, slow 4G, 4 × slower processor",
        group="browser",
        floor="the same HTML inline in the page",
        target=TARGET,
        ratios=ratios(found, _visible, over="ours", under="floor"),
        limits=[
            Limit(what="layout shift", value=max(one.shift for one in worst), most=0),
            Limit(
                what="ms of the longest task",
                value=max(one.longest for one in worst),
                most=MOST_TASK,
            ),
        ],
        figures={f"{side} ms": middle(found, side, _visible) for side in found[0]}
        | {"floor longest task ms": middle(found, "floor", lambda one: one.longest)},
    )


def _visible(seen: Seen) -> float:
    return seen.visible
