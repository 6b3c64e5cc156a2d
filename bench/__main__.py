"""`python -m bench`: measure all rows, or those that ROWS names, and write the results."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench import lab, loader, machine, report, results, table
from bench.lab import Lab
from bench.results import Row
from bench.rows import GROUPS
from bench.servers import MissingToolError

USAGE = "make bench [ROWS=cold,viewer] [BENCH=large] [BENCH_RESULTS=file] [BENCH_SECONDS=3]"


def main(environ: Mapping[str, str] = os.environ) -> int:
    """Run, print the table, and write the file, and the page where it is the file we keep."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped
    names = chosen(environ.get("ROWS", ""))
    file = Path(environ.get("BENCH_RESULTS") or results.FILE)
    large, seconds = environ.get("BENCH") == "large", float(environ.get("BENCH_SECONDS") or 3)
    print(f"{machine.describe()}; load by {loader.name()}", flush=True)
    with lab.opened(large=large, seconds=seconds, say=_say) as here:
        rows = [_kept(row, large) for name in names for row in _told(here, name)]
    kept = results.merged(results.read(file), rows, list(GROUPS))
    results.write(kept, file)
    if file == results.FILE:
        table.write(kept)
    print(f"\n{report.summary(rows)}\nwritten to {file}")
    return 0


def chosen(said: str) -> Sequence[str]:
    """Return the groups that were named, in the table's order; all where none was."""
    names = [name.strip() for name in said.split(",") if name.strip()]
    unknown = sorted(set(names) - set(GROUPS))
    if unknown:
        sys.exit(f"no rows are named {', '.join(unknown)}: {', '.join(GROUPS)}. {USAGE}")
    return [name for name in GROUPS if not names or name in names]


def _told(here: Lab, name: str) -> Iterator[Row]:
    """Print each row as it comes; one group that fails must not take the others with it."""
    begin = time.monotonic()
    try:
        for row in GROUPS[name](here):
            print(report.line(row), flush=True)
            yield row
    except Exception as error:  # noqa: BLE001 - whatever it was, it is told, and the row is missed
        row = _failed(name, error)
        print(report.line(row), flush=True)
        yield row
    _say(f"{name}: {time.monotonic() - begin:.0f} s")


def _failed(name: str, error: Exception) -> Row:
    if not isinstance(error, MissingToolError):
        traceback.print_exception(error)
    why = str(error).splitlines()[0] if str(error) else type(error).__name__
    return Row(row=name, group=name, floor="", target=results.AtLeast(0), missing=why)


def _kept(row: Row, large: bool) -> dict[str, Any]:
    """Say beside each row where, when and how it was measured."""
    made = {"machine": machine.describe(), "at": machine.today(), "loader": loader.name()}
    return {**row.as_json(), **made, "large": large}


def _say(line: str) -> None:
    print(f"  … {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
