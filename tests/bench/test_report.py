"""What a run prints, and what stands in the page."""

from pathlib import Path
from typing import Any

from bench import report, results, table
from bench.results import AtLeast, AtMost, Limit, Row


def row(*ratios: float, **more: Any) -> Row:
    said = {"row": "cold", "group": "cold", "floor": "a template", "target": AtMost(4)} | more
    return Row(ratios=ratios, **said)


def as_kept(one: Row, **more: Any) -> dict[str, Any]:
    return one.as_json() | {"machine": "2 cores", "at": "2026-11-23 10:00", "loader": "wrk"} | more


def test_a_missed_row_says_so():
    said = report.line(row(5.0, 5.5, 6.0, figures={"ours ms": 12_345}))
    assert said.startswith("MISSED ")
    assert "5.50 ×" in said
    assert "ours ms 12,345" in said
    assert report.line(row(3.0)).startswith("reached ")


def test_a_broken_limit_and_a_missing_tool_are_named():
    broken = Limit(what="CPU ms", value=25, most=20)
    assert "CPU ms 25, not ≤ 20" in report.line(row(3.0, limits=[broken]))
    assert "no nginx here" in report.line(row(missing="no nginx here"))
    assert "only 9 reads" in report.line(row(3.0, missing="only 9 reads"))


def test_the_summary_counts_and_names_what_was_missed():
    said = report.summary([as_kept(row(3.0)), as_kept(row(5.0, row="other"))])
    assert said == "1 of 2 rows reached their targets; missed: other"


def test_the_page_gets_a_line_a_row():
    broken = Limit(what="CPU ms", value=25, most=20)
    rows = [
        as_kept(row(3.0, 3.3, 3.0, limits=[broken], figures={"ours ms": 25}), large=False),
        as_kept(row(missing="no nginx here", target=AtLeast(0.5)), large=False),
    ]
    said = table.fresh("a\n<!-- bench -->\nyesterday\n<!-- end of bench -->\nb\n", rows)
    assert "yesterday" not in said
    assert (
        "| cold | a template | ≤ 4 ×, CPU ms ≤ 20 | 3.00 × | 10% | **missed**: CPU ms 25 |" in said
    )
    assert "| cold | a template | ≥ 0.5 × |  |  | **missed**: no nginx here |" in said
    assert "2 cores; 2026-11-23 10:00 to 2026-11-23 10:00 UTC; load by wrk" in said
    assert table.fresh(said, rows) == said


def test_the_page_shows_the_kept_results():
    page = table.PAGE.read_text(encoding="utf-8")
    assert page == table.fresh(page, results.read()), "run: python -m bench.table"


def test_before_the_first_run_the_page_says_so():
    assert table.markdown([]) == "Nothing has been measured yet.\n"


def test_the_page_is_written_whole(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("<!-- bench -->\n<!-- end of bench -->\n", encoding="utf-8")
    table.write([as_kept(row(3.0), large=True)], page)
    assert "1,000,000 comments in all" in page.read_text(encoding="utf-8")
