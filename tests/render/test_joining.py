"""What stands side by side is one output, and nothing moves past what stands between."""

from jinja2 import Environment, nodes

from commentkit.render.joining import Joining


def joined(source: str) -> nodes.Template:
    tree = Environment().parse(source)
    Joining().visit(tree)
    return tree


def kinds(tree: nodes.Template) -> list[str]:
    return [type(node).__name__ for node in tree.body]


def test_outputs_that_follow_each_other_are_one() -> None:
    tree = Environment().parse("a")
    tree.body += Environment().parse("b{{ c }}").body
    Joining().visit(tree)
    assert kinds(tree) == ["Output"]
    assert len(list(tree.find_all(nodes.TemplateData))) == 2


def test_a_merged_file_that_binds_nothing_needs_no_scope() -> None:
    tree = Environment().parse("a")
    tree.body.append(nodes.Scope(Environment().parse("b").body))
    tree.body.append(nodes.Scope(Environment().parse("{% set x = 1 %}{{ x }}").body))
    Joining().visit(tree)
    assert kinds(tree) == ["Output", "Scope"]


def test_what_stands_between_keeps_its_place() -> None:
    assert kinds(joined("a{% if b %}c{% endif %}d")) == ["Output", "If", "Output"]


def test_both_ways_of_a_choice_are_looked_into() -> None:
    tree = Environment().parse("{% if a %}b{% else %}c{% endif %}")
    (choice,) = tree.find_all(nodes.If)
    choice.else_ += Environment().parse("{{ d }}").body
    Joining().visit(tree)
    assert [type(node).__name__ for node in choice.else_] == ["Output"]
