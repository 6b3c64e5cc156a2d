"""Every adapter against the identity services, which another hand wrote from the same documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from commentkit.ids import new_secret
from commentkit.signin.http import HttpClient
from commentkit.signin.metadata import MetadataCache
from commentkit.signin.profiles import MAX_NAME_CHARS
from commentkit.signin.provider import Begun, Profile, Provider, ProviderError, RoundTrip
from commentkit.signin.providers.facebook import Facebook
from commentkit.signin.providers.google import Google
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.signin.providers.wordpress import WordPress
from commentkit.signin.providers.wordpress_legacy import WordPressLegacy
from commentkit.signin.providers.x import X
from commentkit.signin.providers.x_oauth1 import XOAuth1
from commentkit.testing.identity_services import (
    ENDPOINTS,
    Fault,
    RunningServices,
    create_app,
    demo_client,
    kinds_at,
    scripted_sign_in,
    serve_identity_services,
)

KEYS = ["wordpress", "wordpress_legacy", "x", "x_oauth1", "facebook", "google", "oidc"]
UNAVAILABLE = {"500", "429", "slow"}
ASKED_OF_THE_BROWSER = {"authorize", "callback"}


@pytest.fixture(scope="module")
def services() -> Iterator[RunningServices]:
    with serve_identity_services(create_app()) as running:
        yield running


@pytest.fixture(autouse=True)
def _no_faults(services: RunningServices) -> Iterator[None]:
    yield
    services.faults.clear()


def adapter(key: str, base: str) -> Provider:
    made: Provider = {
        "wordpress": lambda: WordPress(base_url=f"{base}/wordpress"),
        "wordpress_legacy": lambda: WordPressLegacy(base_url=f"{base}/wordpress"),
        "x": lambda: X(authorize_base=f"{base}/x", api_base=f"{base}/x"),
        "x_oauth1": lambda: XOAuth1(authorize_base=f"{base}/x", api_base=f"{base}/x"),
        "facebook": lambda: Facebook(www_base=f"{base}/facebook", graph_base=f"{base}/facebook"),
        "google": lambda: Google(issuer=f"{base}/google"),
        "oidc": lambda: OpenIDConnect(name="oidc", label="Example", issuer=f"{base}/oidc"),
    }[key]()
    client = demo_client(made.name)
    return made.with_credentials(client.client_id, client.client_secret)


@dataclass
class Visit:
    """One sign-in by a person who walks the consent page."""

    provider: Provider
    trip: RoundTrip

    def begin(self, *, switch: bool = False) -> Begun:
        return self.provider.begin(self.trip, switch=switch, language="it")

    def finish(self, begun: Begun, callback: str) -> Profile:
        params = dict(parse_qsl(urlsplit(callback).query))
        assert callback.startswith(self.trip.redirect_uri)
        trip = replace(self.trip, state=begun.state)
        return self.provider.finish(trip, params=params, secret=begun.secret)

    def sign_in(self, person: str = "anna", *, refuse: bool = False) -> Profile:
        begun = self.begin()
        return self.finish(begun, scripted_sign_in(begun.url, person, refuse=refuse))


def visit(services: RunningServices, key: str, *, seconds: float = 5) -> Visit:
    provider = adapter(key, services.url)
    trip = RoundTrip(
        http=HttpClient(loopback=True, timeout_seconds=seconds, total_seconds=seconds),
        metadata=MetadataCache(),
        redirect_uri=f"http://127.0.0.1:8000/commentkit/callback/{provider.name}",
        state=new_secret(),
        nonce=new_secret(),
        code_verifier=new_secret(),
        now=datetime.now(UTC),
    )
    return Visit(provider, trip)


@pytest.mark.parametrize("key", KEYS)
def test_anna_signs_in(key: str, services: RunningServices) -> None:
    profile = visit(services, key).sign_in()
    assert profile.name == "Anna Bianchi"
    assert profile.email == "anna.bianchi@example.org"
    assert profile.email_verified == (key != "facebook")
    assert (profile.handle == "annab") == (key not in ("facebook", "google"))
    assert (profile.picture_url or "").endswith("/pictures/anna.png")
    assert visit(services, key).sign_in().subject == profile.subject


@pytest.mark.parametrize("key", KEYS)
def test_everybody_signs_in(key: str, services: RunningServices) -> None:
    people = {person.key: person for person in services.state.people}
    found = {name: visit(services, key).sign_in(name) for name in people}
    assert len({profile.subject for profile in found.values()}) == len(people)
    assert found["giulia"].email is None
    assert not found["paolo"].email_verified or key in ("x", "x_oauth1")
    assert found["paolo"].picture_url is None or key == "x"
    assert 0 < len(found["rahman"].name) <= MAX_NAME_CHARS
    assert found["rahman"].name[:20] == people["rahman"].name[:20]


@pytest.mark.parametrize("key", KEYS)
def test_a_refusal_is_a_cancellation(key: str, services: RunningServices) -> None:
    with pytest.raises(ProviderError) as caught:
        visit(services, key).sign_in(refuse=True)
    assert caught.value.kind == "cancelled"


@pytest.mark.parametrize("key", KEYS)
def test_nobody_is_asked_twice(key: str, services: RunningServices) -> None:
    """Dropping the token must not withdraw what the person approved."""
    with requests.Session() as browser:
        for _ in range(2):
            one = visit(services, key)
            begun = one.begin()
            callback = scripted_sign_in(begun.url, "anna", browser=browser)
            profile = one.finish(begun, callback)
        again = visit(services, key).begin()
        answer = browser.get(again.url, allow_redirects=False, timeout=10)
    assert profile.name == "Anna Bianchi"
    assert answer.is_redirect


@pytest.mark.parametrize("key", KEYS)
def test_another_account_can_be_chosen_where_documented(
    key: str, services: RunningServices
) -> None:
    with requests.Session() as browser:
        one = visit(services, key)
        begun = one.begin()
        one.finish(begun, scripted_sign_in(begun.url, "anna", browser=browser))
        again = visit(services, key)
        chooses = again.provider.capabilities.account_choice is not None
        url = again.begin(switch=True).url
        assert browser.get(url, allow_redirects=False, timeout=10).is_redirect != chooses


@pytest.mark.parametrize("key", KEYS)
def test_tokens_are_dropped_where_that_costs_no_consent(
    key: str, services: RunningServices
) -> None:
    ends = "revoke" in ENDPOINTS[key] and key not in ("google", "facebook")
    before = len(services.state.calls.at(key, "revoke"))
    visit(services, key).sign_in()
    assert len(services.state.calls.at(key, "revoke")) - before == int(ends)


FAULTS = [
    pytest.param(key, endpoint, kind, id=f"{key}-{endpoint}-{kind}")
    for key in KEYS
    for endpoint in sorted(ENDPOINTS[key] - ASKED_OF_THE_BROWSER)
    for kind in sorted(kinds_at(key, endpoint) - {"coop"})
]


@pytest.mark.parametrize(("key", "endpoint", "kind"), FAULTS)
def test_each_fault_ends_in_its_problem(
    key: str, endpoint: str, kind: str, services: RunningServices
) -> None:
    services.faults.set(key, endpoint, Fault(kind, seconds=20, bytes=2_000_000))
    one = visit(services, key, seconds=0.4 if kind == "slow" else 5)
    declared = key == "wordpress" and endpoint == "discovery"
    if endpoint == "revoke" or kind == "rotated_key" or declared:
        assert one.sign_in().name == "Anna Bianchi"
        return
    with pytest.raises(ProviderError) as caught:
        one.sign_in()
    if kind in UNAVAILABLE:
        assert caught.value.kind == "unavailable"
    elif kind == "error":
        assert caught.value.kind in ("bad_answer", "misconfigured", "disallowed")
    else:
        assert caught.value.kind == "bad_answer"


CALLBACK_FAULTS = [
    pytest.param(key, kind, id=f"{key}-{kind}")
    for key in KEYS
    for kind in ("error", "iss_wrong", "iss_missing")
    if kind in kinds_at(key, "callback") and (kind == "error" or key in ("google", "oidc"))
]


@pytest.mark.parametrize(("key", "kind"), CALLBACK_FAULTS)
def test_each_fault_of_the_callback(key: str, kind: str, services: RunningServices) -> None:
    services.faults.set(key, "callback", Fault(kind))
    with pytest.raises(ProviderError) as caught:
        visit(services, key).sign_in()
    assert caught.value.kind in ("bad_answer", "unavailable", "cancelled")


@pytest.mark.parametrize("key", KEYS)
def test_any_name_of_this_machine_will_do(key: str, services: RunningServices) -> None:
    """The demo's third site is id.localhost, which only our own client resolves."""
    named = replace(services, url=services.url.replace("127.0.0.1", "id.localhost"))
    one = visit(named, key)
    begun = one.begin()
    assert begun.url.startswith(named.url)
    near = begun.url.replace("id.localhost", "127.0.0.1")
    if key not in ("google", "oidc", "wordpress"):  # whose tokens name the issuer they came from
        assert one.finish(begun, scripted_sign_in(near, "anna")).name == "Anna Bianchi"
