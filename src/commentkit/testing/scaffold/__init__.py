"""What `provider new` writes: an adapter, its recorded answers and its contract test.

What is written works, for a provider that does not exist: the contract passes but for the lines
that say FILL IN, each of which somebody has to look up. `provider check` lists those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from keyword import iskeyword
from pathlib import Path
from string import Template

BLANK = "FILL IN"
PROTOCOLS = ("oidc", "oauth2", "oauth1")
REPOSITORY = Path("src/commentkit/signin/providers"), Path("tests/signin/providers")
"""Where this project itself keeps adapters and their tests."""
_NAME = re.compile("[a-z][a-z0-9_]{0,31}")


@dataclass(frozen=True)
class Written:
    """An adapter that has to be filled in."""

    adapter: Path
    test: Path
    entry_point: str
    """The line that makes it known, below `[project.entry-points."commentkit.providers"]`."""


def usable(name: str) -> bool:
    """Tell whether a provider may have that name: in addresses, settings and Python alike."""
    return bool(_NAME.fullmatch(name)) and not iskeyword(name)


def places(name: str, into: Path | None) -> tuple[Path, Path, str]:
    """Say where an adapter and its test belong, and how the adapter's module is called."""
    if into is None and all(map(Path.is_dir, REPOSITORY)):
        adapters, tests = REPOSITORY
        return adapters / f"{name}.py", tests / f"test_{name}.py", module_in_repository(name)
    folder = into or Path()
    module = module_of_ones_own(name)
    return folder / f"{module}.py", folder / f"test_{module}.py", module


def module_in_repository(name: str) -> str:
    """Name the module of an adapter of this project."""
    return f"commentkit.signin.providers.{name}"


def module_of_ones_own(name: str) -> str:
    """Name the module of an adapter elsewhere."""
    return f"commentkit_{name}"


def write(
    name: str, *, protocol: str, label: str, into: Path | None = None, today: date
) -> Written:
    """Write both files; raise FileExistsError rather than write over anything."""
    adapter, test, module = places(name, into)
    class_name = "".join(word.capitalize() for word in name.split("_"))
    words = _words(name, protocol, label, module, class_name) | {"today": today.isoformat()}
    for path in (adapter, test):
        if path.exists():
            raise FileExistsError(str(path))
    adapter.parent.mkdir(parents=True, exist_ok=True)
    for path, kind in ((adapter, "adapter"), (test, "test")):
        template = files(__name__).joinpath(f"{kind}_{protocol}.txt").read_text("utf-8")
        path.write_text(Template(template).substitute(words), "utf-8")
    return Written(adapter, test, f'{name} = "{module}:{class_name}"')


def _words(name: str, protocol: str, label: str, module: str, class_name: str) -> dict[str, str]:
    ours = module == module_in_repository(name)
    return {
        "name": name,
        "host": f"{name.replace('_', '-')}.example",
        "label": label,
        "class_name": class_name,
        # A sentence of the catalogue: what nobody translated would be English everywhere.
        "picture_alt": f"Photo from {label}" if ours else "Photo",
        "imports": _imports(protocol, module, class_name),
    }


def _imports(protocol: str, module: str, class_name: str) -> str:
    """Spell a test's imports in the order that linters want them in."""
    own = f"from {module} import {class_name}"
    kit = ["from commentkit.signin.provider import Profile"]
    client = "CLIENT_ID, " if protocol != "oauth1" else ""
    tests = [f"from commentkit.testing.contract import {client}ProviderContract"]
    if protocol == "oauth1":
        tests.append("from commentkit.testing.rehearsal import REQUEST_TOKEN")
    if module.startswith("commentkit."):
        return "\n".join(["", *kit, own, *tests])
    return "\n".join([*kit, *tests, "", own])


def blanks(paths: Iterable[Path]) -> list[str]:
    """List the lines that are still to be filled in, as `file:line: text`."""
    return [
        f"{path}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if BLANK in line
    ]
