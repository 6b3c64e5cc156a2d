"""The floor of the cold page: one flat Jinja template that loops over a ready list of plain values.

It is what a page of comments would cost if there were no query, no tree, no choice of words and
nothing to override: the list is taken from a real view beforehand, and each comment's values are
spelled already. What remains is Jinja itself, escaping included, giving the same bytes.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment, StrictUndefined, select_autoescape
from markupsafe import Markup

from commentkit.render import Renderer
from commentkit.render.dates import Spelled
from commentkit.view import CommentView, Links, ThreadView

_LIST = '<ol class="list" part="comment-list">'
_TEMPLATE = """\
{{ head }}
{% for c in comments %}
<li data-comment="{{ c.id }}">
<article class="comment" id="comment-{{ c.id }}" tabindex="-1">
{% if c.picture %}
<img part="avatar" src="{{ c.picture }}" alt="" width="40" height="40" loading="lazy" decoding="async">
{% else %}
<span class="colour-{{ c.colour }}" part="avatar" aria-hidden="true">{{ c.initials }}</span>
{% endif %}
<header>
<bdi part="author"{% if c.vouched %} title="{{ c.vouched }}"{% endif %}>
{%- if c.url %}<a href="{{ c.url }}" rel="nofollow ugc noopener" target="_blank">{{ c.name }}</a>{% else %}{{ c.name }}{% endif -%}
</bdi>
{% if c.tag %}
<span class="tag">{{ c.tag }}</span>
{% endif %}
<a href="{{ c.permalink }}"><time datetime="{{ c.iso }}" title="{{ c.moment }}">{{ c.day }}</time></a>
{% if c.edited %}
<span class="when" title="{{ c.edited }}">EDITED</span>
{% endif %}
{% if c.answers %}
<a href="{{ c.answers_link }}">{{ c.answers }}</a>
{% endif %}
</header>
<div part="body" dir="auto">{{ c.html }}</div>
<div part="actions">
{% if c.reply_link %}
<a data-action="reply" href="{{ c.reply_link }}" aria-label="{{ c.reply_label }}">REPLY</a>
{% endif %}
</div>
</article>
{{ c.tail }}
{% endfor %}
{{ foot }}
"""  # noqa: E501 - the markup is that of the real templates, line for line


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """One comment as plain values; `tail` opens the list of its replies and closes what ends."""

    id: str
    name: str
    picture: str | None
    colour: int
    initials: str
    vouched: str
    url: str | None
    tag: str
    permalink: str
    iso: str
    moment: str
    day: str
    edited: str
    answers: str
    answers_link: str
    html: Markup
    reply_link: str
    reply_label: str
    tail: Markup


def floor(
    view: ThreadView, *, language: str = "en", renderer: Renderer | None = None
) -> Callable[[], str]:
    """Return what renders the page of `view` from a ready list, to be timed.

    Tombstones, pending and editable comments are not in a page that is measured: they raise.
    """
    renderer = renderer or Renderer()
    whole = str(renderer.render("thread.html", language=language, view=view))
    head, foot = _around(whole)
    ready = list(_flat(view.comments, _Speller(renderer, language, view)))
    template = _environment().from_string(_source(renderer, language))
    return lambda: template.render(head=head, comments=ready, foot=foot)


def same_words(one: str, other: str) -> bool:
    """Tell whether two pages are the same but for white space between and inside tags."""
    return _folded(one) == _folded(other)


def _folded(html: str) -> str:
    return re.sub(r"\s*(<[^>]*>)\s*", lambda tag: " ".join(tag[1].split()), html).strip()


def _environment() -> Environment:
    """Make an environment with the options of our own."""
    return Environment(
        autoescape=select_autoescape(default=True, disabled_extensions=("txt",)),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _source(renderer: Renderer, language: str) -> str:
    """Write the words of the language into the template: one that is flat has no others."""
    said = _TEMPLATE.replace("EDITED", renderer.gettext(language, "edited"))
    return said.replace("REPLY", renderer.gettext(language, "Reply"))


def _around(whole: str) -> tuple[Markup, Markup]:
    """Cut the real page into what stands before its comments and what stands after them."""
    before, mark, rest = whole.partition(_LIST)
    last = rest.rindex("</ol>", 0, _end_of_list(rest))
    return Markup(before + mark), Markup(rest[last:])


def _end_of_list(rest: str) -> int:
    found = rest.find("data-more>")
    return found if found >= 0 else rest.index("<template") if "<template" in rest else len(rest)


@dataclass(frozen=True)
class _Speller:
    """Say a comment's values as the real templates do."""

    renderer: Renderer
    language: str
    view: ThreadView

    def ready(self, comment: CommentView, tail: str) -> _Ready:
        if comment.gone or comment.pending or comment.editable or comment.editing:
            raise ValueError("only what everybody sees, and no tombstone, is measured")
        author, links, said = comment.author, self.view.links, self._said
        reply = self.view.can_reply
        return _Ready(
            id=str(comment.id),
            name=author.name,
            picture=author.picture,
            colour=author.colour,
            initials=author.initials,
            vouched=said("Signed in with %(provider)s", provider=author.provider)
            if author.provider
            else "",
            url=author.url,
            tag=self._tag(comment),
            permalink=f"#comment-{comment.id}" if links.host else links.comment(comment.id),
            iso=self._spelled(comment.created_at).iso,
            moment=self._spelled(comment.created_at).moment,
            day=self._spelled(comment.created_at).day,
            edited=self._spelled(comment.edited_at).moment if comment.edited_at else "",
            answers=self._answers(comment),
            answers_link=_answers_link(comment, links),
            html=comment.html.__html__(),
            reply_link=links.reply(comment.id) if reply else "",
            reply_label=said("Reply to %(name)s", name=author.name) if reply else "",
            tail=Markup(tail),
        )

    def _said(self, sentence: str, **values: object) -> str:
        return self.renderer.gettext(self.language, sentence, values)

    def _spelled(self, at: datetime) -> Spelled:
        spelled: Spelled = self.renderer.environment(self.language).filters["spelled"](at)
        return spelled

    def _tag(self, comment: CommentView) -> str:
        if comment.badge:
            return self._said("site owner" if comment.badge == "owner" else "moderator")
        return self._said("guest") if comment.author.guest else ""

    def _answers(self, comment: CommentView) -> str:
        if comment.in_reply_to is None:
            return ""
        if comment.in_reply_to.name is None:
            return self._said("in reply to an earlier comment")
        return self._said("in reply to %(name)s", name=comment.in_reply_to.name)


def _answers_link(comment: CommentView, links: Links) -> str:
    return links.comment(comment.in_reply_to.id) if comment.in_reply_to else ""


def _flat(
    comments: Sequence[CommentView], speller: _Speller, closing: str = ""
) -> Iterator[_Ready]:
    """Walk the tree in the order of the page; `closing` follows the last of them."""
    for number, comment in enumerate(comments):
        ends = closing if number == len(comments) - 1 else ""
        opening, end = _list_of_replies(comment, speller.view.links, speller)
        if comment.replies:
            yield speller.ready(comment, opening)
            yield from _flat(comment.replies, speller, f"{end}</li>{ends}")
        else:
            yield speller.ready(comment, f"{opening}{end}</li>{ends}")


def _list_of_replies(comment: CommentView, links: Links, speller: _Speller) -> tuple[str, str]:
    """Return what opens and what closes the list beneath a comment; nothing where it has none."""
    if not comment.nests and not comment.more_replies:
        return "", ""
    opening = "<ol>" if comment.indents else '<ol class="flat">'
    if not comment.more_replies:
        return opening, "</ol>"
    view = {"root": comment.id, "more": comment.more_replies, "links": links}
    more = speller.renderer.render("more_replies.html", language=speller.language, view=view)
    return opening, f"{more}</ol>"
