"""`make cluster` and `make cluster-stop`: where they cannot, one line; where they can, no trace."""

import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import astuple, replace
from pathlib import Path

import pytest
import requests
from browser_support import need
from tools.cluster import nginx, records
from tools.cluster.cluster import Cluster
from tools.cluster.ports import HOST, Ports
from tools.cluster.problems import ClusterError, MissingProgramError
from tools.cluster.records import Record

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder where none is yet, which the account that runs PostgreSQL may enter."""
    parent = Path(tempfile.mkdtemp(prefix="commentkit-cluster-"))
    parent.chmod(0o711)
    yield parent / "cluster"
    shutil.rmtree(parent)


@pytest.fixture
def base() -> int:
    """The first of six ports in a row that nobody uses."""
    for _ in range(100):
        candidate = random.randrange(20_000, 32_000)
        try:
            Ports.above(candidate)
        except ClusterError:
            continue
        return candidate
    pytest.fail("no six free ports in a row")


def told(command: str, place: Path, base: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tools.cluster", *command.split()],
        cwd=ROOT,
        env={**os.environ, "CLUSTER_DIR": str(place), "PORT": str(base)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_it_starts_says_where_and_leaves_nothing(place: Path, base: int) -> None:
    started = told("start", place, base)
    need("There is no" not in started.stderr, started.stderr.strip())
    assert started.returncode == 0, started.stderr
    pages = re.findall(r"http://\S+/commentkit/blog/page\S+", started.stdout)
    assert len(pages) == 3
    assert [requests.get(page, timeout=20).status_code for page in pages] == [200, 200, 200]
    again = told("start", place, base)
    assert (again.returncode, again.stderr) == (
        1,
        "A cluster is there already: make cluster-stop ends it.\n",
    )
    kept = records.read(place)
    for record in kept:
        assert re.search(rf"{record.name} +{record.pid}  {re.escape(record.log)}", started.stdout)
    disturbed_and_mended(place, base, pages[1])
    kept = records.read(place)
    stopped = told("stop", place, base)
    assert stopped.returncode == 0, stopped.stderr
    assert not place.exists()
    assert Ports.above(base)  # all six are free again
    assert len(kept) == 6
    assert not any(records.runs(record) for record in kept)


def disturbed_and_mended(place: Path, base: int, page: str) -> None:
    """Kill the first server, as the command's own words say, and bring it back."""
    before = {record.name: record.pid for record in records.read(place)}
    assert told("kill first", place, base).stdout == "first is dead; restart brings it back.\n"
    with pytest.raises(requests.ConnectionError):
        requests.get(page, timeout=20)
    assert "does not run" in told("pause first", place, base).stderr
    again = told("restart first", place, base)
    assert again.returncode == 0, again.stderr
    assert requests.get(page, timeout=20).status_code == 200
    after = {record.name: record.pid for record in records.read(place)}
    assert {name for name in after if after[name] != before[name]} == {"first"}
    assert told("kill primary", place, base).returncode == 0
    assert told("restart primary", place, base).stderr == ""
    assert "goes on" in told("resume second", place, base).stdout
    assert "there are: redis, primary" in told("kill third", place, base).stderr


def test_without_a_cluster_there_is_nothing_to_stop(place: Path, base: int) -> None:
    stopped = told("stop", place, base)
    assert (stopped.returncode, stopped.stderr) == (1, "No cluster runs here.\n")


def test_a_port_in_use_is_named_in_one_line(place: Path, base: int) -> None:
    with socket.create_server((HOST, base + 2)):
        refused = told("start", place, base)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"Port {base + 2} (for second) is in use")
    assert refused.stderr.count("\n") == 1
    assert not place.exists()


@pytest.mark.parametrize("base", [-9, 0, 65_533, 99_999])
def test_a_number_that_is_no_port_is_refused(base: int) -> None:
    with pytest.raises(ClusterError, match="no port"):
        Ports.above(base)


def test_free_ports_differ() -> None:
    assert len({*astuple(Ports.free())}) == 6


def test_what_fails_half_way_is_taken_down_again(place: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        cluster = Cluster(place, replace(Ports.free(), primary=port))
        try:
            with pytest.raises(ClusterError, match="primary ended at once") as refusal:
                cluster.start()
        except MissingProgramError as missing:
            need(None, str(missing))
    assert "\n" not in str(refusal.value)
    assert not place.exists()
    assert [name for name, program in cluster.programs.items() if program.runs()] == []


def test_a_process_that_took_over_a_number_is_left_alone() -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        records.end([Record("redis", stranger.pid, "another day", 15)])
        assert stranger.poll() is None
        stranger.kill()


def test_the_shown_configuration_is_adapted_in_its_addresses_alone() -> None:
    with pytest.raises(ClusterError, match="listen 8080"):
        nginx.adapted(nginx.SHOWN.read_text(), {"listen 8080;": ""})
    with pytest.raises(ClusterError, match="has 'proxy_pass'"):
        nginx.adapted(nginx.SHOWN.read_text(), {"proxy_pass": ""})
