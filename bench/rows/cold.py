"""The page of 100 made anew: query, render, store."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from bench import content, pages, servers
from bench.cold_floor import floor as flat_template
from bench.lab import Lab, World, thread
from bench.measure import Sample, middle, percentile, ratios, rounds
from bench.pages import Connection
from bench.process import Program
from bench.results import AtMost, Limit, Row
from commentkit import sites
from commentkit.model import own_engine
from commentkit.serve import app_from
from commentkit.view import ThreadView
from commentkit.web import fragments, section
from commentkit.web.call import Call
from commentkit.web.kit import Kit

TARGET, MOST_CPU = AtMost(4), 20.0
_URLS = [content.page("hundred", number) for number in range(content.HUNDREDS)]


def rows(lab: Lab) -> Iterator[Row]:
    """Measure what the server's processor spends on pages that nobody has asked for yet."""
    world = lab.world
    render = flat_template(view_of(world))
    with servers.commentkit_serve(lab.fresh("cold"), world.environment()) as ours:
        engine = own_engine(world.url)
        with closing(Connection(ours)) as reader:
            _cold(engine, ours, reader)
            found = rounds(
                {"floor": partial(_floor, render), "ours": partial(_cold, engine, ours, reader)}
            )
        engine.dispose()
    cpu = middle(found, "ours", _cpu)
    yield Row(
        row="page of 100, cold",
        group="cold",
        floor="one flat Jinja template over a ready list",
        target=TARGET,
        ratios=ratios(found, _cpu, over="ours", under="floor"),
        limits=[Limit(what="CPU ms", value=cpu, most=MOST_CPU)],
        figures={
            "floor CPU ms": middle(found, "floor", _cpu),
            "ours CPU ms": cpu,
            "ours p50 ms": middle(found, "ours", lambda one: one.p50),
        },
    )


def _cpu(sample: Sample) -> float:
    return sample.cpu


def _cold(engine: Engine, ours: Program, reader: Connection) -> Sample:
    """Make all pages old, and ask for each once."""
    pages.make_old(engine, [content.key_hash(url) for url in _URLS])
    before, begin = ours.cpu_seconds(), time.monotonic()
    times = [reader.milliseconds(thread(url)) for url in _URLS]
    used = ours.cpu_seconds() - before
    return _sample(times, begin, used * 1000 / len(times))


def _floor(render: Callable[[], str]) -> Sample:
    """Render as often as there are pages."""
    times = []
    before, begin = time.thread_time(), time.monotonic()
    for _ in _URLS:
        start = time.perf_counter()
        render()
        times.append((time.perf_counter() - start) * 1000)
    return _sample(times, begin, (time.thread_time() - before) * 1000 / len(times))


def _sample(times: list[float], begin: float, cpu: float) -> Sample:
    return Sample(
        rate=len(times) / (time.monotonic() - begin),
        p50=percentile(times, 0.5),
        p99=percentile(times, 0.99),
        cpu=cpu,
    )


def view_of(world: World) -> ThreadView:
    """Read one of these pages as the section shows it."""
    app = app_from(world.environment(), instance=world.folder)
    kit = app.extensions["commentkit"]
    with app.test_request_context(thread(_URLS[0])), kit.database.read() as db:
        call = _call(kit, db)
        return section.public_view(call, db, section.stand(call, db, fragments.asked(call)))


def _call(kit: Kit, db: Session) -> Call:
    site = sites.find(db, content.SITE)
    origin = kit.settings.origin
    return Call(kit=kit, site=site, language="en", origin=origin, now=kit.clock())
