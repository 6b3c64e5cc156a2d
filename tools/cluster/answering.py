"""Whether a server answers."""

from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener


def answers(address: str) -> bool:
    """Tell whether an address answers 200, asked directly and not through a proxy."""
    try:
        with build_opener(ProxyHandler({})).open(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
