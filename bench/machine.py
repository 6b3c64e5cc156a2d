"""On what a run was made."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def describe() -> str:
    """Say which machine this is, as far as it matters to the figures."""
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {_processor()}, {_memory()} GiB, {platform.system()}, " + (
        f"Python {platform.python_version()}"
    )


def today() -> str:
    """Return the minute, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M")


def _processor() -> str:
    lines = _lines("/proc/cpuinfo")
    named = next((line for line in lines if line.startswith("model name")), "")
    return named.partition(":")[2].strip() or platform.machine()


def _memory() -> int:
    total = next((line for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), "")
    digits = "".join(c for c in total if c.isdigit()) or "0"
    return round(int(digits) / 1024**2)


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
