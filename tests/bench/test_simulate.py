"""The simulation: the same seed, the same table; and the same answers as the real read path."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from bench.process import REPOSITORY
from bench.simulate import SETTINGS, Model, run
from bench.simulation import layers
from bench.simulation.capacity import Machines
from bench.simulation.crowd import Crowd, Page
from bench.simulation.layers import Outcome, Part, Process, Shared, Versions
from bench.simulation.measure import Clock, Subject, app_over, filled

from commentkit import migrations
from commentkit.model import own_engine

SMALL = Crowd(sites=50, threads_of_first=500, threads_of_last=5)


def table(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bench.simulate", "--events", "300", "--sites", "50", *words],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


def test_the_same_seed_gives_the_same_table():
    first = table("--reads", "1000")
    assert first == table("--reads", "1000")
    assert first != table("--reads", "1000", "--seed", "2")
    assert all(setting.name in first for setting in SETTINGS)


def test_every_read_ends_somewhere():
    for setting in SETTINGS:
        load = run(SMALL, setting, Machines(), 1_000, events=2_000, warm=2_000).load
        ended = sum(load.outcomes.values())
        asked = load.reads * 0.8, load.reads * 1.2
        assert asked[0] < ended + load.cdn
        assert ended < asked[1]


def test_what_is_shared_is_rendered_once():
    """More memory in common never means more pages made."""
    made = [
        run(SMALL, setting, Machines(), 1_000, events=5_000, warm=5_000).load.outcomes[
            Outcome.RENDERED
        ]
        for setting in SETTINGS[:2]
    ]
    assert made[1] < made[0] / 2


def test_sizes_are_those_that_were_asked_for():
    crowd = Crowd(sites=3, threads_of_first=5_000, threads_of_last=10, silent=0.3)
    counts = [crowd.comments_of(0, thread) for thread in range(5_000)]
    assert 0.27 < counts.count(0) / 5_000 < 0.33
    assert counts == [crowd.comments_of(0, thread) for thread in range(5_000)]
    shares = sum(crowd.share_of(s, t) for s in range(3) for t in range(crowd.threads_of(s)))
    assert shares == pytest.approx(1)


def test_what_is_used_again_stays():
    part = Part(10)
    for thread in range(3):
        part.add(Page(0, thread), layers.Kept(3))
    part.pages[Page(0, 0)].used = True
    part.add(Page(0, 3), layers.Kept(3))
    assert [page.thread for page in part.pages] == [2, 3, 0]


def test_a_page_of_another_process_is_taken_from_redis():
    crowd, versions = SMALL, Versions()
    shared = Shared(crowd, 1e-9, versions)  # nobody was here before
    one, other = (Process(crowd, versions, shared, 2**20) for _ in range(2))
    page = Page(0, 0)
    assert one.read(page, 0.0) is Outcome.RENDERED
    assert other.read(page, 0.1) is Outcome.SHARED
    assert other.read(page, 0.2) is Outcome.FRESH
    assert other.read(page, 0.6) is Outcome.CHECKED
    versions.write(page)
    other.wrote(page)
    assert other.read(page, 0.7) is Outcome.RENDERED
    assert other.queries == (2 + 1 + 1) + (2 + 1) + (1 + 5)  # a site, a beginning, a look
    assert other.primary_queries == 1


# Beside the real one

READS = 1_500
SCALED = Crowd(
    sites=1, threads_of_first=150, threads_of_last=150, later_parts=0, writes_per_read=1 / 60
)
PAGES_BYTES = 2**20


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Subject]:
    # With a query in its address SQLite's own count of changes is not used, as with a server.
    engine = own_engine(f"sqlite:///{tmp_path / 'comments.sqlite3'}?timeout=5")
    migrations.upgrade(engine)
    clock = Clock()
    app = app_over(engine, clock, tmp_path, COMMENTKIT_PAGES_BYTES=PAGES_BYTES)
    sizes = [size for thread in range(150) if (size := SCALED.comments_of(0, thread))]
    yield filled(app, engine, clock, [min(size, 40) for size in sizes])
    engine.dispose()


@pytest.mark.timeout(300)
def test_the_real_read_path_answers_the_same_trace_the_same_way(
    real: Subject, monkeypatch: pytest.MonkeyPatch
):
    places = places_of(real)
    lengths = {thread: length_of(real, url) for thread, (_, url) in places.items()}
    monkeypatch.setattr(layers, "body_bytes", lambda _crowd, page: lengths[page.thread])
    process = Process(SCALED, versions := Versions(), None, PAGES_BYTES)
    renders = counting_renders(real, monkeypatch)
    agreed, outcomes, begin = 0, [], real.clock.now
    for event in islice(SCALED.events(400), READS):
        number, url = places[event.page.thread]
        real.clock.now = begin
        real.clock.move(event.at)
        if event.writes and number is not None:
            real.post(number)
            versions.write(event.page)
            process.wrote(event.page)
        elif not event.writes:
            foreseen, seen = process.read(event.page, event.at), seen_by(real, url, renders)
            outcomes.append(seen)
            agreed += foreseen is seen
    assert {Outcome.FRESH, Outcome.CHECKED, Outcome.RENDERED} == set(outcomes)
    assert min(map(outcomes.count, set(outcomes))) > READS // 20
    assert agreed / len(outcomes) > 0.98


def places_of(real: Subject) -> dict[int, tuple[int | None, str]]:
    """Give each thread of the crowd an address, and its number where it has comments."""
    numbers = iter(range(len(real.threads)))
    places: dict[int, tuple[int | None, str]] = {}
    for thread in range(150):
        number = next(numbers) if SCALED.comments_of(0, thread) else None
        silent = f"https://measured.example.org/silent/{thread}"
        places[thread] = number, real.threads[number].url if number is not None else silent
    return places


def length_of(real: Subject, url: str) -> int:
    real.forget()
    real.read_url(url)
    [kept] = set(real.kit.pages.addresses.values())
    length = (kept.size - layers.OVERHEAD_BYTES) * 2 // 3
    real.forget()
    return length


def counting_renders(real: Subject, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []
    render: Callable[..., object] = real.kit.renderer.render

    def counted(name: str, **more: object) -> object:
        made.append(name)
        return render(name, **more)

    monkeypatch.setattr(real.kit.renderer, "render", counted)
    return made


def seen_by(real: Subject, url: str, renders: list[str]) -> Outcome:
    """Tell by what it did how a read was answered."""
    before = real.statements, renders.count("thread.html")
    real.read_url(url)
    if renders.count("thread.html") > before[1]:
        return Outcome.RENDERED
    return Outcome.CHECKED if real.statements > before[0] else Outcome.FRESH


def test_a_model_plays_every_event():
    model = Model(SMALL, SETTINGS[-1], Machines(), 1_000)
    for event in islice(SMALL.events(1_000), 1_000):
        model.play(event)
    counts = model.counts()
    assert counts["writes"] > 0
    assert counts["cdn"] + sum(counts[one.name] for one in Outcome) >= 1_000 - counts["writes"]
