"""The whole section: the form, the list, and what both need to know of the thread."""

from dataclasses import dataclass, field

from commentkit.view.comments import CommentView, ReplyTo
from commentkit.view.identity import IdentityView
from commentkit.view.links import Assets, Links


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """The site that a section belongs to."""

    name: str
    title: str
    origin: str
    """The comment server's own origin."""
    asks_host: bool = False
    """Whether the host may know a reader there who has signed in nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadSummary:
    """What the section says of its thread."""

    key: str
    url: str | None
    title: str
    version: int
    count: int
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormView:
    """The comment form: its title, what was typed, and what is wrong with it."""

    title: str | None = None
    """The site's own; None shows the translated default."""
    placeholder: str | None = None
    """The site's own; None shows the translated default."""
    rest: bool = False
    """Collapsed to one line until used."""
    text: str = ""
    reply_to: ReplyTo | None = None
    notify_comments: bool | None = None
    """Ticked or not; None where mail is not set up."""
    notify_posts: bool | None = None
    errors: dict[str, str] = field(default_factory=dict)
    """Translated sentences by field; `form` for those that belong to none."""
    notice: str | None = None
    """A translated sentence that is no error."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in the list about what was done just before."""

    sentence: str
    about: int | None = None
    """The comment it stands in; None: above them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadView:
    """Everything `thread.html` and `page.html` show."""

    site: SiteView
    thread: ThreadSummary
    assets: Assets
    links: Links
    form: FormView | None
    """None when the thread takes no more comments."""
    unsent: FormView | None = None
    """What was typed before the thread was closed, and what came of it."""
    identity: IdentityView
    comments: tuple[CommentView, ...]
    more: str | None = None
    """Cursor of the next page of roots."""
    said: Said | None = None
    earlier: bool = False
    """The page starts in the middle: it offers the way to the first one."""

    @property
    def can_reply(self) -> bool:
        """Tell whether comments offer a reply."""
        return self.form is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentFragment:
    """One comment by itself, for `comment.html`: what the viewer answer carries."""

    comment: CommentView
    links: Links
    can_reply: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RepliesFragment:
    """More replies of one root, for `replies.html`."""

    root: int
    comments: tuple[CommentView, ...]
    links: Links
    more: str | None = None
    can_reply: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFragment:
    """The identity part by itself, for `identity.html`: what the viewer answer carries."""

    identity: IdentityView
    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class InlinedLink:
    """For `inlined_link.html`: what stands in a host's page where the section cannot be shown."""

    embed_url: str
    server: str
    site: str
    title: str
    links: Links


@dataclass(frozen=True, slots=True, kw_only=True)
class InlinedSection:
    """For `inlined.html`: a section inside a host's own page."""

    embed_url: str
    server: str
    """Address of the blueprint."""
    asks_viewer: bool
    """The widget asks who is there even where it stored nothing: they may have come without it."""
    section: ThreadView
