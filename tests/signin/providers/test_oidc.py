"""Any OpenID Connect issuer, by discovery."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from commentkit.signin.provider import Capabilities, Profile, ProviderError
from commentkit.signin.providers.oidc import OpenIDConnect
from commentkit.testing.contract import CLIENT_ID, ProviderContract
from commentkit.testing.rehearsal import Rehearsal
from commentkit.testing.scripted_provider import Reply, json_reply

DISCOVERY = "/.well-known/openid-configuration"


@pytest.mark.provider_contract
class TestOpenIDConnect(ProviderContract):
    recorded = {
        "sub": "auth0|5f7c8ec7c33c6c004bbafe82",
        "name": "Anna Bianchi",
        "preferred_username": "annab",
        "profile": "https://people.example/annab",
        "picture": "https://people.example/annab.png",
        "email": "anna@example.org",
        "email_verified": "true",
    }
    expected = Profile(
        subject="auth0|5f7c8ec7c33c6c004bbafe82",
        name="Anna Bianchi",
        handle="annab",
        profile_url="https://people.example/annab",
        picture_url="https://people.example/annab.png",
        email="anna@example.org",
        email_verified=True,
    )
    bare = {"sub": "auth0|5f7c8ec7c33c6c004bbafe82"}
    bare_expected = Profile(subject="auth0|5f7c8ec7c33c6c004bbafe82", name="Example")
    email_flags = [["email_verified"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "openid profile email",
        "state": "{state}",
        "nonce": "{nonce}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
    }
    switch = {"prompt": "login"}
    refusals = [
        ({"error": "access_denied", "state": "{state}"}, "cancelled"),
        ({"error": "temporarily_unavailable", "state": "{state}"}, "unavailable"),
        ({"error": "<script>alert(1)</script>", "state": "{state}"}, "bad_answer"),
    ]
    token_errors = [(400, {"error": "invalid_grant"}, "bad_answer")]
    profile_errors = [(401, {"error": "invalid_token"}, "bad_answer")]

    def provider(self, base: str) -> OpenIDConnect:
        return OpenIDConnect(name="example", label="Example", issuer=base)

    def test_a_client_without_a_secret_is_a_public_one(self) -> None:
        bare = self.provider("https://provider.example")
        assert not bare.configured
        assert bare.with_credentials("id", "").configured

    def told(self, play: Rehearsal, **more: Any) -> None:
        call = play.peer.answers[DISCOVERY]
        body = {**play._metadata(), **more}
        assert call
        play.peer.say(DISCOVERY, json_reply({k: v for k, v in body.items() if v is not None}))

    def test_a_chooser_is_preferred_where_advertised(self, play: Rehearsal) -> None:
        self.told(play, prompt_values_supported=["none", "login", "select_account"])
        assert "prompt=select_account" in play.begin(switch=True).url

    @pytest.mark.parametrize(
        ("prompt", "asked"), [("", None), ("login", "login"), ("select_account login",) * 2]
    )
    def test_its_owner_says_what_it_can_be_asked(
        self, play: Rehearsal, prompt: str, asked: str | None
    ) -> None:
        self.told(play, prompt_values_supported=["login", "select_account"])
        play.provider = replace(play.provider, prompt=prompt)
        url = play.begin(switch=True).url
        assert dict(parse_qsl(urlsplit(url).query)).get("prompt") == asked
        known = play.provider.capabilities.account_choice
        assert known == ({"prompt": asked} if asked else None), "else the form says to log out"

    def test_the_language_is_sent_where_it_is_spoken(self, play: Rehearsal) -> None:
        self.told(play, ui_locales_supported=["en", "it"])
        assert "ui_locales=it" in play.begin().url

    def test_basic_where_the_body_is_not_taken(self, play: Rehearsal) -> None:
        self.told(play, token_endpoint_auth_methods_supported=["client_secret_basic"])
        play.sign_in()
        (call,) = play.peer.at("/token")
        assert call.headers["authorization"].startswith("Basic ")

    def test_a_public_client_sends_no_secret(self, play: Rehearsal) -> None:
        play.provider = play.provider.with_credentials(CLIENT_ID, "")
        assert play.sign_in() == self.expected
        (call,) = play.peer.at("/token")
        assert "client_secret" not in call.form
        assert "authorization" not in call.headers

    def test_a_promised_issuer_must_come(self, play: Rehearsal) -> None:
        self.told(play, authorization_response_iss_parameter_supported=True)
        begun = play.begin()
        play.refused(begun, "bad_answer")
        params = {**play.approval(begun), "iss": play.provider.issuer}
        assert play.finish(begun, params) == self.expected

    @pytest.mark.parametrize(
        "lie",
        [
            {"issuer": "https://other.example"},
            {"issuer": None},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"authorization_endpoint": "http://provider.example/authorize"},
            {"token_endpoint": "http://169.254.169.254/token"},
            {"token_endpoint": "file:///etc/passwd"},
            {"token_endpoint": None},
            {"userinfo_endpoint": "https://10.0.0.1/me"},
            {"jwks_uri": "https://[fd00::1]/keys"},
            {"code_challenge_methods_supported": ["plain"]},
        ],
    )
    def test_a_hostile_document_is_refused(self, play: Rehearsal, lie: dict[str, Any]) -> None:
        self.told(play, **lie)
        with pytest.raises(ProviderError):
            play.begin()

    def test_nothing_else_of_the_document_is_used(self, play: Rehearsal) -> None:
        more = {"scope": "admin", "verify": False, "proxies": {"http": "x"}, "response_type": "x"}
        self.told(play, **more)
        begun = play.begin()
        assert "scope=openid+profile+email" in begun.url
        assert "response_type=code" in begun.url
        assert play.finish(begun) == self.expected

    def test_an_answer_by_form_is_asked_for_where_declared(self, play: Rehearsal) -> None:
        assert "response_mode" not in play.begin().url
        play.provider = replace(play.provider, form_post=True)
        assert "response_mode=form_post" in play.begin().url

    def pushing(self, play: Rehearsal, reply: Reply) -> None:
        base = play.provider.issuer
        self.told(
            play,
            authorization_endpoint=f"{base}/authorize?realm=a%20b",
            pushed_authorization_request_endpoint=f"{base}/par",
            require_pushed_authorization_requests=True,
        )
        play.peer.say("/par", reply)

    def test_a_request_is_pushed_where_that_is_demanded(self, play: Rehearsal) -> None:
        self.pushing(play, json_reply({"request_uri": "urn:one", "expires_in": 60}, status=201))
        begun = play.begin()
        shown = dict(parse_qsl(urlsplit(begun.url).query))
        assert shown == {"realm": "a b", "client_id": CLIENT_ID, "request_uri": "urn:one"}
        (call,) = play.peer.at("/par")
        assert call.form.keys() == self.authorize.keys() | {"client_secret"}
        assert call.form["state"] == begun.state

    @pytest.mark.parametrize(
        ("reply", "kind"),
        [
            (json_reply({"expires_in": 60}, status=201), "bad_answer"),
            (json_reply({"request_uri": ["urn:one"]}, status=201), "bad_answer"),
            (json_reply({"error": "invalid_client"}, status=401), "misconfigured"),
            (Reply(503, b""), "unavailable"),
        ],
        ids=["nothing", "list", "refused", "down"],
    )
    def test_a_request_that_was_not_taken(self, play: Rehearsal, reply: Reply, kind: str) -> None:
        self.pushing(play, reply)
        with pytest.raises(ProviderError, match="push: ") as caught:
            play.begin()
        assert caught.value.kind == kind

    def test_a_demand_without_a_place_is_refused(self, play: Rehearsal) -> None:
        self.told(play, require_pushed_authorization_requests=True)
        with pytest.raises(ProviderError, match="push: no endpoint"):
            play.begin()

    def test_proofs_that_the_issuer_does_not_take(self, play: Rehearsal) -> None:
        self.told(play, dpop_signing_alg_values_supported=["EdDSA"])
        play.provider = replace(play.provider, dpop=True)
        with pytest.raises(ProviderError, match="no proofs by ES256"):
            play.begin()

    def logout(self, play: Rehearsal) -> str | None:
        back = "https://comments.example/logged-out/example"
        metadata, now = play.trip.metadata, play.trip.now
        return play.provider.logout_at(metadata, back_url=back, now=now)

    def test_its_logout_is_known_once_it_was_asked(self, play: Rehearsal) -> None:
        there = f"{play.provider.issuer}/end?realm=one"
        self.told(play, end_session_endpoint=there)
        assert self.logout(play) is None
        assert play.peer.calls == []
        play.begin()
        assert self.logout(play) == f"{there}&client_id={CLIENT_ID}"
        play.provider = replace(play.provider, logout_return=True)
        back = "https%3A%2F%2Fcomments.example%2Flogged-out%2Fexample"
        expected = f"{there}&client_id={CLIENT_ID}&post_logout_redirect_uri={back}"
        assert self.logout(play) == expected

    @pytest.mark.parametrize("there", ["javascript:alert(1)", "http://id.example/end", 7, None])
    def test_an_unusable_logout_is_none(self, play: Rehearsal, there: Any) -> None:
        self.told(play, end_session_endpoint=there)
        assert play.sign_in() == self.expected
        assert self.logout(play) is None

    def test_a_declared_logout_is_preferred(self, play: Rehearsal) -> None:
        self.told(play, end_session_endpoint=f"{play.provider.issuer}/end")
        play.begin()
        able = replace(play.provider.capabilities, logout_url="https://id.example/bye")
        play.provider = replace(play.provider, capabilities=able)
        assert self.logout(play) == "https://id.example/bye"

    def test_without_userinfo_the_token_suffices(self, play: Rehearsal) -> None:
        self.told(play, userinfo_endpoint=None)
        assert play.sign_in() == self.bare_expected


def test_an_operator_may_distrust_addresses() -> None:
    distrust = OpenIDConnect(
        name="own",
        label="Own",
        issuer="https://id.example",
        capabilities=Capabilities(email_trust="never"),
    )
    assert distrust.capabilities.email_trust == "never"
