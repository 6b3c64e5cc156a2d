"""Mastodon, with the answers of its documentation, at a server that somebody names."""

from dataclasses import replace
from datetime import timedelta

import pytest

from commentkit.signin.metadata import MetadataCache
from commentkit.signin.provider import Profile, ProviderError
from commentkit.signin.providers.mastodon import Mastodon
from commentkit.testing.contract import CLIENT_ID, CLIENT_SECRET
from commentkit.testing.instances import InstanceContract, InstanceRehearsal, filled
from commentkit.testing.rehearsal import Script
from commentkit.testing.scripted_provider import Reply, json_reply

METADATA = "/.well-known/oauth-authorization-server"
APPS = "/api/v1/apps"
AVATAR = "https://files.mastodon.example/accounts/avatars/original/anna.png"


@pytest.mark.provider_contract
class TestMastodon(InstanceContract):
    recorded = {
        "id": "14715",
        "username": "annab",
        "acct": "annab",
        "display_name": "Anna Bianchi :verified:",
        "locked": False,
        "url": "{base}/@annab",
        "avatar": AVATAR,
        "avatar_static": AVATAR,
        "source": {"privacy": "public", "note": ""},
    }
    expected = Profile(
        subject="14715",
        name="Anna Bianchi :verified:",
        handle="@annab@127.0.0.1",
        profile_url="{base}/@annab",
        picture_url=AVATAR,
        issuer="{base}",
    )
    bare = {"id": "14715", "username": "annab"}
    bare_expected = Profile(
        subject="14715", name="annab", handle="@annab@127.0.0.1", issuer="{base}"
    )
    script = Script(
        answers={
            METADATA: {
                "issuer": "{base}/",
                "authorization_endpoint": "{base}/oauth/authorize",
                "token_endpoint": "{base}/oauth/token",
                "scopes_supported": ["read", "profile", "write"],
                "code_challenge_methods_supported": ["S256"],
            },
            APPS: {"id": "1", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
        }
    )
    authorize = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "{redirect_uri}",
        "scope": "profile",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
        "lang": "it",
    }
    switch = {"force_login": "true"}
    refusals = [
        (
            {
                "error": "access_denied",
                "error_description": "The resource owner or authorization server denied.",
                "state": "{state}",
            },
            "cancelled",
        ),
    ]
    token_errors = [
        (400, {"error": "invalid_grant"}, "bad_answer"),
        (401, {"error": "invalid_client"}, "unavailable"),
    ]
    profile_errors = [
        (401, {"error": "The access token is invalid"}, "bad_answer"),
        (403, {"error": "This action is not allowed"}, "bad_answer"),
    ]

    def provider(self, base: str) -> Mastodon:
        return Mastodon()

    def test_a_client_is_registered_once(self, play: InstanceRehearsal) -> None:
        play.sign_in()
        play.begin()
        (call,) = play.peer.at(APPS)
        assert call.form == {
            "client_name": "comments.example",
            "redirect_uris": play.redirect_uri,
            "scopes": "profile",
            "website": "https://comments.example",
        }

    def test_a_server_before_its_metadata_is_asked_for_more(self, play: InstanceRehearsal) -> None:
        del play.peer.answers[METADATA]
        begun = play.begin()
        assert "scope=read%3Aaccounts" in begun.url
        assert "code_challenge" not in begun.url
        assert play.finish(begun) == self.expected

    def test_a_server_that_learnt_more_makes_another_client(self, play: InstanceRehearsal) -> None:
        """One that was registered for other scopes or another way back would be refused there."""
        known = play.peer.answers.pop(METADATA)
        play.begin()
        play.peer.answers[METADATA] = known
        play.trip = replace(play.trip, metadata=MetadataCache())
        play.begin()
        play.trip = replace(play.trip, redirect_uri="https://new.example/callback/mastodon")
        play.begin()
        asked = [(call.form["scopes"], call.form["website"]) for call in play.peer.at(APPS)]
        assert asked == [
            ("read:accounts", "https://comments.example"),
            ("profile", "https://comments.example"),
            ("profile", "https://new.example"),
        ]

    def test_a_server_that_is_down_is_not_asked_for_another_client(
        self, play: InstanceRehearsal
    ) -> None:
        play.begin()
        (place,) = play.clients.kept
        play.clients.kept[place] = replace(play.clients.kept[place], check_at=play.trip.now)
        play.peer.say("/oauth/token", Reply(503, b""))
        with pytest.raises(ProviderError) as caught:
            play.begin()
        assert (caught.value.kind, len(play.peer.at(APPS))) == ("unavailable", 1)

    def test_the_slash_of_its_issuer_is_known(self, play: InstanceRehearsal) -> None:
        begun = play.begin()
        params = {**play.approval(begun), "iss": f"{play.peer.url}/"}
        assert play.finish(begun, params) == self.expected

    def test_a_server_speaks_for_itself_alone(self, play: InstanceRehearsal) -> None:
        told = {
            **self.recorded,
            "username": "a@mastodon.social",
            "url": "https://mastodon.social/@a",
        }
        got = play.sign_in(told)
        assert (got.handle, got.profile_url, got.issuer) == (None, None, play.peer.url)

    @pytest.mark.parametrize(
        "href", ["{base}/users/annab", "https://10.0.0.1/users/a", "javascript:alert(1)", 7, None]
    )
    def test_a_handle_says_where_it_lives(self, play: InstanceRehearsal, href: object) -> None:
        """It begins at another name of this machine; whatever is no address leaves it there."""
        finger = "/.well-known/webfinger"
        named = play.peer.url.replace("127.0.0.1", "social.localhost")
        play.trip = replace(play.trip, instance=f"@annab@{named.removeprefix('http://')}")
        link = {"rel": "self", "type": "application/activity+json"}
        link["href"] = filled(href, play.peer.url)
        play.peer.say(finger, json_reply({"links": [{"rel": "x"}, "y", link]}))
        if href == "{base}/users/annab":
            assert play.begin().issuer == play.peer.url
            (call,) = play.peer.at(finger)
            assert call.query == {"resource": f"acct:annab@{named.removeprefix('http://')}"}
        else:
            with pytest.raises(ProviderError):  # its metadata is the other name's
                play.begin()

    def test_a_client_is_asked_about_after_a_day(self, play: InstanceRehearsal) -> None:
        play.begin()
        (issuer,) = play.clients.kept
        kept = replace(play.clients.kept[issuer], check_at=play.trip.now)
        play.clients.kept[issuer] = replace(kept, created_at=play.trip.now - timedelta(days=1))
        play.peer.say("/oauth/token", json_reply({"error": "invalid_grant"}, 400))
        play.begin()
        (asked,) = play.peer.at("/oauth/token")
        assert asked.form["client_secret"] == CLIENT_SECRET
        assert play.clients.kept[issuer].check_at is None
        assert len(play.peer.at(APPS)) == 1

    def test_a_forgotten_client_is_made_anew_but_not_at_once(self, play: InstanceRehearsal) -> None:
        play.begin()
        (issuer,), now = play.clients.kept, play.trip.now
        play.peer.say("/oauth/token", json_reply({"error": "invalid_client"}, 401))
        kept = replace(play.clients.kept[issuer], check_at=now)
        play.clients.kept[issuer] = replace(kept, created_at=now - timedelta(minutes=9))
        with pytest.raises(ProviderError) as caught:
            play.begin()
        assert (caught.value.kind, len(play.peer.at(APPS))) == ("unavailable", 1)
        play.clients.kept[issuer] = replace(kept, created_at=now - timedelta(minutes=10))
        play.begin()
        assert len(play.peer.at(APPS)) == 2

    def test_a_refused_client_is_doubted(self, play: InstanceRehearsal) -> None:
        play.peer.say("/oauth/token", json_reply({"error": "invalid_client"}, 401))
        play.refused(play.begin(), "unavailable")
        (place,) = play.clients.kept
        assert play.clients.doubted == [place]
        assert place == f"{play.peer.url} profile {play.redirect_uri}"

    @pytest.mark.parametrize(
        "client", [{"client_id": "x"}, {"client_id": "a\nb", "client_secret": "y"}]
    )
    def test_an_unusable_client_is_refused(
        self, play: InstanceRehearsal, client: dict[str, str]
    ) -> None:
        play.peer.say(APPS, json_reply(client))
        with pytest.raises(ProviderError) as caught:
            play.begin()
        assert caught.value.kind == "bad_answer"

    @pytest.mark.parametrize("typed", ["10.0.0.1", "mastodon.social:8443", "", "https://x"])
    def test_nothing_is_asked_of_what_names_no_server(
        self, play: InstanceRehearsal, typed: str
    ) -> None:
        play.trip = replace(play.trip, instance=typed)
        with pytest.raises(ProviderError) as caught:
            play.begin()
        assert caught.value.kind == "instance"
        assert play.peer.calls == []
