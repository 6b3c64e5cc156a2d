"""The bench as a person runs it, in its cheapest part."""

import json
import os
import subprocess
import sys
from pathlib import Path

from bench.__main__ import chosen
from bench.process import REPOSITORY
from bench.rows import GROUPS


def run(file: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "bench"],
        cwd=REPOSITORY,
        env={**os.environ, "BENCH_RESULTS": str(file), **more},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def test_a_part_runs_prints_and_writes(tmp_path: Path):
    file = tmp_path / "results.json"
    done = run(file, ROWS="import")
    assert done.returncode == 0, done.stderr
    assert "import of the package" in done.stdout
    assert f"written to {file}" in done.stdout
    [row] = json.loads(file.read_text())
    assert row["row"] == "import of the package"
    assert row["target"] == "≤ 2 ×"
    assert len(row["ratios"]) == 3
    assert row["ratio"] > 0
    assert row["figures"]["floor CPU ms"] > 0


def test_a_name_that_is_none_is_told_with_those_that_are(tmp_path: Path):
    done = run(tmp_path / "results.json", ROWS="import,speed")
    assert done.returncode == 1
    assert done.stderr.startswith("no rows are named speed: blueprint, readpath, ")
    assert not (tmp_path / "results.json").exists()


def test_parts_keep_the_order_of_the_table():
    assert list(chosen("viewer, cold")) == ["cold", "viewer"]
    assert list(chosen("")) == list(GROUPS)
