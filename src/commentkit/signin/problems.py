"""Name what went wrong at a provider, in five kinds, from its own documented answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from commentkit.signin.answers import HttpFailure
from commentkit.signin.provider import ProblemKind, ProviderError

# RFC 6749 §4.1.2.1 and §5.2, OpenID Connect Core 1.0 §3.1.2.6, and the adapters' documents.
_KINDS: dict[str, ProblemKind] = {
    "access_denied": "cancelled",
    "user_denied": "cancelled",
    "user_cancelled_authorize": "cancelled",
    "user_cancelled_login": "cancelled",
    "consent_required": "cancelled",
    "interaction_required": "cancelled",
    "login_required": "cancelled",
    "account_selection_required": "cancelled",
    "temporarily_unavailable": "unavailable",
    "server_error": "unavailable",
    "rate_limit_exceeded": "unavailable",
    "invalid_client": "misconfigured",
    "unauthorized_client": "misconfigured",
    "deleted_client": "misconfigured",
    "application_suspended": "misconfigured",
    "unverified_user_email": "disallowed",
    "redirect_uri_mismatch": "misconfigured",
    "invalid_redirect_uri": "misconfigured",
    "invalid_scope": "misconfigured",
    "unsupported_response_type": "misconfigured",
    "unsupported_grant_type": "misconfigured",
    "invalid_request": "misconfigured",
    "disallowed_useragent": "disallowed",
    "admin_policy_enforced": "disallowed",
    "org_internal": "disallowed",
    "authorization_required": "disallowed",
    "invalid_grant": "bad_answer",
    "invalid_token": "bad_answer",
    "bad_verification_code": "bad_answer",
}


def from_code(code: str, step: str) -> ProviderError:
    """Name an error code; one that no document lists is kept out of the log."""
    kind = _KINDS.get(code)
    if kind is None:
        return ProviderError("bad_answer", f"{step}: undocumented error")
    return ProviderError(kind, f"{step}: {code}")


def from_status(status: int, step: str) -> ProviderError:
    """Name an HTTP status that is not a success and says no more."""
    unavailable = status == 429 or status >= 500
    return ProviderError("unavailable" if unavailable else "bad_answer", f"{step}: HTTP {status}")


def from_failure(failure: HttpFailure, step: str) -> ProviderError:
    """Name a failure of the connection or of the answer's form."""
    if failure.kind == "bad_status" and failure.status is not None:
        return from_status(failure.status, step)
    kind: ProblemKind = (
        "unavailable" if failure.kind in ("timeout", "unreachable") else "bad_answer"
    )
    return ProviderError(kind, f"{step}: {failure.kind}")


def _failures() -> tuple[type[Exception], ...]:
    """Return what a conversation can raise; Python asks only once something was raised."""
    from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
    from requests import RequestException

    return (AuthlibBaseError, RequestException, ValueError, RecursionError)


@contextmanager
def named(step: str) -> Iterator[None]:
    """Turn every failure of a conversation into a ProviderError without its words or its cause.

    The libraries' own messages quote bodies, tokens and codes.
    """
    try:
        yield
    except HttpFailure as failure:
        raise from_failure(failure, step) from None
    except _failures() as error:
        raise ProviderError("bad_answer", f"{step}: {type(error).__name__}") from None
