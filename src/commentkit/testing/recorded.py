"""Recorded answers, and the same ones with a value changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def swapped(value: Any, old: Any, new: Any) -> Any:
    """Copy a JSON value with each occurrence of one leaf replaced."""
    if isinstance(value, dict):
        return {name: swapped(part, old, new) for name, part in value.items()}
    if isinstance(value, list):
        return [swapped(part, old, new) for part in value]
    return new if type(value) is type(old) and value == old else value


def leaves(value: Any, path: Sequence[str] = ()) -> Iterator[Sequence[str]]:
    """List the paths of every value below an object, the objects themselves included."""
    if path:
        yield path
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from leaves(part, (*path, name))


def put(value: Any, path: Sequence[str | int], new: Any) -> None:
    """Set a nested value; a number is a place in a list."""
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = copy.deepcopy(new)
