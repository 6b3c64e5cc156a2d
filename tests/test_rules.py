"""The rules of a site: checked when they are read, said by name when they cannot work."""

import pytest

from commentkit.rules import RulesError, SiteRules, parse_rule, read_rules


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hold", "maybe"),
        ("sort", "best"),
        ("threads", "any"),
        ("page_size", 0),
        ("page_size", 101),
        ("page_size", "50"),
        ("guests", "yes"),
        ("edit_seconds", -1),
        ("close_after_days", 0),
        ("time_zone", "Mars/Olympus"),
        ("providers", "google"),
        ("form_title", 5),
        ("form_title", "t" * 201),
        ("placeholder", "two\nlines"),
        ("moderator_email", "nobody"),
        ("moderator_email", "a@b@c"),
        ("moderator_email", "a@example.org, b@example.org"),
        ("unknown", 1),
    ],
)
def test_an_impossible_rule_is_named(name: str, value: object) -> None:
    with pytest.raises(RulesError, match=name):
        read_rules({name: value})


def test_only_what_differs_is_stored_and_read_back() -> None:
    rules = SiteRules(hold="nobody", providers=("x", "google"), close_after_days=30)
    stored = rules.to_json()
    assert set(stored) == {"hold", "providers", "close_after_days"}
    assert read_rules({**stored, "providers": list(stored["providers"])}) == rules


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("guests", "false", False),
        ("guests", "Yes", True),
        ("page_size", "20", 20),
        ("close_after_days", "none", None),
        ("providers", "x,google", ["x", "google"]),
        ("form_title", "E tu?", "E tu?"),
    ],
)
def test_rules_of_the_command_line(name: str, text: str, value: object) -> None:
    assert parse_rule(name, text) == value


def test_an_unknown_rule_of_the_command_line() -> None:
    with pytest.raises(RulesError, match="nothing"):
        parse_rule("nothing", "1")


def test_an_unknown_rule_names_what_was_meant_and_all_there_are() -> None:
    with pytest.raises(RulesError, match=r"Did you mean page_size\? Known are: hold, guests, "):
        parse_rule("pagesize", "20")
    with pytest.raises(RulesError, match=r"unknown rule: zzz\. Known are: hold, "):
        read_rules({"zzz": 1})
