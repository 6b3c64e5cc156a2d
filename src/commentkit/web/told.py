"""What our own redirect lets the account page say: a crafted address says nothing by itself."""

from urllib.parse import parse_qs, urlsplit

from flask import Response, request

from commentkit.web import cookies
from commentkit.web.call import Call

_SECONDS = 60
_WORDS = ("done", "problem")


def tell(call: Call, response: Response) -> None:
    """Let the account page say what the address that a redirect leads to names."""
    url = urlsplit(response.headers["Location"])
    if url.path != urlsplit(f"{call.endpoint}/account").path:
        return
    query = parse_qs(url.query)
    word = next((query[name][0] for name in _WORDS if name in query), "")
    if word:
        settings = call.kit.settings
        cookies.set_told(response, call.site.name, word, seconds=_SECONDS, settings=settings)


def told(call: Call, word: str) -> str:
    """Return a word of the address where our own redirect set it a moment ago, else nothing."""
    said = request.cookies.get(cookies.told_name(call.site.name, call.kit.settings))
    return word if word and word == said else ""
