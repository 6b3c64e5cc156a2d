"""Apple: an ID token and a first answer as Apple documents them, read 2026-11-23."""

import json
from datetime import timedelta
from functools import lru_cache
from traceback import format_exception

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from commentkit.signin.profiles import MAX_NAME_CHARS
from commentkit.signin.provider import Profile, ProviderError
from commentkit.signin.providers.apple import Apple
from commentkit.testing.contract import CLIENT_ID, FAULTS, ProviderContract
from commentkit.testing.rehearsal import NOW, Rehearsal, Script
from commentkit.testing.scripted_provider import json_reply

SUBJECT = "001473.fe6f33bf4b8e4590aacbabdcb8598bd0.2039"
KEPT = "canary-refresh-token"
RELAY = "dpdcnf87nu@privaterelay.appleid.com"


@lru_cache(maxsize=1)
def private_key() -> ECKey:
    return ECKey.generate_key("P-256")


def user(**name: object) -> str:
    return json.dumps({"name": name, "email": RELAY})


@pytest.mark.provider_contract
class TestApple(ProviderContract):
    recorded = {
        "sub": SUBJECT,
        "email": RELAY,
        "email_verified": "true",
        "is_private_email": "true",
        "nonce_supported": True,
        "auth_time": 1716231488,
    }
    expected = Profile(subject=SUBJECT, name="Apple", email=RELAY, email_verified=True)
    bare = {"sub": SUBJECT}
    bare_expected = Profile(subject=SUBJECT, name="Apple")
    client_secret = private_key().as_pem(private=True).decode()
    email_flags = [["email_verified"]]
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "name email",
        "state": "{state}",
        "nonce": "{nonce}",
        "response_mode": "form_post",
    }
    refusals = [
        ({"error": "user_cancelled_authorize", "state": "{state}"}, "cancelled"),
        ({"error": "invalid_scope", "state": "{state}"}, "misconfigured"),
    ]
    token_errors = [
        (400, {"error": "invalid_client"}, "misconfigured"),
        (400, {"error": "invalid_grant"}, "bad_answer"),
        (400, {"error": "unauthorized_client"}, "misconfigured"),
    ]

    def provider(self, base: str) -> Apple:
        return Apple(base_url=base, team_id="TEAM123456", key_id="KEY1234567")

    def test_the_secret_is_signed_for_minutes(self, play: Rehearsal) -> None:
        play.sign_in()
        (call,) = play.peer.at("/auth/token")
        secret = jwt.decode(call.form["client_secret"], private_key(), algorithms=["ES256"])
        assert secret.header["kid"] == "KEY1234567"
        assert secret.claims == {
            "iss": "TEAM123456",
            "sub": CLIENT_ID,
            "aud": play.peer.url,
            "iat": int(NOW.timestamp()),
            "exp": int((NOW + timedelta(minutes=5)).timestamp()),
        }

    def test_a_key_in_one_line_will_do(self, play: Rehearsal) -> None:
        """Files of environment variables have no other way to write it."""
        line = self.client_secret.replace("\n", "\\n")
        play.provider = play.provider.with_credentials(CLIENT_ID, line)
        assert play.sign_in() == self.expected

    def test_a_secret_that_is_no_key_is_named(self, play: Rehearsal) -> None:
        play.provider = play.provider.with_credentials(CLIENT_ID, "canary-client-secret")
        with pytest.raises(ProviderError, match="no private key") as caught:
            play.begin()
        assert caught.value.kind == "misconfigured"

    @pytest.mark.parametrize("given", [None, 1, [], "", "x" * 9_000, "a\r\nX: y", "\u00e9"])
    def test_a_token_that_cannot_be_kept_is_none(self, play: Rehearsal, given: object) -> None:
        play.script = Script(token_answer={"refresh_token": given})
        profile = play.sign_in()
        assert profile == self.expected
        assert profile.kept_token is None

    def test_the_kept_token_is_in_no_message(self, play: Rehearsal) -> None:
        play.script = Script(token_answer={"refresh_token": KEPT})
        profile = play.sign_in()
        assert profile.kept_token == KEPT
        assert KEPT not in repr(profile)
        said = FAULTS | {"their error": (json_reply({"error": KEPT}, 400), "bad_answer")}
        for name, (reply, _kind) in said.items():
            if reply.status == 200 and not (reply.promised or reply.silent):
                continue  # its body says nothing: 200 alone counts
            hasty = play.again(patient=False)
            play.peer.say("/auth/revoke", reply)
            with pytest.raises(ProviderError) as caught:
                hasty.provider.withdraw(hasty.trip, KEPT)
            assert KEPT not in "".join(format_exception(caught.value)), name

    def test_names_of_every_kind(self, play: Rehearsal) -> None:
        """Keep them within bounds where they really come: nobody signed them."""
        names = (
            "عبد الرحمن بن محمد",
            "n" * 500,
            "\u202eevil",
            "\u200b\u2060",
            " ",
            "<b>x</b>",
            "\ud800",
        )
        for name in names:
            begun = play.begin()
            posted = {**play.approval(begun), "user": user(firstName=name)}
            got = play.finish(begun, posted).name
            assert 0 < len(got) <= MAX_NAME_CHARS
            assert got == name or name not in names[:1]
            assert "\u202e" not in got

    @pytest.mark.parametrize(
        ("posted", "name"),
        [
            (user(firstName="Anna", lastName="Bianchi"), "Anna Bianchi"),
            (user(firstName="Anna"), "Anna"),
            (user(firstName={"a": 1}, lastName=7), "7"),
            (user(), "Apple"),
            ("", "Apple"),
            ("null", "Apple"),
            ("{", "Apple"),
            ("[" * 1_900, "Apple"),
            (user(firstName="Anna", lastName="x" * 2_000), "Apple"),
        ],
    )
    def test_the_name_comes_with_the_first_answer(
        self, play: Rehearsal, posted: str, name: str
    ) -> None:
        begun = play.begin()
        profile = play.finish(begun, {**play.approval(begun), "user": posted})
        assert (profile.name, profile.email) == (name, RELAY)
