"""The contract that every provider adapter passes: subclass `ProviderContract`.

@pytest.mark.provider_contract
class TestExample(ProviderContract):
    recorded = {…}                      # the profile answer of the provider's documents
    expected = Profile(…)               # what the form then knows
    bare, bare_expected = {…}, …        # the same with everything optional missing
    authorize = {"client_id": CLIENT_ID, "state": "{state}", …}

    def provider(self, base): return Example(base_url=base)
"""

from __future__ import annotations

import copy
import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import pytest

from commentkit.signin.http import HttpClient
from commentkit.signin.profiles import MAX_NAME_CHARS, settle
from commentkit.signin.provider import ProblemKind, Profile, Provider, ProviderError
from commentkit.testing.lies import FAULTS
from commentkit.testing.recorded import leaves, put, swapped
from commentkit.testing.rehearsal import CANARIES, CLIENT_ID, CLIENT_SECRET, Rehearsal, Script
from commentkit.testing.scaffold import blanks
from commentkit.testing.scripted_provider import Reply, json_reply, scripted_provider

Claims = Mapping[str, Any]

PRIVATE_URLS = (
    "javascript:alert(1)",
    "data:image/svg+xml,<svg/>",
    "http://pictures.example/a.png",
    "https://127.0.0.1/a.png",
    "https://[::1]/a.png",
    "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/a.png",
    "https://intranet/a.png",
    "https://user:pw@pictures.example/a.png",
    "//pictures.example/a.png",
    "https://pictures.example/a.png\r\nX: y",
)
_SILENCE = "silence"
_JSON_FAULTS = frozenset({"false", "list", "nothing in it"})
JUNK: Sequence[Any] = (
    None, 0, -1, 1.5, True, False, [], {}, [1], {"a": 1}, "", " ", "\0", "\ud800", "x" * 10_000,
)  # fmt: skip


class ProviderContract:
    """What holds for every provider, checked over real sockets against recorded answers."""

    recorded: ClassVar[Claims]
    """The documented answer to the profile call, in full, with public https addresses; the
    answers of further calls (`Endpoints.more`) under their names."""
    expected: ClassVar[Profile]
    """What it must come to."""
    bare: ClassVar[Claims]
    """The same answer with everything optional missing."""
    bare_expected: ClassVar[Profile]
    authorize: ClassVar[Mapping[str, str]]
    """The exact parameters; {state}, {nonce}, {challenge} and {redirect_uri} are filled in."""
    switch: ClassVar[Mapping[str, str]] = {}
    """What is added to let a person choose another account."""
    raw_picture: ClassVar[str | None] = None
    """The picture's address as the answer has it, where the adapter changes it; empty where the
    adapter makes it up from something else."""
    raw_subject: ClassVar[str | None] = None
    """The permanent id as the answer has it, where the adapter adds to it."""
    client_secret: ClassVar[str] = CLIENT_SECRET
    email_flags: ClassVar[Sequence[Sequence[str | int]]] = ()
    """Where the answer states that the e-mail address is proven."""
    refusals: ClassVar[Sequence[tuple[Mapping[str, str], ProblemKind]]] = ()
    """Documented callbacks of a sign-in that did not happen."""
    token_errors: ClassVar[Sequence[tuple[int, Any, ProblemKind]]] = ()
    """Documented error answers of the token endpoint."""
    profile_errors: ClassVar[Sequence[tuple[int, Any, ProblemKind]]] = ()
    """Documented error answers of the profile call."""
    script: ClassVar[Script] = Script()
    """What a dialect of OAuth 2.0 says besides; {code}, {client_id}, {client_secret}, {state},
    {verifier} and {redirect_uri} of its token call are filled in."""

    def provider(self, base: str) -> Provider:
        """Make the adapter with its base addresses at `base`, without credentials."""
        raise NotImplementedError

    @contextmanager
    def rehearsal(self) -> Iterator[Rehearsal]:
        """Run a scripted peer of this provider."""
        with scripted_provider() as peer:
            provider = self.provider(peer.url).with_credentials(CLIENT_ID, self.client_secret)
            yield Rehearsal(provider, peer, self.recorded, script=self.script)

    @pytest.fixture
    def play(self) -> Iterator[Rehearsal]:
        """Give a rehearsal."""
        with self.rehearsal() as play:
            yield play

    # What the provider is

    def test_it_is_described(self) -> None:
        """Have a key, a label, an issuer and a description of its pictures."""
        provider = self.provider("https://provider.example")
        assert provider.name.isidentifier()
        assert provider.name == provider.name.lower()
        assert provider.label
        assert provider.picture_alt
        assert urlsplit(provider.issuer).scheme == "https"

    def test_credentials_configure_it(self) -> None:
        """Be offered with credentials alone, and show the secret to nobody."""
        provider = self.provider("https://provider.example")
        assert not provider.configured
        assert provider.with_credentials("id", "canary-secret").configured
        assert "canary-secret" not in repr(provider.with_credentials("id", "canary-secret"))

    def test_nothing_is_left_blank(self) -> None:
        """Fill in each line that `provider new` left open."""
        left = blanks(_files_of(type(self.provider("https://provider.example")), type(self)))
        assert not left, "\n".join(left)

    def test_its_documents_are_named(self) -> None:
        """Say where it is documented, and when somebody read that."""
        adapter = type(self.provider("https://provider.example"))
        said = sys.modules[adapter.__module__].__doc__ or ""
        assert re.search(r"https?://\S+\.\S+", said)
        assert re.search(r"read\s+20\d\d-[01]\d-[0-3]\d", said)

    def test_it_gives_what_it_promises(self) -> None:
        """Tell the form no more and no less than the documented answer holds."""
        can = self.provider("https://provider.example").capabilities
        assert can.gives_email == bool(self.expected.email)
        assert can.picture == bool(self.expected.picture_url)
        assert bool(self.email_flags) == (can.gives_email and can.email_trust == "flag")

    # The way there

    def test_authorize_url_is_exact(self, play: Rehearsal) -> None:
        """Send what is documented and nothing else; S256, own redirect address, no secret."""
        begun = play.begin()
        filled = play.filled(self.authorize, begun)
        address, _, query = begun.url.partition("#")[0].partition("?")
        assert address == play.endpoints.authorize
        assert dict(parse_qsl(query, keep_blank_values=True)) == filled
        assert len(parse_qsl(query)) == len(filled)
        assert not [canary for canary in CANARIES if canary in begun.url]
        assert play.trip.code_verifier not in begun.url

    def test_another_account_is_asked_for(self, play: Rehearsal) -> None:
        """Add the documented parameters, or none."""
        begun = play.begin(switch=True)
        filled = play.filled({**self.authorize, **self.switch}, begun)
        assert dict(parse_qsl(urlsplit(begun.url).query)) == filled
        assert bool(self.switch) == (play.provider.capabilities.account_choice is not None)

    def test_the_callback_names_its_attempt(self, play: Rehearsal) -> None:
        """Find the attempt in an approval and in a refusal."""
        begun = play.begin()
        assert play.provider.state_of(play.approval(begun)) == begun.state
        for params, _ in self.refusals:
            assert play.provider.state_of(play.filled(params, begun)) == begun.state
        assert play.provider.state_of({}) is None

    # The way back

    def test_recorded_answer_becomes_the_profile(self, play: Rehearsal) -> None:
        """Map the documented answer."""
        assert play.sign_in() == self.expected

    def test_missing_optionals_are_missing(self, play: Rehearsal) -> None:
        """Bear an answer with the least in it."""
        assert play.sign_in(self.bare) == self.bare_expected

    def test_redirect_address_and_verifier_are_repeated(self, play: Rehearsal) -> None:
        """Prove at the token endpoint what was asked at the authorize endpoint."""
        play.sign_in()
        play.check_token_call()

    def test_a_kept_token_withdraws_the_consent(self, play: Rehearsal) -> None:
        """Keep a token only to withdraw a consent by, and tell it to nobody else."""
        play.check_withdrawal()

    def test_two_tabs_in_any_order(self, play: Rehearsal) -> None:
        """Keep two attempts apart, and end both whichever comes back first."""
        other = play.again()
        first, second = play.begin(), other.begin()
        play.refuses_answer_of(other, first)
        assert other.finish(second) == self.expected
        assert play.finish(first) == self.expected

    def test_two_threads_at_once(self, play: Rehearsal) -> None:
        """Share nothing between threads, each of which has another person."""
        with self.rehearsal() as other:
            plays = (play, other)
            alone = [one.sign_in(self._somebody(one, n)) for n, one in enumerate(plays)]
            assert alone[0] != alone[1]
            with ThreadPoolExecutor(2) as threads:
                assert list(threads.map(lambda one: one.again().sign_in(), plays)) == alone

    def _somebody(self, play: Rehearsal, number: int) -> Claims:
        """Give the answer about a person of other names."""
        changed: Any = play.recorded
        for value in (self.expected.name, self.expected.handle, self.expected.email):
            if value:
                new = f"new{number}@example.org" if "@" in value else f"Somebody Else {number}"
                changed = swapped(changed, value, new)
        assert changed != play.recorded
        return dict(changed)

    # Refusals and faults

    def test_refusals_are_understood(self, play: Rehearsal) -> None:
        """Name each documented refusal, without asking the provider anything more."""
        assert self.refusals, "a refusal is documented somewhere"
        for params, kind in self.refusals:
            begun = play.begin()
            asked = len(play.peer.at(play.token_path))
            play.refused(begun, kind, params=play.filled(params, begun))
            assert len(play.peer.at(play.token_path)) == asked

    def test_an_empty_callback_is_refused(self, play: Rehearsal) -> None:
        """Refuse a callback with neither an approval nor an error."""
        begun = play.begin()
        documented = [kind for params, kind in self.refusals if params == {"state": "{state}"}]
        play.refused(begun, *(documented or ["bad_answer"]), params={"state": begun.state})

    def test_another_issuer_is_refused(self, play: Rehearsal) -> None:
        """Refuse a mix-up before the code is sent anywhere (RFC 9207)."""
        if play.is_oauth1:
            return  # it has no issuer, and its request token belongs to one provider
        begun = play.begin()
        params = {**play.approval(begun), "iss": "https://other.example"}
        play.refused(begun, "bad_answer", params=params)
        assert play.peer.at(play.token_path) == []

    def test_documented_token_errors(self, play: Rehearsal) -> None:
        """Name each documented error of the token endpoint."""
        for status, body, kind in self.token_errors:
            play.peer.say(play.token_path, _error_reply(status, body))
            play.refused(play.begin(), kind)

    def test_documented_profile_errors(self, play: Rehearsal) -> None:
        """Name each documented error of the profile call."""
        for status, body, kind in self.profile_errors:
            play.peer.say(play.profile_path, _error_reply(status, body))
            play.refused(play.begin(), kind)

    @pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {_SILENCE}))
    def test_faults_are_named(self, play: Rehearsal, fault: str) -> None:
        """End in a named problem whatever an endpoint answers: 429, 5xx, HTML, lies."""
        reply, kind = FAULTS[fault]
        # Any JSON will do as the answer of an optional call; the mapping's tests judge it.
        optional = [] if fault in _JSON_FAULTS else play.optional_paths
        for path in (*play.asked_paths, *optional):
            usual = play.peer.answers[path]
            play.peer.say(path, reply)
            play.again().refused_anywhere(kind)
            play.peer.answers[path] = usual

    def test_silence_is_named(self, play: Rehearsal) -> None:
        """End in a named problem where an endpoint never answers; each has a peer of its own.

        They are waited for at the same time: waiting is all that this test does.
        """
        reply, kind = FAULTS[_SILENCE]
        paths = (*play.asked_paths, *play.optional_paths)
        with ExitStack() as peers, ThreadPoolExecutor(len(paths)) as threads:
            plays = [peers.enter_context(self.rehearsal()) for _ in paths]
            for one, path in zip(plays, paths, strict=True):
                one.peer.say(path, reply)
            waiting = [one.again(patient=False) for one in plays]
            list(threads.map(lambda one: one.refused_anywhere(kind), waiting))

    def test_lies_in_the_signature_are_refused(self, play: Rehearsal) -> None:
        """Refuse every ID token that is not the provider's, for us, for this attempt, now."""
        for lie in play.lies():
            play.lie = lie
            play.refused(play.begin(), "bad_answer", why=lie)

    def test_nothing_secret_is_said(
        self, play: Rehearsal, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Keep tokens, codes, verifiers and secrets out of every message, log and traceback."""
        caplog.set_level(logging.DEBUG)
        echo = {"error": CANARIES[0], "error_description": " ".join(CANARIES)}
        said = [_said(play)]
        for path in (*play.asked_paths, *play.optional_paths):
            for reply in (
                json_reply(echo, 400),
                json_reply(echo),
                Reply(200, json.dumps(echo).encode()[:-1]),
            ):
                usual = play.peer.answers[path]
                play.peer.say(path, reply)
                said.append(_said(play.again()))
                play.peer.answers[path] = usual
        everything = caplog.text + "".join(said)
        assert not [canary for canary in play.canaries() if canary in everything]

    # The mapping

    def test_subject_outlives_every_change(self, play: Rehearsal) -> None:
        """Stay the same person when name, handle and e-mail address change."""
        assert play.sign_in(self._somebody(play, 1)).subject == self.expected.subject

    def test_names_of_every_kind(self, play: Rehearsal) -> None:
        """Keep long and right-to-left names within bounds, and never show an empty one."""
        arabic = "عبد الرحمن بن محمد"
        assert play.mapped(swapped(self.recorded, self.expected.name, arabic)).name == arabic
        for name in ("n" * 500, "😀" * 500, "\u202eevil", "\u200b\u2060", " ", "<b>x</b>"):
            got = play.mapped(swapped(self.recorded, self.expected.name, name)).name
            assert 0 < len(got) <= MAX_NAME_CHARS
            assert "\u202e" not in got

    def test_subjects_of_every_kind(self, play: Rehearsal) -> None:
        """Read a number as its digits; refuse what identifies nobody."""
        subject = self.raw_subject or self.expected.subject
        if subject.isdigit():
            as_number = swapped(self.recorded, subject, int(subject))
            assert play.mapped(as_number).subject == self.expected.subject
            again = swapped(as_number, int(subject), subject)
            assert play.mapped(again).subject == self.expected.subject
        unusable: Sequence[Any] = ("", " ", "x" * 256, "a\0b", None, True, [], {})
        for wrong in unusable:
            value = swapped(swapped(self.recorded, subject, wrong), _number(subject), wrong)
            with pytest.raises(ProviderError) as caught:
                play.mapped(value)
            assert caught.value.kind == "bad_answer"

    def test_an_email_address_is_proven_only_when_stated(self, play: Rehearsal) -> None:
        """Believe `true` and `"true"`, and nothing else that looks like a yes."""
        trust = play.provider.capabilities.email_trust
        assert self.expected.email_verified == (trust != "never" and bool(self.expected.email))
        for words, proven in (
            ("true", True),
            ("false", False),
            (None, False),
            (1, False),
            ("1", False),
        ):
            claims = copy.deepcopy(dict(self.recorded))
            for path in self.email_flags:
                put(claims, path, words)
            if self.email_flags:
                assert play.mapped(claims).email_verified == (proven and trust == "flag")

    def test_wrong_email_addresses_are_dropped(self, play: Rehearsal) -> None:
        """Drop what could split a mail header or is no address."""
        if self.expected.email is None:
            return
        for wrong in (
            "a@b.example\r\nBcc: x@y.example",
            "no address",
            "a@@b",
            "@b.example",
            "a@b c.example",
        ):
            got = play.mapped(swapped(self.recorded, self.expected.email, wrong))
            assert (got.email, got.email_verified) == (None, False)

    def test_private_and_scripted_addresses_are_dropped(self, play: Rehearsal) -> None:
        """Keep a picture or page only at an https address of a public host."""
        raw = self.expected.picture_url if self.raw_picture is None else self.raw_picture
        for url in PRIVATE_URLS:
            if raw:
                assert play.mapped(swapped(self.recorded, raw, url)).picture_url is None
            if (
                self.expected.profile_url
                and swapped(self.recorded, self.expected.profile_url, url) != self.recorded
            ):
                got = play.mapped(swapped(self.recorded, self.expected.profile_url, url))
                assert got.profile_url is None

    def test_any_value_may_be_anything(self, play: Rehearsal) -> None:
        """Map to a usable profile or refuse, whatever one value of the answer turns into."""
        for path in leaves(self.recorded):
            for junk in JUNK:
                claims = copy.deepcopy(dict(self.recorded))
                put(claims, path, junk)
                _usable_or_refused(play, claims)
        for junk in JUNK:
            _usable_or_refused(play, dict.fromkeys(self.recorded, junk))
        _usable_or_refused(play, {})


def _files_of(*classes: type) -> list[Path]:
    files = (getattr(sys.modules.get(one.__module__), "__file__", None) for one in classes)
    return [Path(file) for file in files if file]


def _error_reply(status: int, body: Any) -> Reply:
    return Reply(status, body) if isinstance(body, bytes) else json_reply(body, status)


def _number(subject: str) -> int | str:
    return int(subject) if subject.isdigit() else subject


def _said(play: Rehearsal) -> str:
    """Try to sign in, and give all that is said when it fails."""
    try:
        return repr(replace(play.sign_in(), email=None))
    except ProviderError as error:
        return "".join(traceback.format_exception(error)) + repr(error) + error.detail


def _usable_or_refused(play: Rehearsal, claims: Claims) -> None:
    profile = None
    with suppress(ProviderError):
        profile = play.mapped(claims)
    if profile is None:
        return
    assert profile.subject
    assert 0 < len(profile.name) <= MAX_NAME_CHARS
    assert profile.email is None or "@" in profile.email
    for url in (profile.picture_url, profile.profile_url):
        assert url is None or url.startswith("https://")
    assert settle(play.provider, profile, loopback=False) == profile


__all__ = ["CLIENT_ID", "CLIENT_SECRET", "HttpClient", "ProviderContract", "Script"]
