"""Bluesky and the AT Protocol, with the answers of the specification."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from name_server import name_server

from commentkit.ids import s256
from commentkit.signin.provider import Endpoints, Profile, ProviderError
from commentkit.signin.providers.bluesky import Bluesky
from commentkit.testing.contract import ProviderContract
from commentkit.testing.instances import CLIENT_URL, InstanceContract, InstanceRehearsal
from commentkit.testing.rehearsal import ACCESS_TOKEN
from commentkit.testing.scripted_provider import Call, Reply, ScriptedProvider, json_reply

DID = "did:plc:z72i7hdynmk6r22z27h6tvur"
OTHER = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
HANDLE = "anna.test"
AVATAR = "https://cdn.bsky.example/img/avatar/plain/anna@jpeg"
REQUEST = "urn:ietf:params:oauth:request_uri:req-1"
METADATA = "/.well-known/oauth-authorization-server"
RESOURCE = "/.well-known/oauth-protected-resource"
RESOLVE = "/xrpc/com.atproto.identity.resolveHandle"
PROFILE = "/xrpc/app.bsky.actor.getProfile"


def metadata(base: str, **changes: Any) -> dict[str, Any]:
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "pushed_authorization_request_endpoint": f"{base}/oauth/par",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "require_pushed_authorization_requests": True,
        "scopes_supported": ["atproto", "transition:generic"],
        "code_challenge_methods_supported": ["S256"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": True,
        "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
    } | changes


def document(base: str, did: str = DID, *handles: str) -> dict[str, Any]:
    return {
        "id": did,
        "alsoKnownAs": [f"at://{handle}" for handle in handles],
        "service": [
            {"id": "#other", "type": "Other", "serviceEndpoint": "https://10.0.0.1"},
            {
                "id": "#atproto_pds",
                "type": "AtprotoPersonalDataServer",
                "serviceEndpoint": base,
            },
        ],
    }


@dataclass
class AtRehearsal(InstanceRehearsal):
    """A whole network on one origin, whose server believes proofs alone."""

    typed: str = DID
    seen: list[Mapping[str, Any]] = field(default_factory=list)
    """The claims of each proof that was good."""
    keys: set[str] = field(default_factory=set)

    @property
    def endpoints(self) -> Endpoints:
        at = self.peer.url
        return Endpoints(
            authorize=f"{at}/oauth/authorize", token=f"{at}/oauth/token", userinfo=at + PROFILE
        )

    @property
    def asked_paths(self) -> list[str]:
        return [f"/{DID}", RESOURCE, METADATA, "/oauth/par", "/oauth/token", PROFILE]

    def _open(self) -> None:
        at, peer = self.peer.url, self.peer
        peer.say(RESOURCE, json_reply({"resource": at, "authorization_servers": [at]}))
        peer.say(METADATA, json_reply(metadata(at)))
        peer.answers["/oauth/par"] = self.proven({"request_uri": REQUEST, "expires_in": 299}, 201)
        peer.answers["/oauth/token"] = self.proven(self.token_answer())
        peer.answers["/oauth/revoke"] = self.proven({})
        peer.answers[RESOLVE] = lambda call: (
            json_reply({"did": DID})
            if call.query == {"handle": HANDLE}
            else json_reply({"error": "InvalidRequest"}, 400)
        )
        self._tell(self.recorded)

    def token_answer(self, **changes: Any) -> dict[str, Any]:
        return {
            "access_token": ACCESS_TOKEN,
            "token_type": "DPoP",
            "sub": DID,
            "scope": "atproto",
        } | changes

    def _tell(self, recorded: Mapping[str, Any]) -> None:
        handle = recorded.get("handle")
        named = [handle] if isinstance(handle, str) else []
        self.peer.say(f"/{DID}", json_reply(document(self.peer.url, DID, *named)))
        said = {name: recorded.get(name) for name in ("displayName", "avatar")}
        known = {"did": DID, **{k: v for k, v in said.items() if v is not None}}
        shown = recorded.get("shown") is True
        self.peer.say(
            PROFILE, json_reply(known if shown else {"error": "x"}, 200 if shown else 400)
        )

    def proven(self, body: Mapping[str, Any], status: int = 200) -> Any:
        """Answer who proves possession with our nonce; first ask for it."""

        def answer(call: Call) -> Reply:
            nonce = {"DPoP-Nonce": "nonce-of-the-server"}
            claims = self.checked(call)
            if claims is None:
                return replace(json_reply({"error": "invalid_dpop_proof"}, 400), headers=nonce)
            if claims.get("nonce") != "nonce-of-the-server":
                return replace(json_reply({"error": "use_dpop_nonce"}, 400), headers=nonce)
            self.seen.append(claims)
            return replace(json_reply(body, status), headers=nonce)

        return answer

    def checked(self, call: Call) -> Mapping[str, Any] | None:
        proof = call.headers["dpop"]
        key = ECKey.import_key(jwt.decode(proof, self.key_of(proof)).header["jwk"])
        decoded = jwt.decode(proof, key, algorithms=["ES256"])
        good = decoded.header["typ"] == "dpop+jwt" and "d" not in decoded.header["jwk"]
        here = (decoded.claims["htm"], decoded.claims["htu"]) == (
            call.method,
            self.peer.url + call.path,
        )
        self.keys.add(key.thumbprint())
        return decoded.claims if good and here else None

    @staticmethod
    def key_of(proof: str) -> ECKey:
        from joserfc.jws import extract_compact

        return ECKey.import_key(extract_compact(proof.encode()).headers()["jwk"])

    def approval(self, begun: Any) -> dict[str, str]:
        return {**super().approval(begun), "iss": self.peer.url}


@pytest.mark.provider_contract
class TestBluesky(InstanceContract):
    typed = DID
    recorded = {
        "did": DID,
        "handle": HANDLE,
        "displayName": "Anna Bianchi",
        "avatar": AVATAR,
        "shown": True,
    }
    expected = Profile(
        subject=DID,
        name="Anna Bianchi",
        handle=f"@{HANDLE}",
        profile_url=f"https://bsky.app/profile/{DID}",
        picture_url=AVATAR,
    )
    bare = {"did": DID}
    bare_expected = Profile(subject=DID, name="Bluesky")
    authorize = {"client_id": "{client_url}", "request_uri": REQUEST}
    refusals = [
        (
            {"error": "access_denied", "state": "{state}", "iss": "{base}"},
            "cancelled",
        )
    ]
    token_errors = [
        (400, {"error": "invalid_grant"}, "bad_answer"),
        (400, {"error": "invalid_client_metadata"}, "bad_answer"),
        (400, {"error": "use_dpop_nonce"}, "bad_answer"),
    ]
    profile_errors = [(502, {"error": "UpstreamFailure"}, "unavailable")]

    def provider(self, base: str) -> Bluesky:
        return Bluesky(plc=base, resolver=base, appview=base)

    def play_with(self, peer: ScriptedProvider) -> InstanceRehearsal:
        return AtRehearsal(self.provider(peer.url), peer, self.recorded)

    def named(self, play: AtRehearsal, typed: str) -> None:
        play.trip = replace(play.trip, instance=typed)

    def refuses(self, play: AtRehearsal, kind: str = "bad_answer") -> None:
        with pytest.raises(ProviderError) as caught:
            play.begin()
        assert caught.value.kind == kind

    def test_an_empty_callback_is_refused(self, play: AtRehearsal) -> None:
        begun = play.begin()
        play.refused(begun, "bad_answer", params={"state": begun.state})
        play.refused(begun, "bad_answer", params={"state": begun.state, "iss": play.peer.url})

    def test_private_and_scripted_addresses_are_dropped(self, play: AtRehearsal) -> None:
        ProviderContract.test_private_and_scripted_addresses_are_dropped(self, play)

    def test_the_pushed_request_is_exact(self, play: AtRehearsal) -> None:
        play.begin()
        first, second = play.peer.at("/oauth/par")
        assert first.form == second.form
        assert second.form == {
            "client_id": CLIENT_URL,
            "response_type": "code",
            "redirect_uri": play.trip.redirect_uri,
            "scope": "atproto",
            "state": play.trip.state,
            "code_challenge": s256(play.trip.code_verifier),
            "code_challenge_method": "S256",
            "login_hint": DID,
        }

    def test_each_proof_is_new_and_all_by_one_key(self, play: AtRehearsal) -> None:
        play.sign_in()
        assert [claims["htu"].rpartition("/")[2] for claims in play.seen] == [
            "par",
            "token",
            "revoke",
        ]
        assert len({claims["jti"] for claims in play.seen}) == 3
        assert len(play.keys) == 1
        play.trip = replace(play.trip, proof_key="of another attempt")
        play.begin()
        assert len(play.keys) == 2

    def test_a_handle_leads_to_the_account_and_back(self, play: AtRehearsal) -> None:
        self.named(play, f"@{HANDLE}")
        begun = play.begin()
        assert begun.secret == DID
        assert play.peer.at("/oauth/par")[-1].form["login_hint"] == HANDLE
        assert play.finish(begun) == self.expected

    def test_a_handle_in_dns_leads_to_the_account_and_back(self, play: AtRehearsal) -> None:
        play.peer.say(RESOLVE, Reply(503, b""))
        self.named(play, HANDLE)
        with name_server({f"_atproto.{HANDLE}": [f'"did={DID}"']}) as names:
            play.trip = replace(play.trip, http=replace(play.trip.http, names=names.names))
            assert play.finish(play.begin()) == self.expected
            play.peer.say(f"/{DID}", json_reply(document(play.peer.url, DID, "luca.test")))
            self.refuses(play)

    def test_a_handle_that_does_not_lead_back_is_refused(self, play: AtRehearsal) -> None:
        self.named(play, HANDLE)
        for claimed in ([], ["luca.test"], ["luca.test", HANDLE]):
            play.peer.say(f"/{DID}", json_reply(document(play.peer.url, DID, *claimed)))
            self.refuses(play)

    def test_a_handle_is_asked_at_its_host_where_nobody_else_answers(
        self, play: AtRehearsal
    ) -> None:
        asked: list[str] = []

        def resolve(host: str, port: int) -> list[str]:
            asked.append(host)
            return ["10.0.0.1"]

        play.peer.say(RESOLVE, Reply(503, b""))
        play.trip = replace(play.trip, http=replace(play.trip.http, resolve=resolve))
        self.named(play, HANDLE)
        self.refuses(play)
        assert asked == [HANDLE]

    def test_a_borrowed_handle_is_not_shown(self, play: AtRehearsal) -> None:
        play.peer.say(RESOLVE, json_reply({"did": OTHER}))
        got = play.sign_in()
        assert (got.subject, got.handle) == (DID, None)

    def test_a_server_may_be_named_instead(self, play: AtRehearsal) -> None:
        self.named(play, play.peer.url)
        begun = play.begin()
        assert begun.secret is None
        assert "login_hint" not in play.peer.at("/oauth/par")[-1].form
        assert play.finish(begun) == self.expected

    def test_a_server_that_is_no_home_may_be_named(self, play: AtRehearsal) -> None:
        home = play.peer.answers.pop(RESOURCE)
        self.named(play, play.peer.url)
        begun = play.begin()
        play.peer.answers[RESOURCE] = home
        assert play.finish(begun) == self.expected

    @pytest.mark.parametrize(
        "change",
        [
            {"sub": OTHER},
            {"sub": "did:key:z6Mk"},
            {"sub": None},
            {"token_type": "Bearer"},
            {"scope": "transition:generic"},
            {"scope": None},
        ],
    )
    def test_another_account_or_token_is_refused(
        self, play: AtRehearsal, change: dict[str, Any]
    ) -> None:
        begun = play.begin()
        play.peer.answers["/oauth/token"] = play.proven(play.token_answer(**change))
        play.refused(begun, "bad_answer")

    def test_a_server_is_believed_about_its_own_accounts_alone(self, play: AtRehearsal) -> None:
        self.named(play, play.peer.url)
        begun = play.begin()
        play.peer.answers["/oauth/token"] = play.proven(play.token_answer(sub=OTHER))
        play.refused(begun, "bad_answer", why="nobody knows the account")
        elsewhere = document("http://id.localhost:1", OTHER)
        play.peer.say(f"/{OTHER}", json_reply(elsewhere))
        play.refused(begun, "unavailable", why="it lives elsewhere")
        play.peer.say(f"/{OTHER}", json_reply(document(play.peer.url, OTHER)))
        reply = {"authorization_servers": ["https://other.example"]}
        play.peer.say(RESOURCE, json_reply(reply))
        play.refused(begun, "bad_answer", why="its home names another server")

    @pytest.mark.parametrize(
        "change",
        [
            {"issuer": "https://other.example"},
            {"pushed_authorization_request_endpoint": None},
            {"pushed_authorization_request_endpoint": "https://10.0.0.1/par"},
            {"dpop_signing_alg_values_supported": ["RS256"]},
            {"scopes_supported": ["openid"]},
            {"authorization_response_iss_parameter_supported": False},
            {"client_id_metadata_document_supported": False},
        ],
    )
    def test_another_kind_of_server_is_refused(
        self, play: AtRehearsal, change: dict[str, Any]
    ) -> None:
        play.peer.say(METADATA, json_reply(metadata(play.peer.url, **change)))
        self.refuses(play)

    @pytest.mark.parametrize(
        "endpoint",
        [
            "https://10.0.0.1",
            "https://home.example/path",
            "https://home.example:8443",
            "https://u:p@home.example",
            "ftp://home.example",
            "https://home",
            7,
            None,
        ],
    )
    def test_an_unusable_home_is_refused(self, play: AtRehearsal, endpoint: object) -> None:
        said = document(str(endpoint), DID)
        said["service"][1]["serviceEndpoint"] = endpoint
        play.peer.say(f"/{DID}", json_reply(said))
        self.refuses(play)

    def test_anothers_document_is_refused(self, play: AtRehearsal) -> None:
        play.peer.say(f"/{DID}", json_reply(document(play.peer.url, OTHER)))
        self.refuses(play)

    @pytest.mark.parametrize("servers", [[], ["https://a.example", "https://b.example"], "x", [7]])
    def test_a_home_names_one_server(self, play: AtRehearsal, servers: object) -> None:
        play.peer.say(RESOURCE, json_reply({"authorization_servers": servers}))
        self.refuses(play)

    def test_a_server_without_nonces_is_refused(self, play: AtRehearsal) -> None:
        play.peer.say("/oauth/par", json_reply({"request_uri": REQUEST}, 201))
        self.refuses(play)

    @pytest.mark.parametrize("did", ["did:web:127.0.0.1", "did:web:printer.local"])
    def test_a_private_account_is_not_looked_up(self, play: AtRehearsal, did: str) -> None:
        self.named(play, did)
        self.refuses(play)

    def test_in_development_the_client_is_localhost(self, play: AtRehearsal) -> None:
        play.trip = replace(
            play.trip, client_url="http://127.0.0.1:8000/oauth/client-metadata.json"
        )
        play.begin()
        assert play.peer.at("/oauth/par")[-1].form["client_id"].startswith("http://localhost?")

    def test_our_own_address_must_have_no_port(self, play: AtRehearsal) -> None:
        play.trip = replace(play.trip, client_url="https://comments.example:8443/client.json")
        self.refuses(play, "misconfigured")
