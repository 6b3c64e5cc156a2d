"""From a public address to its question, without any routing."""

from collections.abc import Callable
from functools import partial
from typing import Any

from commentkit.discussion.cursors import replies_of
from commentkit.sites import KnownSite
from commentkit.web.asks import ask_of
from commentkit.web.bodies import Fields, read_id
from commentkit.web.call import Call
from commentkit.web.kit import Kit
from commentkit.web.read_path.counts import CountsQuestion, keys_asked
from commentkit.web.read_path.question import Query, Question
from commentkit.web.read_path.replies import RepliesQuestion
from commentkit.web.read_path.thread import ThreadQuestion

Environ = dict[str, Any]
Reader = Callable[..., Question]


def thread_question(call: Call, query: Query) -> ThreadQuestion:
    """Read which part of which thread is asked for; raises what is wrong with it."""
    ask = ask_of(call, Fields(query.first()))
    return ThreadQuestion(_site(call), call.language, ask)


def replies_question(call: Call, query: Query, root: str) -> RepliesQuestion:
    """Read which replies are asked for."""
    number = read_id(root)
    within = replies_of(call.site.id, number)
    after = call.kit.cursors.read(query.first().get("after"), within)
    return RepliesQuestion(_site(call), call.language, number, after)


def counts_question(call: Call, query: Query) -> CountsQuestion:
    """Read whose counts are asked for."""
    keys = keys_asked(query.all("key"), query.all("url"))
    return CountsQuestion(_site(call), call.language, keys)


_READERS: dict[str, Reader] = {
    "thread": thread_question,
    "replies": replies_question,
    "counts": counts_question,
}


def find(kit: Kit, path: str, environ: Environ) -> tuple[Call, Callable[[], Question]] | None:
    """Find whose question a path below the prefix is; None where it is no kept page's.

    A private site has none. What is wrong with the question is raised once that is read; what is
    no kept page's is read by its own door alone.
    """
    site_name, _, rest = path.removeprefix("/").partition("/")
    face, *arguments = rest.split("/")
    reader = _READERS.get(face)
    if reader is None or len(arguments) != (face == "replies"):
        return None
    site = kit.sites.find(site_name)
    if site.private:
        return None
    query = Query.of(environ)
    call = public_call(kit, site, query.first().get("lang"))
    return call, partial(reader, call, query, *arguments)


def public_call(kit: Kit, site: KnownSite, asked: str | None) -> Call:
    """Make the call of nobody in particular: its language follows the address alone."""
    language = kit.renderer.negotiate(asked, site.language)
    origin = kit.settings.origin
    return Call(kit=kit, site=site, language=language, origin=origin, now=kit.clock())


def _site(call: Call) -> tuple[int, int]:
    return (call.site.id, call.site.version)
