"""What stands side by side in a template, written at once."""

from collections.abc import Iterable, Iterator
from typing import Any

from jinja2 import nodes
from jinja2.visitor import NodeTransformer


class Joining(NodeTransformer):
    """Joins outputs that follow each other, so that Jinja makes one text of all their constants.

    A sentence and a merged file each come as an output of their own.
    """

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:
        """Join what the children of a node are, the innermost first."""
        super().generic_visit(node, *args, **kwargs)
        for name, value in node.iter_fields():
            if isinstance(value, list):
                setattr(node, name, list(_joined(_opened(value))))
        return node


def _opened(children: Iterable[Any]) -> Iterator[Any]:
    """Do without the scope of a merged file that binds no name."""
    for child in children:
        if isinstance(child, nodes.Scope) and all(isinstance(n, nodes.Output) for n in child.body):
            yield from child.body
        else:
            yield child


def _joined(children: Iterable[Any]) -> Iterator[Any]:
    open_output: nodes.Output | None = None
    for child in children:
        if isinstance(child, nodes.Output) and open_output is not None:
            open_output.nodes.extend(child.nodes)
            continue
        open_output = child if isinstance(child, nodes.Output) else None
        yield child
