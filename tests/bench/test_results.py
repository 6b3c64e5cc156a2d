"""What a row says of its rounds, and the file that keeps it."""

import json
from pathlib import Path
from typing import Any

import pytest
from bench import results
from bench.results import AtLeast, AtMost, Limit, Row, Target
from bench.rows import GROUPS

TWICE = AtLeast(2)


def row(*ratios: float, target: Target = TWICE, **more: Any) -> Row:
    return Row(row="a row", group="cold", floor="a floor", target=target, ratios=ratios, **more)


def kept(name: str, group: str, machine: str = "this one") -> dict[str, Any]:
    return {"row": name, "group": group, "machine": machine}


def test_the_middle_of_the_rounds_counts_and_their_distance_is_said():
    said = row(3.0, 1.0, 2.0)
    assert said.ratio == 2.0
    assert said.spread == 1.0
    assert said.reached


@pytest.mark.parametrize(
    ("target", "ratio", "reached"),
    [
        (AtLeast(0.8), 0.8, True),
        (AtLeast(0.8), 0.79, False),
        (AtMost(1.5), 1.5, True),
        (AtMost(1.5), 1.51, False),
    ],
)
def test_a_target_is_reached_at_its_bound(target: Target, ratio: float, reached: bool):
    assert row(ratio, target=target).reached is reached


def test_a_limit_that_is_broken_misses_the_row():
    held, broken = (Limit(what="CPU ms", value=value, most=20) for value in (20, 21))
    assert row(2.0, limits=[held]).reached
    assert not row(2.0, limits=[held, broken]).reached


def test_what_was_not_measured_is_missed():
    said = row(missing="no nginx on this machine")
    assert (said.ratio, said.spread, said.reached) == (None, None, False)


def test_what_was_measured_only_in_part_is_missed():
    assert not row(2.0, missing="only 9 reads in time").reached


def test_the_file_holds_what_was_promised(tmp_path: Path):
    file = tmp_path / "results.json"
    results.write([row(2.0, 2.5, 3.0).as_json()], file)
    [said] = json.loads(file.read_text())
    assert {k: said[k] for k in ("row", "ratio", "spread", "target", "reached")} == {
        "row": "a row",
        "ratio": 2.5,
        "spread": 0.4,
        "target": "≥ 2 ×",
        "reached": True,
    }
    assert results.read(file) == [said]


def test_before_the_first_run_there_is_nothing(tmp_path: Path):
    assert results.read(tmp_path / "results.json") == []


def test_a_part_replaces_its_own_rows_and_keeps_the_order():
    before = [kept("old", "cold"), kept("stays", "viewer"), kept("old", "blueprint")]
    now = [kept("new", "cold"), kept("newer", "cold")]
    found = results.merged(before, now, ["blueprint", "cold", "viewer"])
    assert [one["row"] for one in found] == ["old", "new", "newer", "stays"]


def test_rows_of_another_machine_are_dropped():
    before = [kept("far away", "viewer", "another")]
    assert results.merged(before, [kept("here", "cold")], ["cold", "viewer"]) == [
        kept("here", "cold")
    ]


def test_the_kept_results_are_rows_of_the_bench():
    """The file in the repository is what the last run wrote, whole, in the table's order."""
    found = results.read()
    assert {one["group"] for one in found} <= set(GROUPS)
    for one in found:
        assert isinstance(one["row"], str)
        assert isinstance(one["reached"], bool)
        assert isinstance(one["target"], str)
        assert (one["ratio"] is None) == (one["spread"] is None)
        assert one["ratio"] is not None or one["missing"]
        assert not (one["reached"] and one["missing"])
