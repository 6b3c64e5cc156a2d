"""The configurations that are shown are those that are shipped; nginx's is the one that runs."""

import re
from pathlib import Path

import pytest
from docs_pages import blocks, read
from tools.cluster import nginx
from tools.cluster.cluster import Cluster
from visiting import Door

PROXIES = Path(__file__).parents[2] / "examples" / "proxies"


@pytest.mark.parametrize(("kind", "name"), [("nginx", "nginx.conf"), ("vcl", "varnish.vcl")])
def test_what_is_shown_is_what_is_shipped(kind: str, name: str) -> None:
    shown = blocks(kind, "docs/caching.md")[0].text
    assert shown == (PROXIES / name).read_text()


def test_what_is_shipped_is_what_runs(cluster: Cluster) -> None:
    running = (cluster.folder / "nginx" / "commentkit.conf").read_text().splitlines()
    shipped = nginx.SHOWN.read_text().splitlines()
    changed = [old for old, new in zip(shipped, running, strict=True) if old != new]
    assert len(changed) == 5  # two servers, a folder, a port, a name


def headers_said(door: Door, path: str) -> str:
    return str(door.ask(path, headers={"Origin": "http://localhost:8001"}).headers["Cache-Control"])


def test_the_table_says_what_is_answered(first: Door) -> None:
    row = r"^\| (?P<paths>[^|]+) \| `(?P<says>[^`]+)`"
    told = {m["paths"]: m["says"] for m in re.finditer(row, read("docs/caching.md"), re.MULTILINE)}
    said = {path: says for paths, says in told.items() for path in re.findall(r"`([^`]+)`", paths)}
    assert headers_said(first, "/commentkit/blog/thread?key=a") == said["/S/thread"]
    assert headers_said(first, "/commentkit/blog/counts?key=a") == said["/S/counts"]
    assert headers_said(first, "/commentkit/embed.js") == said["/embed.js"]
    assert headers_said(first, "/commentkit/blog/viewer?key=a") == said["/S/viewer"]
    assert headers_said(first, "/commentkit/blog/page?key=a") == said["/S/page"]
    assert headers_said(first, "/commentkit/blog/replies/5") == told["any refusal"]


def test_both_configurations_keep_the_same_paths() -> None:
    """Those of the table; a path that is personal is in neither."""
    told = re.search(r"location ~ (\S+) \{", (PROXIES / "nginx.conf").read_text())
    varnish = re.search(r'req\.url ~ "(.+)"\)', (PROXIES / "varnish.vcl").read_text())
    assert told
    assert varnish
    kept = ("embed.js", "static/a/b.js", "s/thread", "s/counts", "s/replies/1", "s/pictures/1")
    never = (
        "s/viewer",
        "s/comments",
        "s/page",
        "s/threads",
        "health",
        "callback/google",
        "s/probe",
    )
    for pattern, query in ((told[1], ""), (varnish[1], ""), (varnish[1], "?key=a")):
        assert [p for p in kept if not re.search(pattern, f"/commentkit/{p}{query}")] == []
        assert [p for p in never if re.search(pattern, f"/commentkit/{p}{query}")] == []
