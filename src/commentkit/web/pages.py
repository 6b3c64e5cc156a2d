"""Whole pages without JavaScript: the same verbs by links and forms."""

from dataclasses import replace

from flask import Response, render_template, request

from commentkit import ids
from commentkit.discussion import comments, threads
from commentkit.discussion.drafts import Kept
from commentkit.discussion.pages import SORTS
from commentkit.discussion.threads import Page
from commentkit.errors import CommentKitError
from commentkit.people.viewer import HOST, Viewer
from commentkit.signin.flow import Start
from commentkit.signin.provider import Provider
from commentkit.text import excerpt
from commentkit.view import ConnectingPage, DeletePage, Links, ThreadView
from commentkit.web import (
    acts,
    asks,
    draft,
    fragments,
    host_users,
    proofs,
    section,
    servers,
    signin,
    submission,
    vouching,
)
from commentkit.web.bodies import MAX_FORM_BYTES, Fields, read_form, read_id, read_query
from commentkit.web.call import Call
from commentkit.web.composed import Wanted, compose
from commentkit.web.redirects import see_other
from commentkit.web.section import Ask, Standing

_FORM = "#commentkit-form"
_EXCERPT_CHARS = 200


def show(call: Call) -> Response:
    """Show a thread with its viewer's part."""
    query = read_query(request)
    wanted = Wanted(
        ask=_asked(call, query),
        root=query.number("root"),
        reply=query.text("reply"),
        edit=query.number("edit"),
    )
    viewer, response = _page(call, wanted)
    proofs.keep_alive(call, viewer)
    return response


def _asked(call: Call, query: Fields) -> Ask:
    """Read which thread is asked for; a comment's own address does not say it."""
    ask = fragments.asked(call, composed=True)
    about = query.number("comment") or ids.read(query.text("reply"))
    if ask.page.key or ask.page.url or about is None:
        return ask
    with call.kit.database.read() as db:
        comment = comments.find(db, call.site.id, about)
        thread = threads.by_id(db, call.site.id, comment.thread_id)
    return replace(ask, page=Page(key=thread.key, url=thread.url, title=thread.title))


def show_again(call: Call, error: CommentKitError) -> Response:
    """Show a thread from its beginning, since what was asked for cannot be shown."""
    page = asks.page_of(call, read_query(request))
    ask = Ask(page=page, sort=call.site.rules.sort, composed=True)
    return _page(call, Wanted(ask=ask, errors=(error,)))[1]


def again(call: Call, error: CommentKitError) -> Response:
    """Show the form again with everything that was typed."""
    form = read_form(request)
    kept = (
        Kept(draft.typed(form), "guest" if "as" in form.values else "")
        if "text" in form.values
        else None
    )
    return _page(call, Wanted(ask=_ask(call, form), errors=tuple(error.all), kept=kept))[1]


def _page(call: Call, wanted: Wanted) -> tuple[Viewer, Response]:
    with call.kit.database.read() as db:
        viewer = proofs.viewer_of(call, db, strict=False)
        view = compose(call, db, viewer, wanted)
    return viewer, Response(shell(call, "page.html", view))


def shell(call: Call, template: str, view: ThreadView) -> str:
    """Render a page in our own shell, or its body in the host's layout, by the host's Jinja."""
    layout = call.kit.settings.layout
    body = call.kit.renderer.render(template, language=call.language, view=view, bare=bool(layout))
    if not layout:
        return body
    title = view.thread.title or view.site.title
    return render_template(layout, commentkit_body=body, commentkit_title=title)


def post(call: Call) -> Response:
    """Post by form: back to the page, where the comment stands."""
    form = read_form(request)
    if form.text("parent") and ids.read(form.text("parent")) is None:
        raise CommentKitError("parent_gone")
    sent = submission.read(form, page=asks.page_of(call, form), transport="page")
    author = host_users.settled(call, _viewer(call, strict=not sent.as_guest))
    outcome = submission.submit(call, author, sent)
    address = _back(call, form).partition("#")[0]
    response = see_other(f"{address}#comment-{outcome.comment.id}")
    if outcome.issued:
        proofs.hand_out(call, response, outcome.issued)
    if outcome.notice:
        told = Kept(notice=outcome.notice, notice_about=str(outcome.comment.id))
        draft.tell(call, response, form, told)
    else:
        draft.forget(call, response)
    return response


def edit(call: Call) -> Response:
    """Replace the text of an own comment."""
    form = read_form(request)
    number = read_id(form.text("comment"), name="comment")
    acts.edit(call, number, form.text("text", limit=MAX_FORM_BYTES))
    return see_other(f"{_back(call, form).partition('#')[0]}#comment-{number}")


def edit_again(call: Call, error: CommentKitError) -> Response:
    """Show an edit again with what was typed, also to those who may not edit any more."""
    form = read_form(request)
    wanted = Wanted(
        ask=_ask(call, form),
        edit=ids.read(str(form.values.get("comment"))),
        edited=str(form.values.get("text", "")),
        errors=(error,),
    )
    return _page(call, wanted)[1]


def delete(call: Call) -> Response:
    """Delete an own comment, once the question was answered."""
    form = read_form(request)
    number = read_id(form.text("comment", limit=19), name="comment")
    if not form.flag("sure"):
        return _ask_first(call, form, number)
    acts.delete(call, number)
    response = see_other(f"{_back(call, form).partition('#')[0]}#comments")
    draft.tell(call, response, form, Kept(notice="deleted"))
    return response


def _ask_first(call: Call, form: Fields, number: int) -> Response:
    call.limit("edit")
    with call.kit.database.read() as db:
        author = proofs.viewer_of(call, db)
        row = comments.read_source(db, call.site, author, comment_id=number, now=call.now)
    sent = {name: str(value) for name, value in form.values.items()}
    view = DeletePage(
        assets=call.kit.assets,
        excerpt=excerpt(row.source, limit=_EXCERPT_CHARS),
        action_url=_links(call, form).post("delete"),
        hidden=tuple((sent | {"sure": "1"}).items()),
        back_url=f"{_back(call, form).partition('#')[0]}#comment-{number}",
    )
    return Response(call.kit.renderer.render("delete.html", language=call.language, view=view))


def sign_in(call: Call) -> Response:
    """Leave for a provider; what was typed waits here."""
    form = read_form(request)
    name = form.text("provider", limit=64)
    call.limit("sign_in_start")
    if name == HOST:
        return _leave_to_host(call, form)
    provider = signin.provider_named(call.kit, name)
    if provider.capabilities.instances and not servers.typed(form):
        return _ask_server(call, form, provider)
    if provider.capabilities.instances:
        servers.count(call)
    try:
        return _leave(call, form, provider)
    except CommentKitError as error:
        if servers.is_about_server(error):
            return _ask_server(call, form, provider, error)
        raise


def _ask_server(
    call: Call, form: Fields, provider: Provider, error: CommentKitError | None = None
) -> Response:
    """Ask which server; what was typed travels along, and waits here for who goes back."""
    switch = "?switch=1" if _switches() else ""
    response = servers.ask(
        call,
        provider,
        action_url=_links(call, form).post("sign-in") + switch,
        sent=form.values,
        back_url=_back(call, form),
        error=error,
    )
    draft.keep(call, response, form, state="")
    return response


def _leave_to_host(call: Call, form: Fields) -> Response:
    """Leave for the door of the app that we live in; it may lead on to anywhere."""
    doors = host_users.logins(call, "home")
    if not doors:
        raise CommentKitError("unknown_provider")
    view = ConnectingPage(
        assets=call.kit.assets,
        site_title=call.site.title,
        provider=call.site.title,
        url=_links(call, form).leading_back(doors[0].url),
        back_url=_back(call, form),
    )
    html = call.kit.renderer.render("signin_connecting.html", language=call.language, view=view)
    response = Response(html)
    draft.keep(call, response, form, state="")
    return response


def _switches() -> bool:
    return read_query(request).flag("switch")


def _leave(call: Call, form: Fields, provider: Provider) -> Response:
    start = Start(
        mode="page",
        origin=call.origin,
        aid=ids.new_secret(),
        challenge=None,
        switch=_switches(),
        language=call.language,
        return_to=_back(call, form) + _FORM,
        instance=servers.typed(form) or None,
    )
    started = signin.go(call, provider, start)
    typed = start.instance if provider.capabilities.instances else None
    response = servers.leave(
        call, provider, started.url, typed=typed or "", back_url=_back(call, form)
    )
    signin.bind(call, response, started)
    draft.keep(call, response, form, state="")
    return response


def sign_out(call: Call) -> Response:
    """End the token; the text stays."""
    form = read_form(request)
    acts.sign_out(call)
    response = _returned(call, form)
    proofs.forget(call, response)
    return response


def change(call: Call) -> Response:
    """Show the choices again, or go back from them; nobody is signed out by that."""
    form = read_form(request)
    state = form.text("state", limit=16)
    if state not in ("", "changing", "guest"):
        raise CommentKitError("field_invalid", {"name": "state"})
    call.limit("edit")
    return _returned(call, form, state=state)


def use_identity(call: Call) -> Response:
    """Comment with another identity that is signed in here."""
    form = read_form(request)
    acts.use_identity(call, form.number("identity"))
    return _returned(call, form)


def claim(call: Call) -> Response:
    """Take over what this browser wrote as a guest."""
    form = read_form(request)
    acts.claim(call, form.number("claim") or 0)
    return _returned(call, form)


def _returned(call: Call, form: Fields, *, state: str = "") -> Response:
    """Lead back to the form, with what was typed in it."""
    response = see_other(_back(call, form) + _FORM)
    draft.keep(call, response, form, state=state)
    return response


def _viewer(call: Call, *, strict: bool) -> Viewer:
    with call.kit.database.read() as db:
        return proofs.viewer_of(call, db, strict=strict)


def _ask(call: Call, form: Fields) -> Ask:
    page = asks.page_of(call, form)
    return Ask(
        page=page,
        sort=_sort(call, form),
        proof=form.text("proof", limit=vouching.MAX_PROOF_CHARS) if page.vouched else "",
        composed=True,
    )


def _sort(call: Call, form: Fields) -> str:
    asked = str(form.values.get("sort"))
    return asked if asked in SORTS else call.site.rules.sort


def _links(call: Call, form: Fields) -> Links:
    ask = _ask(call, form)
    page = ask.page
    url = page.url if page.url and (page.vouched or call.site.owns(page.url)) else None
    return section.links(call, Standing(ask=ask, thread=None, key=ask.page.thread_key, url=url))


def _back(call: Call, form: Fields) -> str:
    return vouching.back_address(asks.page_of(call, form), _links(call, form))
