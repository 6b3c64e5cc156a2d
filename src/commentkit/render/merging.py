"""Templates compiled whole: what one includes by a literal name becomes a part of it.

An include costs a look-up and a context of its own each time it is reached, four times a comment.
Merged, it costs nothing, and each file can still be overridden by itself: the name is looked up
where `{% include %}` would look it up, the host's folders first.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any

from jinja2 import BaseLoader, Environment, PrefixLoader, Template, nodes
from jinja2.visitor import NodeTransformer

from commentkit.render.joining import Joining
from commentkit.render.sentences import Sentences, Translate

_SUFFIX = ".html"


class MergingLoader(PrefixLoader):
    """Finds templates as its parent does, and compiles each with all that it includes."""

    def __init__(self, mapping: Mapping[str, BaseLoader], *, translate: Translate) -> None:
        super().__init__(mapping)
        self._sentences = Sentences(translate)

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """Compile one template; its errors are Jinja's own."""
        filename = self.get_source(environment, name)[1]
        tree = Joining().visit(self._sentences.visit(parsed(environment, name)))
        code = environment.compile(tree, name, filename)
        return environment.template_class.from_code(environment, code, globals or {})


def parsed(environment: Environment, name: str, within: tuple[str, ...] = ()) -> nodes.Template:
    """Parse a template and merge what it includes; `within` are those it is itself merged into."""
    assert environment.loader is not None
    source, filename, _ = environment.loader.get_source(environment, name)
    tree = environment.parse(source, name, filename)
    merged: nodes.Template = _Merger(environment, (*within, name)).visit(tree)
    return merged


class _Merger(NodeTransformer):
    def __init__(self, environment: Environment, within: tuple[str, ...]) -> None:
        self._environment = environment
        self._within = within

    def visit_Include(self, node: nodes.Include) -> nodes.Node:  # noqa: N802 - Jinja's own name
        """Put the body of what is included in its place, where that means the same."""
        name = _literal_name(node)
        if name is None or name in self._within or not _all_markup(name, self._within[-1]):
            return node
        tree = parsed(self._environment, name, self._within)
        if any(tree.find_all((nodes.Extends, nodes.Block))):
            return node  # inheritance needs a template of its own
        return nodes.Scope(tree.body, lineno=node.lineno)


def _literal_name(node: nodes.Include) -> str | None:
    plain = node.with_context and not node.ignore_missing
    if plain and isinstance(node.template, nodes.Const) and isinstance(node.template.value, str):
        return node.template.value
    return None


def _all_markup(*names: str) -> bool:
    """Escaping follows the name of the file, so a text is not merged into markup."""
    return all(name.endswith(_SUFFIX) for name in names)
