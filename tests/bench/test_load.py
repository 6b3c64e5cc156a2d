"""Starting, loading and stopping a server, against one whose answers are known."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import loader, measure, process, servers
from bench.loader import Job, LoadFailedError
from bench.process import Program
from tools.cluster.programs import wait_until

BODY = b"the same bytes"


def alive(pid: int) -> bool:
    """Tell whether a process runs: one that has ended may wait for its parent to look."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A bare route by granian, as the floors are."""
    (tmp_path / "body").write_bytes(BODY)
    env = {"BENCH_BODY": str(tmp_path / "body"), "BENCH_TYPE": "text/plain"}
    with servers.floor("granian", "page", tmp_path, env) as running:
        yield running


@pytest.fixture(params=["wrk", "urllib3"])
def by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way to make the load; the slow one stands in where wrk is missing."""
    if request.param == "wrk" and loader.name() != "wrk":
        pytest.skip("not run here: no wrk on this machine")
    monkeypatch.setattr(loader, "name", lambda: request.param)
    return str(request.param)


@pytest.mark.usefixtures("by")
def test_a_load_counts_answers_times_and_the_servers_processor(program: Program):
    found, answers = loader.sample(program, Job(seconds=1, connections=2))
    assert answers > 0
    assert found.rate > 0
    assert 0 < found.p50 <= found.p99
    assert program.cpu_seconds() > 0


@pytest.mark.usefixtures("by")
def test_answers_that_are_refused_are_no_rate(program: Program):
    with pytest.raises(LoadFailedError, match="refused"):
        loader.load(program, Job(path="/elsewhere", seconds=1, connections=1))


@pytest.mark.usefixtures("by")
def test_addresses_are_asked_for_in_turn(program: Program, tmp_path: Path):
    paths = tmp_path / "paths"
    paths.write_text("/page\n/page?again\n")
    assert loader.sample(program, Job(paths=str(paths), seconds=1, connections=1))[1] > 1
    paths.write_text("/page\n/elsewhere\n")
    with pytest.raises(LoadFailedError, match="refused"):
        loader.load(program, Job(paths=str(paths), seconds=1, connections=1))


def test_nothing_is_left_of_a_stopped_server(tmp_path: Path):
    (tmp_path / "body").write_bytes(BODY)
    env = {"BENCH_BODY": str(tmp_path / "body"), "BENCH_TYPE": "text/plain"}
    with servers.floor("granian", "page", tmp_path, env) as running:
        pids = running.pids()
        assert len(pids) > 1
        assert running.worker_memory()[0] > 10_000_000
    wait_until(lambda: not any(alive(pid) for pid in pids), "the workers to end")


def test_a_server_that_does_not_start_says_why(tmp_path: Path):
    with (
        pytest.raises(process.DidNotStartError, match="BENCH_BODY"),
        servers.floor("granian", "page", tmp_path, {}),
    ):
        pass


def test_a_setting_of_ours_reaches_no_server_by_chance(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COMMENTKIT_TRUSTED_HOPS", "3")
    made = process.environment({"COMMENTKIT_SITE": "bench"})
    assert "COMMENTKIT_TRUSTED_HOPS" not in made
    assert made["COMMENTKIT_SITE"] == "bench"
    assert made["PATH"] == os.environ["PATH"]


def test_sides_take_turns():
    asked: list[str] = []

    def side(name: str, value: float) -> float:
        asked.append(name)
        return value

    found = measure.rounds({"floor": lambda: side("floor", 2), "ours": lambda: side("ours", 3)}, 2)
    assert asked == ["floor", "ours", "floor", "ours"]
    assert measure.ratios(found, float, over="ours", under="floor") == [1.5, 1.5]
    assert measure.middle(found, "ours", float) == 3


def test_a_percentile_is_one_of_the_values():
    assert measure.percentile([5, 1, 3, 2, 4], 0.5) == 3
    assert measure.percentile([1, 2], 0.99) == 2
