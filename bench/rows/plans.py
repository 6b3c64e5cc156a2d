"""The plans of all that a visitor asks for, at a million comments on each database."""

import subprocess
import sys
from collections.abc import Iterator
from xml.etree import ElementTree

from bench import databases, process
from bench.content import LARGE
from bench.lab import Lab
from bench.results import AtLeast, Row

TARGET = AtLeast(1)
_TEST = "tests/model/test_plans.py"
_PATIENCE = 1_800


def rows(lab: Lab) -> Iterator[Row]:
    """Run the test that reads the plans; only where a million comments were asked for."""
    if lab.large:
        for kind in databases.KINDS:
            yield _on(lab, kind)


def _on(lab: Lab, kind: str) -> Row:
    report = lab.fresh(f"plans-{kind}") / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", _TEST, "--database", kind]
    subprocess.run(
        [*command, "--timeout", str(_PATIENCE), f"--junit-xml={report}"],
        cwd=process.REPOSITORY,
        env=process.environment({"COMMENTKIT_TEST_COMMENTS": str(LARGE)}),
        stdout=sys.stderr,
        timeout=_PATIENCE,
        check=False,
    )
    suite = next(ElementTree.parse(report).iter("testsuite"))
    count, failed, errors, skipped = (
        int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")
    )
    ran = count - skipped
    return Row(
        row=f"plans at 1,000,000 comments, {kind}",
        group="plans",
        floor="all requests of a visitor",
        target=TARGET,
        ratios=[(ran - failed - errors) / ran] if ran else (),
        figures={"requests": ran, "that grow": failed + errors},
        missing="" if ran else f"no {kind} on this machine",
    )
