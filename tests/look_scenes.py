"""Every state on a host's page; `python tests/look_scenes.py FOLDER` takes pictures of it."""

import re
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from commentkit import text
from commentkit.render import Renderer
from commentkit.view import (
    Assets,
    CommentView,
    FormView,
    GuestView,
    HeldView,
    IdentityView,
    Links,
    LoginView,
    ProviderView,
    ReplyTo,
    SiteView,
    ThreadSummary,
    ThreadView,
    person_view,
)

STATIC = Path(__file__).parent.parent / "src" / "commentkit" / "static"
NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
TYPED = "Secondo me la parte più difficile è farsi capire."

PROVIDERS = tuple(
    ProviderView(name=name, label=label, icon=f"{name}.svg", picture_alt=alt, account_choice=choice)
    for name, label, alt, choice in (
        ("wordpress", "WordPress.com", "WordPress.com logo", False),
        ("x", "X", "Photo from X", True),
        ("facebook", "Facebook", "Photo from Facebook", True),
        ("google", "Google", "Photo from Google", True),
    )
)
MANY = PROVIDERS + tuple(
    replace(PROVIDERS[3], name=label.lower(), label=label, icon=f"{label.lower()}.svg")
    for label in ("GitHub", "GitLab", "Mastodon", "Bluesky", "Telegram", "OpenStreetMap", "ORCID")
)
"""More ways to sign in than are looked over at once."""
ASSETS = Assets(
    style="commentkit.css",
    script="section.js",
    page_style="page.css",
    popup_script="popup.js",
    icon="icon.svg",
)
LINKS = Links(
    endpoint="https://comments.example.org/commentkit/blog",
    key="appunti",
    url="https://blog.example.org/appunti",
    language="it",
    proof="signed",
)
SITE = SiteView(name="blog", title="Appunti di lavoro", origin="https://comments.example.org")


def held(number: int, name: str, provider: int, *, email: bool = True) -> HeldView:
    """Somebody signed in with one of the four."""
    vouches = PROVIDERS[provider]
    person = person_view(name, seed=number, provider=vouches.label, picture_alt=vouches.picture_alt)
    return HeldView(id=number, person=person, provider=vouches, email=email)


ANNA = held(1, "Anna Bianchi", 0)
ANNAB = held(4, "@annab", 1, email=False)
GUEST = GuestView(email="anna@", name="Anna")
LOGIN = LoginView(site="La biblioteca di quartiere Quarto piano", url="/log-in?next={page}")
SIGNED_OUT = IdentityView(state="signed-out", providers=PROVIDERS, guest=GuestView())
STATES = {
    "signed out": replace(
        SIGNED_OUT,
        guest=GUEST,
        errors={
            "email": "Questo indirizzo e-mail non è completo. Controlla la parte attorno alla @."
        },
    ),
    "connecting": IdentityView(state="connecting"),
    "signed in": IdentityView(state="signed-in", current=ANNA),
    "changing": replace(SIGNED_OUT, state="changing", current=ANNA, others=(ANNAB,)),
    "no e-mail": IdentityView(state="signed-in", current=ANNAB),
    "sign-in required": replace(SIGNED_OUT, guest=None),
    "many ways": replace(SIGNED_OUT, providers=MANY),
    "own door": replace(SIGNED_OUT, logins=(LOGIN,)),
    "own door alone": replace(SIGNED_OUT, logins=(LOGIN,), providers=()),
    "own door alone, required": replace(SIGNED_OUT, logins=(LOGIN,), providers=(), guest=None),
}


def comment(number: int, name: str, source: str, **more: object) -> CommentView:
    """One comment, some hours old."""
    provider = more.pop("provider", None)
    base = CommentView(
        id=number,
        parent_id=None,
        root_id=number,
        author=person_view(name, seed=number, provider=provider),  # type: ignore[arg-type]
        html=text.render(source),
        status="approved",
        created_at=NOW - timedelta(hours=30 - number),
    )
    return replace(base, **more)  # type: ignore[arg-type]


RICH = """Provo a mettere in fila quello che è stato detto:

> Chi ci ascolta capisce i numeri.

1. prima i fatti, con una fonte: <https://www.example.org/rapporto/2013/la-lettura-dei-dati-nelle-biblioteche-di-quartiere>
2. poi `una` idea alla volta

```
for lettore in sala:
    print(lettore.domanda, "una riga molto lunga che non deve allargare la colonna del blog")
```

Precipitevolissimevolmentesupercalifragilistichespiralidosoesagerato, direbbe qualcuno."""


def thread() -> tuple[CommentView, ...]:
    """A thread with depth, a tombstone, a rich comment and a pending one."""
    deepest = comment(6, "Beatrice", "Concordo.", parent_id=5, in_reply_to=ReplyTo(5, "Luca G."))
    answer = comment(
        5, "Luca G.", "E la fonte?", parent_id=4, provider="X", replies=(deepest,), indents=False
    )
    nested = comment(
        4,
        "Davide Ferri",
        "Io direi anche le *domande*.",
        parent_id=3,
        provider="Google",
        replies=(answer,),
        edited_at=NOW,
    )
    reply = comment(
        3,
        "Luca G.",
        "Capisce i numeri. Il resto viene dopo: [un esempio](https://example.org).",
        parent_id=2,
        replies=(nested,),
    )
    root = comment(
        2,
        "Marta Rossi",
        "Grazie a chi è passato sabato. La domanda che mi porto a casa è una: chi ci ascolta"
        " capisce **a che cosa serviamo**?",
        provider="WordPress.com",
        badge="owner",
        replies=(reply,),
        more_replies="6",
    )
    under = comment(11, "אביגיל", "תודה על המאמר", parent_id=10, provider="Facebook")
    gone = comment(10, "", "", gone="deleted", status="deleted", replies=(under,))
    mine = comment(12, "Anna Bianchi", TYPED, provider="X", status="pending", editable=True)
    return (root, gone, comment(20, "Zoë", RICH, provider="Google"), mine)


def view(
    identity: IdentityView, form: FormView | None, comments: tuple[CommentView, ...] = ()
) -> ThreadView:
    """Everything a section shows."""
    return ThreadView(
        site=SITE,
        thread=ThreadSummary(
            key=LINKS.key,
            url=LINKS.url,
            title="La parte più difficile",
            version=7,
            count=len(comments),
        ),
        assets=ASSETS,
        links=LINKS,
        form=form,
        identity=identity,
        comments=comments,
        more="9" if comments else None,
    )


CONNECTING = re.compile(r' data-text="([^"]*)%s([^"]*)"></p>')
"""What the widget does with the sentence of a sign-in under way."""


@dataclass(frozen=True)
class Scene:
    """One section, by the name of what it shows."""

    name: str
    html: str


@cache
def scenes(language: str = "it") -> list[Scene]:
    """Every state of the form, then a thread."""
    renderer = Renderer()

    def section(shown: ThreadView) -> str:
        return str(renderer.render("thread.html", language=language, view=shown))

    title = "E tu cosa ne pensi?"
    used = FormView(title=title, text=TYPED, notify_comments=True, notify_posts=False)
    found = [Scene("at rest", section(view(SIGNED_OUT, FormView(title=title, rest=True))))]
    for name, identity in STATES.items():
        html = CONNECTING.sub(r">\1WordPress.com\2</p>", section(view(identity, used)))
        found.append(Scene(name, html))
    answering = replace(used, reply_to=ReplyTo(2, "Marta Rossi"))
    found.append(Scene("reply", section(view(STATES["signed in"], answering))))
    found.append(Scene("thread", section(view(SIGNED_OUT, None, thread()))))
    found.append(Scene("open thread", section(view(SIGNED_OUT, FormView(rest=True), thread()))))
    return found


HOST = """<!doctype html><html lang="it"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>The look</title>
<style>:root{color-scheme:%(scheme)s}
body{margin:0;font:17px/1.6 Georgia,"Noto Serif",serif}
body{background:light-dark(#fff,#15171a);color:light-dark(#1d1f23,#e7e5e1)}
main{max-width:42rem;margin:0 auto;padding:1.5rem 1.25rem}
.state{font:600 12px/1 system-ui;letter-spacing:.08em;text-transform:uppercase;margin:3rem 0 1rem}
%(more)s</style><main>%(body)s</main>"""
SHADOW = '<div class="host"><template shadowrootmode="open">%s</template></div>'


def host_page(scheme: str, *, language: str = "it", more: str = "") -> str:
    """A host's page that holds every scene in a declarative shadow root, the style inlined."""
    style = f"<style>{(STATIC / 'commentkit.css').read_text()}</style>"
    body = "".join(
        f'<p class="state">{scene.name}</p>'
        + SHADOW % scene.html.replace('<link rel="stylesheet" href="commentkit.css">', style)
        for scene in scenes(language)
    )
    return HOST % {"scheme": scheme, "body": body, "more": more}


def _take_pictures(folder: Path) -> None:
    from browser_support import ARGUMENTS, find_chromium
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        for name, width in (("desktop", 760), ("phone", 390)):
            for scheme in ("light", "dark"):
                page = browser.new_page(
                    viewport={"width": width, "height": 900}, has_touch=name == "phone"
                )
                page.set_content(host_page(scheme))
                page.screenshot(path=folder / f"{name}-{scheme}.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    _take_pictures(Path(sys.argv[1]))
