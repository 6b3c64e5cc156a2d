"""Our own Jinja environment, apart from the host's: a view and a language become markup or mail."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    select_autoescape,
)
from markupsafe import Markup

from commentkit.catalogues import DEFAULT_LANGUAGE, Catalogues, direction
from commentkit.render.compiling import CompilingEnvironment
from commentkit.render.dates import speller
from commentkit.render.lists import joiner
from commentkit.render.merging import MergingLoader
from commentkit.render.sentences import Translate

_HERE = Path(__file__).parent.parent
_TEMPLATES = _HERE / "templates" / "commentkit"
_STATIC = _HERE / "static"
_SHELL = "commentkit/shell.html"
_BARE = "commentkit/bare.html"


@dataclass(frozen=True)
class Mail:
    """A message ready to send: one line of subject, the text, and the same as HTML."""

    subject: str
    text: str
    html: str


class Renderer:
    """Templates and catalogues, the host's own first.

    `template_folders` are the host's; a file `commentkit/…` in one of them wins over ours and may
    extend `commentkit_original/…`. Nothing is read before it is needed.
    """

    def __init__(self, template_folders: Sequence[Path | str] = ()) -> None:
        self._folders = tuple(Path(folder) / "commentkit" for folder in template_folders)
        self._catalogues = Catalogues(_HERE / "translations")
        self._environments: dict[str, Environment] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """Return the languages that have a catalogue, English first."""
        return self._catalogues.languages

    def negotiate(self, asked: str | None, default: str) -> str:
        """Return the language for a tag or an Accept-Language header; `default` when none fits."""
        return self._catalogues.negotiate(asked, default)

    def gettext(
        self, language: str, message: str, values: Mapping[str, object] | None = None
    ) -> str:
        """Translate a plain sentence and fill its %(name)s places."""
        return self._catalogues.gettext(language, message, values or {})

    def ngettext(self, language: str, one: str, many: str, count: int) -> str:
        """Translate a counted sentence by the language's plural rule, filling %(num)s."""
        return self._catalogues.ngettext(language, one, many, count)

    def render(self, name: str, *, language: str, view: object, bare: bool = False) -> Markup:
        """Render `commentkit/<name>` with the fields of `view` (a mapping or a dataclass).

        A whole page comes inside our own shell; `bare` leaves that to a host's layout.
        """
        template = self._template(name, language)
        shell = {"shell": _BARE if bare else _SHELL}
        return template.make_module(_variables(view) | shell).__html__()

    def mail(self, name: str, *, language: str, view: object) -> Mail:
        """Render `commentkit/mail/<name>.txt` and `.html`; the subject is the text's own block."""
        text = self._template(f"mail/{name}.txt", language)
        variables = _variables(view)
        return Mail(
            subject=" ".join(_block(text, "subject", variables).split()),
            text=_block(text, "text", variables).strip() + "\n",
            html=str(self.render(f"mail/{name}.html", language=language, view=view)),
        )

    @cached_property
    def digest(self) -> str:
        """Name what this renderer would say: hex SHA-256 of templates, catalogues, static files."""
        total = sha256()
        for folder in (*self._folders, _TEMPLATES, self._catalogues.folder, _STATIC):
            for path in _files(folder):
                total.update(f"{path.relative_to(folder).as_posix()}\0".encode())
                total.update(sha256(path.read_bytes()).digest())
        return total.hexdigest()

    def _template(self, name: str, language: str) -> Template:
        return self.environment(language).get_template(f"commentkit/{name}")

    def environment(self, language: str) -> Environment:
        """Return Jinja's environment of a language; an unknown one is answered in English."""
        # One a language, so that sentences are constants and macros need no context for `_`.
        known = language if language in self.languages else DEFAULT_LANGUAGE
        if known not in self._environments:
            self._environments[known] = self._new_environment(known)
        return self._environments[known]

    def _new_environment(self, language: str) -> Environment:
        translations = self._catalogues.translations(language)
        environment = CompilingEnvironment(
            loader=self._loader(translations.gettext),
            autoescape=select_autoescape(default=True, disabled_extensions=("txt",)),
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,  # `digest` speaks of the same reading
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
        environment.globals.update(language=language, dir=direction(language))
        spelled = speller(language)
        environment.filters.update(
            spelled=spelled,
            joined=joiner(language),
            day=lambda at: spelled(at).day,
            moment=lambda at: spelled(at).moment,
        )
        return environment

    def _loader(self, translate: Translate) -> BaseLoader:
        ours = FileSystemLoader(_TEMPLATES)
        hosts = [FileSystemLoader(folder) for folder in self._folders]
        return MergingLoader(
            {"commentkit": ChoiceLoader([*hosts, ours]), "commentkit_original": ours},
            translate=translate,
        )


def _variables(view: object) -> dict[str, Any]:
    """Spread the outermost fields and properties; what is inside them stays an object."""
    if is_dataclass(view) and not isinstance(view, type):
        names = [field.name for field in fields(view)]
        derived = [name for name, value in vars(type(view)).items() if isinstance(value, property)]
        return {name: getattr(view, name) for name in names + derived}
    if isinstance(view, Mapping):
        return dict(view)
    raise TypeError(f"a view is a mapping or a dataclass, not {type(view).__name__}")


def _block(template: Template, name: str, variables: dict[str, Any]) -> str:
    return "".join(template.blocks[name](template.new_context(variables)))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
