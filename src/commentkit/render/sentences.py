"""Sentences translated when a template is compiled, since each language has its own environment.

Looked up, filled and escaped at each use, a sentence costs as much as ten values of a view. Here
its words become text of the template, and what stands in its places a value like any other.
"""

import re
from collections.abc import Callable, Iterator

from jinja2 import nodes
from jinja2.visitor import NodeTransformer

Translate = Callable[[str], str]

_PLACE = re.compile(r"%\((\w+)\)s")
_GETTEXT = ("_", "gettext")


class Sentences(NodeTransformer):
    """Puts what gettext would answer in the place of each call whose sentence is known.

    A plural depends on a number and stays a call, as does a sentence with a place of any other form
    than `%(name)s`.
    """

    def __init__(self, translate: Translate) -> None:
        self._translate = translate

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 - Jinja's own name
        """Write a sentence piece by piece, so that its words join the text around them."""
        node.nodes = [piece for child in node.nodes for piece in self._written(child)]
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's own name
        """Join the pieces where a sentence is a value: what is filled in is still escaped."""
        pieces = self._pieces(node)
        if pieces is None:
            return self.generic_visit(node)
        return pieces[0] if len(pieces) == 1 else nodes.Concat(pieces, lineno=node.lineno)

    def _written(self, node: nodes.Expr) -> list[nodes.Expr]:
        pieces = self._pieces(node) if isinstance(node, nodes.Call) else None
        return [self.visit(node)] if pieces is None else pieces

    def _pieces(self, node: nodes.Call) -> list[nodes.Expr] | None:
        """Return the words and places of a sentence, or None where it must remain a call."""
        said = _said(node)
        if said is None:
            return None
        values = {keyword.key: keyword.value for keyword in node.kwargs}
        words, places = _cut(self._translate(said))
        if any("%" in text.replace("%%", "") for text in words) or not values.keys() >= {*places}:
            return None
        return list(self._filled(words, [values[place] for place in places]))

    def _filled(self, words: list[str], values: list[nodes.Expr]) -> Iterator[nodes.Expr]:
        yield _text(words[0])
        for value, text in zip(values, words[1:], strict=True):
            yield self.visit(value)
            yield _text(text)


def _said(node: nodes.Call) -> str | None:
    """Return the sentence that a call translates, where it is written in the template itself."""
    named = isinstance(node.node, nodes.Name) and node.node.name in _GETTEXT
    plain = len(node.args) == 1 and node.dyn_args is None and node.dyn_kwargs is None
    if named and plain and isinstance(node.args[0], nodes.Const):
        return str(node.args[0].value)
    return None


def _cut(sentence: str) -> tuple[list[str], list[str]]:
    """Split into the words around its places, and the names of these."""
    parts = _PLACE.split(sentence)
    return parts[::2], parts[1::2]


def _text(words: str) -> nodes.TemplateData:
    # Markup where the template escapes, as what gettext answers there.
    return nodes.TemplateData(words.replace("%%", "%"))
