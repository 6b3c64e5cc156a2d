"""The rows of the table, a file a group, in the table's order."""

from collections.abc import Callable, Iterable, Mapping

from bench.lab import Lab
from bench.results import Row
from bench.rows import (
    blueprint,
    browser,
    cold,
    counts,
    imports,
    length,
    memory,
    nginx,
    plans,
    post,
    read_path,
    start,
    viewer,
)

Group = Callable[[Lab], Iterable[Row]]

GROUPS: Mapping[str, Group] = {
    "blueprint": blueprint.rows,
    "readpath": read_path.rows,
    "nginx": nginx.rows,
    "length": length.rows,
    "cold": cold.rows,
    "counts": counts.rows,
    "post": post.rows,
    "viewer": viewer.rows,
    "memory": memory.rows,
    "start": start.rows,
    "import": imports.rows,
    "browser": browser.rows,
    "plans": plans.rows,
}
"""What `make bench ROWS=` may name."""
