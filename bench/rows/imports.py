"""What importing the package costs, beside importing Flask and making an app."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from bench import process
from bench.lab import Lab
from bench.measure import middle, ratios, rounds
from bench.results import AtMost, Row

TARGET = AtMost(2)
TRIES = 3
_TIMED = """
import time
begin = time.process_time()
{code}
print((time.process_time() - begin) * 1000)
"""
_FLASK = "from flask import Flask\napp = Flask('floor')\napp.get('/')(lambda: 'x')"
_OURS = "from commentkit import CommentKit"


def rows(_lab: Lab) -> Iterator[Row]:
    """Measure the processor time of each, without what Python itself takes to start."""
    found = rounds({"floor": partial(_least, _FLASK), "ours": partial(_least, _OURS)})
    yield Row(
        row="import of the package",
        group="import",
        floor="import of Flask, and a bare app",
        target=TARGET,
        ratios=ratios(found, float, over="ours", under="floor"),
        figures={f"{side} CPU ms": middle(found, side, float) for side in ("floor", "ours")},
    )


def _least(code: str) -> float:
    """Return the least of some tries, in new processes: other work only ever adds."""
    return min(_milliseconds(code) for _ in range(TRIES))


def _milliseconds(code: str) -> float:
    said = subprocess.run(
        [sys.executable, "-c", _TIMED.format(code=code)],
        env=process.environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(said.stdout)
