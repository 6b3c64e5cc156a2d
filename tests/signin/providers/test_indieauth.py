"""IndieAuth, with the answers of its specification."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from commentkit.signin.metadata import MetadataCache
from commentkit.signin.provider import Endpoints, Profile, ProviderError
from commentkit.signin.providers.indieauth import IndieAuth
from commentkit.testing.contract import PRIVATE_URLS
from commentkit.testing.instances import InstanceContract, InstanceRehearsal
from commentkit.testing.recorded import swapped
from commentkit.testing.rehearsal import Rehearsal, Script
from commentkit.testing.scripted_provider import Reply, ScriptedProvider, json_reply

METADATA = "/.well-known/oauth-authorization-server"
PHOTO = "https://files.anna.example/photo.jpg"
HTML = {"Content-Type": "text/html; charset=utf-8"}


def page(head: str, body: str = "") -> Reply:
    html = f"<!doctype html><html><head><title>Anna</title>{head}</head><body>{body}</body></html>"
    return Reply(200, html.encode(), HTML)


def link(relation: str, href: str) -> str:
    return f'<link rel="me {relation}" href="{href}">'


@dataclass
class IndieRehearsal(InstanceRehearsal):
    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(authorize=f"{self.peer.url}/auth", token=f"{self.peer.url}/auth")

    @property
    def profile_path(self) -> str:
        return "/auth"

    @property
    def asked_paths(self) -> list[str]:
        return ["/", METADATA, "/auth"]

    def _open(self) -> None:
        self.peer.say("/", page(link("indieauth-metadata", METADATA)))
        self.peer.say(METADATA, json_reply(self.script.answers[METADATA]))
        self._tell(self.recorded)


@pytest.mark.provider_contract
class TestIndieAuth(InstanceContract):
    recorded = {
        "me": "{base}/",
        "profile": {
            "name": "Anna Bianchi",
            "url": "https://other.example/",
            "photo": PHOTO,
            "email": "anna@example.org",
        },
    }
    expected = Profile(
        subject="{base}/", name="Anna Bianchi", profile_url="{base}/", picture_url=PHOTO
    )
    bare = {"me": "{base}/"}
    bare_expected = Profile(subject="{base}/", name="{host}", profile_url="{base}/")
    script = Script(
        answers={
            METADATA: {
                "issuer": "{base}",
                "authorization_endpoint": "{base}/auth",
                "token_endpoint": "{base}/token",
                "code_challenge_methods_supported": ["S256"],
            }
        }
    )
    authorize = {
        "response_type": "code",
        "client_id": "{client_url}",
        "redirect_uri": "{redirect_uri}",
        "scope": "profile",
        "state": "{state}",
        "code_challenge": "{challenge}",
        "code_challenge_method": "S256",
        "me": "{base}/",
    }
    refusals = [({"error": "access_denied", "state": "{state}"}, "cancelled")]
    token_errors = [
        (400, {"error": "invalid_grant"}, "bad_answer"),
        (400, {"error": "invalid_request"}, "misconfigured"),
    ]

    def provider(self, base: str) -> IndieAuth:
        return IndieAuth()

    def play_with(self, peer: ScriptedProvider) -> InstanceRehearsal:
        return IndieRehearsal(self.provider(peer.url), peer, self.recorded, script=self.script)

    def metadata(self, play: InstanceRehearsal, **more: Any) -> None:
        play.peer.say(METADATA, json_reply({**self.script.answers[METADATA], **more}))

    def refuses(self, play: InstanceRehearsal) -> None:
        with pytest.raises(ProviderError) as caught:
            play.begin()
        assert caught.value.kind == "bad_answer"

    def test_no_access_token_is_asked_for(self, play: InstanceRehearsal) -> None:
        play.sign_in()
        assert play.peer.at("/token") == []

    def test_a_header_comes_before_the_head(self, play: InstanceRehearsal) -> None:
        reply = page(link("indieauth-metadata", "https://10.0.0.1/"))
        header = {"Link": f'<{METADATA}>; rel="x indieauth-metadata"', **HTML}
        play.peer.say("/", replace(reply, headers=header))
        assert play.sign_in() == self.expected

    def test_an_older_page_names_the_endpoint_itself(self, play: InstanceRehearsal) -> None:
        play.peer.say("/", page(link("authorization_endpoint", "/auth")))
        begun = play.begin()
        assert begun.issuer == f"{play.peer.url}/auth"
        assert play.finish(begun) == self.expected

    @pytest.mark.parametrize(
        "reply",
        [
            page("", link("indieauth-metadata", METADATA)),
            page(f"<title>{link('indieauth-metadata', METADATA)}</title>"),
            page(f"<!-- {link('indieauth-metadata', METADATA)} -->"),
            page(f"<noscript>{link('indieauth-metadata', METADATA)}</noscript>"),
            page(f"<p>{link('indieauth-metadata', METADATA)}"),
            page(link("indieauth-metadata", "javascript:alert(1)")),
            page(link("indieauth-metadata", "https://192.168.0.1/m")),
            page(link("indieauth-metadata", "http://anna.example/m")),
            replace(page(link("indieauth-metadata", METADATA)), headers={}),
            replace(
                page(""), headers={"Link": "<https://10.0.0.1/>; rel=indieauth-metadata", **HTML}
            ),
            Reply(404, b"", HTML),
        ],
    )
    def test_a_page_that_names_no_server(self, play: InstanceRehearsal, reply: Reply) -> None:
        play.peer.say("/", reply)
        self.refuses(play)

    @pytest.mark.parametrize(
        "lie",
        [
            {"issuer": "https://other.example"},
            {"issuer": "{base}/.well-known/oauth"},
            {"issuer": None},
            {"authorization_endpoint": "https://169.254.169.254/"},
            {"authorization_endpoint": None},
        ],
    )
    def test_a_hostile_document_is_refused(
        self, play: InstanceRehearsal, lie: dict[str, Any]
    ) -> None:
        said = {k: v and v.replace("{base}", play.peer.url) for k, v in lie.items()}
        self.metadata(play, **said)
        self.refuses(play)

    def test_a_promised_issuer_must_come(self, play: InstanceRehearsal) -> None:
        self.metadata(play, authorization_response_iss_parameter_supported=True)
        begun = play.begin()
        play.refused(begun, "bad_answer")
        assert play.finish(begun, {**play.approval(begun), "iss": play.peer.url}) == self.expected

    def test_a_server_that_need_not_say_who_answers_has_an_address_of_its_own(
        self, play: InstanceRehearsal
    ) -> None:
        ways = []
        for promised in (True, False):
            play.trip = replace(play.trip, metadata=MetadataCache())
            self.metadata(play, authorization_response_iss_parameter_supported=promised)
            ways.append(dict(parse_qsl(urlsplit(play.begin().url).query))["redirect_uri"])
        play.peer.say("/", page(link("authorization_endpoint", "/another")))
        ways.append(dict(parse_qsl(urlsplit(play.begin().url).query))["redirect_uri"])
        assert ways[0] == play.trip.redirect_uri
        assert ways[1] == play.redirect_uri
        assert len(set(ways)) == 3

    def test_redirects_are_followed_to_the_page(self, play: InstanceRehearsal) -> None:
        play.peer.answers["/anna"] = play.peer.answers["/"]
        play.peer.say("/", Reply(301, b"", {"Location": "/anna"}))
        play.peer.say("/auth", json_reply({"me": f"{play.peer.url}/anna"}))
        assert play.finish(play.begin()).subject == f"{play.peer.url}/anna"
        assert len(play.peer.at("/anna")) == 1

    def test_redirects_end(self, play: InstanceRehearsal) -> None:
        play.peer.say("/", Reply(301, b"", {"Location": "/"}))
        self.refuses(play)
        assert len(play.peer.at("/")) == 4

    def test_another_address_has_to_name_the_same_server(self, play: InstanceRehearsal) -> None:
        play.peer.say("/auth", json_reply({"me": f"{play.peer.url}/luca"}))
        play.refused(play.begin(), "bad_answer", why="no such page")
        play.peer.say("/luca", page(link("authorization_endpoint", "/another")))
        play.refused(play.begin(), "bad_answer", why="another server")
        play.peer.say("/luca", page(link("indieauth-metadata", METADATA)))
        assert play.finish(play.begin()).subject == f"{play.peer.url}/luca"

    def test_private_and_scripted_addresses_are_dropped(self, play: Rehearsal) -> None:
        """A picture's alone: the address of the person is who they are, and judged as such."""
        for url in PRIVATE_URLS:
            assert play.mapped(swapped(self.recorded, PHOTO, url)).picture_url is None

    @pytest.mark.parametrize(
        "me", ["https://10.0.0.1/", "https://x@anna.example/", "https://anna.example/#x", "anna", 7]
    )
    def test_a_person_is_a_public_address(self, play: InstanceRehearsal, me: object) -> None:
        play.peer.say("/auth", json_reply({"me": me}))
        play.refused(play.begin(), "bad_answer")
