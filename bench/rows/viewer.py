"""The answer for a reader who is signed in."""

from collections.abc import Iterator
from urllib.parse import quote

from bench import hot, servers
from bench.content import BLOG, sized
from bench.hot import Answer, Subject
from bench.lab import ENDPOINT, Lab
from bench.process import Program
from bench.results import AtLeast, Row
from bench.servers import Serving
from commentkit import ids

TARGET = AtLeast(0.6)
SERVER = "granian"


def rows(lab: Lab) -> Iterator[Row]:
    """Measure it under granian."""
    with servers.ours(SERVER, lab.fresh("viewer"), lab.world.environment()) as ours:
        subject = _subject(lab.world.content.bearer)
        with _floor(lab, hot.fetch(ours, subject.path, subject.headers)) as floor:
            yield from _measured(lab, floor, ours, subject)


def _subject(bearer: str) -> Subject:
    return Subject(
        row="viewer answer, signed in",
        target=TARGET,
        path=f"{ENDPOINT}/viewer?url={quote(sized(100), safe='')}",
        headers={"Authorization": f"Bearer {bearer}", "Origin": BLOG, "X-CommentKit": "1"},
    )


def _floor(lab: Lab, answer: Answer) -> Serving:
    folder = lab.fresh("viewer-floor")
    (folder / "body").write_bytes(answer.body)
    env = {"BENCH_BODY": str(folder / "body"), "BENCH_DATABASE": lab.world.url}
    return servers.floor(SERVER, "reader", folder, env)


def _measured(lab: Lab, floor: Program, ours: Program, subject: Subject) -> Iterator[Row]:
    content = lab.world.content
    yield from hot.measured(
        lab,
        group="viewer",
        named="bare Flask route and one SELECT by key",
        floor=floor,
        ours=ours,
        subjects=[subject],
        floor_path=f"/page?site={content.site_id}&key={ids.sha256(content.bearer).hex()}",
    )
