"""The contract of providers with many servers: the scripted peer is the server that is named.

@pytest.mark.provider_contract
class TestExample(InstanceContract):
    script = Script(answers={…})        # what the server is asked besides; {base} is its origin
    recorded = {…}                      # as in ProviderContract; {base} and {host} are filled in
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from urllib.parse import urlsplit

from commentkit.signin.protocols.oauth2 import OAuth2
from commentkit.signin.provider import Begun, Client, Endpoints, Profile
from commentkit.testing.contract import ProviderContract
from commentkit.testing.rehearsal import CODE, Rehearsal
from commentkit.testing.scripted_provider import ScriptedProvider, scripted_provider

CLIENT_URL = "https://comments.example/commentkit/oauth/client-metadata.json"


@dataclass
class MemoryClients:
    """Clients kept as long as a test."""

    kept: dict[str, Client] = field(default_factory=dict)
    doubted: list[str] = field(default_factory=list)

    def find(self, place: str) -> Client | None:
        """Return our client at a server."""
        return self.kept.get(place)

    def keep(self, place: str, client: Client, *, instead_of: Client | None) -> Client:
        """Keep a client."""
        self.kept[place] = client
        return client

    def confirm(self, place: str, client: Client) -> None:
        """Ask no more."""
        self.kept[place] = replace(client, check_at=None)

    def doubt(self, place: str, client: Client) -> None:
        """Note a doubt."""
        self.doubted.append(place)


@dataclass
class InstanceRehearsal(Rehearsal):
    """An adapter with many servers, one of them its peer."""

    typed: str = "{base}"

    def __post_init__(self) -> None:
        super().__post_init__()
        self.trip = replace(
            self.trip,
            instance=filled(self.typed, self.peer.url),
            clients=MemoryClients(),
            client_url=CLIENT_URL,
            proof_key="a proof key of this rehearsal",
        )

    @property
    def clients(self) -> MemoryClients:
        """Give what is kept of our clients."""
        assert isinstance(self.trip.clients, MemoryClients)
        return self.trip.clients

    @property
    def redirect_uri(self) -> str:
        """Give the address that this server's answers come to."""
        return self.provider.way_back(self.trip.redirect_uri, self.peer.url)

    @property
    def endpoints(self) -> Endpoints:
        """Give the endpoints of the peer."""
        assert isinstance(self.provider, OAuth2)
        found = replace(self.provider, issuer=self.peer.url).endpoints()
        assert found is not None
        return found

    def finish(self, begun: Begun, params: Mapping[str, str] | None = None) -> Profile:
        """Come back to the server that the attempt was begun at."""
        given = self.approval(begun) if params is None else params
        way_back = self.provider.way_back(self.trip.redirect_uri, begun.issuer, begun.secret)
        trip = replace(self.trip, state=begun.state, instance=begun.issuer, redirect_uri=way_back)
        return self.provider.finish(trip, params=given, secret=begun.secret)

    def check_token_call(self) -> None:
        """See that the token call repeats what the request promised; one without a secret too."""
        assert isinstance(self.provider, OAuth2)
        if self.provider.client_auth != "none":
            super().check_token_call()
            return
        sent = self.peer.at(self.token_path)[-1].form
        assert sent["grant_type"] == "authorization_code"
        assert (sent["code"], sent["redirect_uri"]) == (CODE, self.redirect_uri)
        assert sent["code_verifier"] == self.trip.code_verifier
        assert sent["client_id"] == CLIENT_URL
        assert "client_secret" not in sent

    def filled(self, params: Mapping[str, str], begun: Begun) -> dict[str, str]:
        """Fill the placeholders of recorded parameters."""
        known = {name: filled(value, self.peer.url) for name, value in params.items()}
        values = {"{client_url}": CLIENT_URL}
        return {
            name: values.get(value, value) for name, value in super().filled(known, begun).items()
        }


class InstanceContract(ProviderContract):
    """What holds for every provider, where the person names the server."""

    typed: ClassVar[str] = "{base}"
    """What the person types."""

    def play_with(self, peer: ScriptedProvider) -> InstanceRehearsal:
        """Make the rehearsal; a dialect may need one of its own."""
        provider = self.provider(peer.url)
        return InstanceRehearsal(
            provider, peer, self.recorded, script=self.script, typed=self.typed
        )

    @contextmanager
    def rehearsal(self) -> Iterator[Rehearsal]:
        """Run a peer that is one of this provider's servers."""
        with scripted_provider() as peer:
            for name in ("recorded", "bare"):
                setattr(self, name, filled(getattr(type(self), name), peer.url))
            for name in ("expected", "bare_expected"):
                profile = getattr(type(self), name)
                known = {key: filled(value, peer.url) for key, value in vars(profile).items()}
                setattr(self, name, Profile(**known))
            answers = filled(type(self).script.answers, peer.url)
            self.script = replace(type(self).script, answers=answers)  # type: ignore[misc]
            yield self.play_with(peer)

    def test_credentials_configure_it(self) -> None:
        """Need none: each server gives its own."""
        assert self.provider("https://provider.example").configured

    def test_it_asks_for_a_server(self) -> None:
        """Say that there are many, and what to ask for."""
        provider = self.provider("https://provider.example")
        assert provider.capabilities.instances
        assert provider.instance_label
        assert provider.instance_example

    def test_the_answer_is_the_attempts_own_servers(self) -> None:
        """Believe a callback only for the server that the attempt was begun at."""
        with self.rehearsal() as play:
            begun = play.begin()
            assert begun.issuer == play.peer.url
            play.refused(replace(begun, issuer=None), "bad_answer")


def filled(value: Any, base: str) -> Any:
    """Fill {base} and {host} into a value of JSON."""
    if isinstance(value, str):
        return value.replace("{base}", base).replace("{host}", urlsplit(base).netloc)
    if isinstance(value, Mapping):
        return {name: filled(part, base) for name, part in value.items()}
    if isinstance(value, list):
        return [filled(part, base) for part in value]
    return value
