"""What answers cost in processor time, and which machine is full first."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from bench.simulation.layers import Outcome


def _ms(value: float, what: str) -> Any:
    return field(default=value, metadata={"what": what})


@dataclass(frozen=True)
class Costs:
    """Processor milliseconds; docs/scale.md says which were measured and which estimated."""

    fresh: float = _ms(0.04, "a kept page, of the worker")
    checked: float = _ms(1.7, "the same after a look at its version")
    shared: float = _ms(5.0, "a page from Redis, with its compressed form")
    rendered: float = _ms(14.0, "a page queried, rendered and compressed")
    site: float = _ms(1.0, "a site read anew")
    post: float = _ms(18.0, "a comment, of the worker")
    viewer: float = _ms(3.5, "what a reader who is known here asks for beside the page")
    query: float = _ms(0.4, "a short statement, of the database")
    page_query: float = _ms(0.4, "what those of a page cost beyond short ones")
    post_queries: float = _ms(4.5, "the statements of a comment, of the database")
    viewer_queries: float = _ms(0.8, "those of a viewer answer, of the database")


@dataclass(frozen=True)
class Machines:
    """What there is."""

    processes: int = 16
    """Workers, one to a processor."""
    database_cores: int = 8
    replica_cores: int = 16
    """Of all replicas together."""
    places: int = 4
    """Of the CDN, each asking the origin for itself."""
    full: float = 0.7
    """Beyond this part of a machine, waiting times grow without bound."""


@dataclass(frozen=True)
class Load:
    """What a second of the trace asked of the machines."""

    reads: float
    writes: float
    viewers: float
    cdn: float
    """Reads that ended there."""
    outcomes: Mapping[Outcome, float]
    """Of those that came to a process."""
    queries: float
    primary_queries: float
    site_looks: float


def worker_cores(load: Load, costs: Costs) -> float:
    """Return how many processors the workers keep busy."""
    return (
        load.outcomes[Outcome.FRESH] * costs.fresh
        + load.outcomes[Outcome.CHECKED] * costs.checked
        + load.outcomes[Outcome.SHARED] * costs.shared
        + load.outcomes[Outcome.RENDERED] * costs.rendered
        + load.site_looks * costs.site
        + load.writes * costs.post
        + load.viewers * costs.viewer
    ) / 1000


def primary_cores(load: Load, costs: Costs, *, replicas: bool) -> float:
    """Return how many processors the primary keeps busy."""
    own = load.writes * costs.post_queries + load.viewers * costs.viewer_queries
    return (own + _reading(load, costs) * (0 if replicas else 1)) / 1000 + (
        load.primary_queries * costs.query / 1000 if replicas else 0
    )


def replica_cores(load: Load, costs: Costs) -> float:
    """Return how many processors the replicas keep busy with reads."""
    return max(_reading(load, costs) - load.primary_queries * costs.query, 0) / 1000


def _reading(load: Load, costs: Costs) -> float:
    return load.queries * costs.query + load.outcomes[Outcome.RENDERED] * costs.page_query


def described(costs: Costs) -> list[tuple[str, float, str]]:
    """List each cost with what it is of."""
    return [(f.name, getattr(costs, f.name), f.metadata["what"]) for f in fields(costs)]
