"""Find an adapter and its contract test, and run the one against the other."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from commentkit.signin import registry
from commentkit.signin.provider import Provider
from commentkit.testing.scaffold import REPOSITORY, module_in_repository, module_of_ones_own


def adapter_of(name: str) -> type[Provider]:
    """Find an adapter by its entry point, or where `provider new` wrote it; raise LookupError."""
    try:
        return registry.load(name)
    except registry.UnknownProviderError:
        found = _not_installed_yet(name)
        if found is None:
            raise
        return found


def _not_installed_yet(name: str) -> type[Provider] | None:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    for module in (module_in_repository(name), module_of_ones_own(name)):
        if name.isidentifier() and find_spec(module):
            for _, found in inspect.getmembers(import_module(module), inspect.isclass):
                if found.__module__ == module and issubclass(found, Provider):
                    return found
    return None


def source_of(adapter: type[Provider]) -> Path:
    """Return an adapter's own file."""
    return Path(inspect.getfile(adapter))


def contract_test_of(adapter: type[Provider]) -> Path | None:
    """Find the contract test of an adapter: named after its file, or naming its class."""
    source = source_of(adapter)
    for folder in _folders(source):
        named = folder / f"test_{source.stem}.py"
        if named.is_file():
            return named
    word = re.compile(rf"import .*\b{adapter.__name__}\b")
    for folder in _folders(source):
        for test in sorted(folder.glob("test_*.py")):
            if word.search(test.read_text("utf-8")):
                return test
    return None


def _folders(source: Path) -> Iterator[Path]:
    roots = [source.parent, *source.parents[1:6]]
    places = [source.parent, *(root / "tests" for root in roots[:2])]
    places += [root / REPOSITORY[1] for root in roots]
    return (place for place in places if place.is_dir())


def run_contract(test: Path) -> bool:
    """Run a contract test and tell whether it passed; pytest says the rest."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)]
    unknown_mark = ["-W", "ignore::pytest.PytestUnknownMarkWarning"]
    return subprocess.call([*words, *unknown_mark]) == 0  # noqa: S603 - our own interpreter
