"""E-mail over real connections, to servers that listen, refuse, hang and die."""

import socket
import ssl
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from delivery_support import SENDER, START, Catcher, Town, catching, closed_port, scripted

from commentkit.delivery.mail import Mailer
from commentkit.delivery.message import Letter, address, compose
from commentkit.delivery.outbox import deliver_due
from commentkit.delivery.parcels import NotDelivered, Undeliverable
from commentkit.delivery.subscriptions import notify_new_comment
from commentkit.delivery.transport import Folder, Smtp, transport

LETTER = Letter(
    to="anna@example.org",
    subject="Luca replied to you on “An article”",
    text="Perché no?\n",
    html="<p>Perché no?</p>",
    message_id="news.1.2.3",
    thread_id="thread.1.9",
    unsubscribe_url="https://comments.example.org/commentkit/blog/mail/unsubscribe?t=abc",
)


def _send(url: str, letter: Letter = LETTER) -> None:
    Mailer(url, sender=SENDER, host="comments.example.org").send(letter, now=START)


def _smtp(port: int) -> Smtp:
    return Smtp("127.0.0.1", port, timeout_seconds=0.3)


def _message() -> EmailMessage:
    return compose(LETTER, sender=SENDER, host="comments.example.org", now=START)


def test_message_says_all_that_mail_programs_ask_for() -> None:
    with catching() as catcher:
        _send(catcher.url)
    (message,) = catcher.messages
    assert catcher.envelopes[0].rcpt_tos == ["anna@example.org"]
    assert catcher.envelopes[0].mail_from == "comments@example.org"
    assert message["From"] == SENDER
    assert message["Subject"] == "Luca replied to you on “An article”"
    assert message["Message-ID"] == "<news.1.2.3@comments.example.org>"
    assert message["In-Reply-To"] == message["References"] == "<thread.1.9@comments.example.org>"
    assert message["List-Unsubscribe"] == f"<{LETTER.unsubscribe_url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == START


def test_message_is_ascii_on_the_wire_and_text_comes_first() -> None:
    with catching() as catcher:
        _send(catcher.url)
    content = catcher.envelopes[0].content
    assert isinstance(content, bytes)
    assert content.isascii()
    plain, html = catcher.messages[0].iter_parts()
    assert plain.get_content().strip() == "Perché no?"
    assert html.get_content_type() == "text/html"
    assert html.get_content().strip() == "<p>Perché no?</p>"


def test_long_links_stay_whole() -> None:
    long = Letter(
        to="a@example.org",
        subject="Ünd " * 40,
        text="t",
        html=None,
        message_id="news.1.2.3",
        thread_id="thread." + "9" * 80,
        unsubscribe_url="https://comments.example.org/u?t=" + "x" * 200,
    )
    wire = compose(long, sender=SENDER, host="h" * 60 + ".example.org", now=START).as_bytes()
    assert f"List-Unsubscribe: <{long.unsubscribe_url}>\r\n".encode() in wire
    assert f"References: <{long.thread_id}@{'h' * 60}.example.org>\r\n".encode() in wire
    subject = wire.split(b"Subject: ")[1].split(b"\r\nDate")[0]
    assert max(map(len, subject.split(b"\r\n"))) <= 78


def test_one_click_is_promised_over_https_only() -> None:
    plain = Letter(
        to="a@example.org",
        subject="s",
        text="t",
        html=None,
        message_id="m",
        unsubscribe_url="http://localhost:8000/u",
    )
    message = compose(plain, sender=SENDER, host="localhost", now=START)
    assert message["List-Unsubscribe"] is not None
    assert message["List-Unsubscribe-Post"] is None


HOSTILE = [
    "x\r\nBcc: victim@example.org",
    "x\nBcc: victim@example.org",
    "x\rBcc: victim@example.org",
    "x\u2028Bcc: victim@example.org",
    "x\x00\x0b\x0cBcc: victim@example.org",
    "x\r\n\r\nA body",
    "=?utf-8?q?x=0d=0aBcc=3a?= victim@example.org",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_subject_starts_another_header(text: str) -> None:
    with catching() as catcher:
        _send(
            catcher.url,
            Letter(to="a@example.org", subject=text, text="t", html=None, message_id="m"),
        )
    (message,) = catcher.messages
    assert message["Bcc"] is None
    assert str(message["Subject"]).replace("\u2060", "").isprintable()
    assert catcher.envelopes[0].rcpt_tos == ["a@example.org"]
    assert message.get_content().strip() == "t"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anna",
        "anna@",
        "@example.org",
        "a@example.org, b@example.org",
        "a@example.org\r\nBcc: b@example.org",
        "a@example.org\n",
        "a b@example.org",
        "<a@example.org",
        "a@example.org>",
        "group: a@example.org;",
    ],
)
def test_what_is_not_one_address_is_given_up(text: str) -> None:
    if text.strip() == "a@example.org":
        assert address(text.strip()).addr_spec == "a@example.org"
        return
    with catching() as catcher, pytest.raises(Undeliverable):
        _send(catcher.url, Letter(to=text, subject="s", text="t", html=None, message_id="m"))
    assert catcher.envelopes == []


def test_refusal_of_the_recipient_is_final() -> None:
    class Full(Catcher):
        async def handle_RCPT(self, *_: object) -> str:  # noqa: N802 - the name that aiosmtpd calls
            return "550 no such mailbox anna@example.org"

    catcher = Full()
    catcher.start()
    try:
        with pytest.raises(Undeliverable, match=r"^recipient refused 550$"):
            _send(catcher.url)
    finally:
        catcher.stop()


@pytest.mark.parametrize(
    ("answer", "final"), [("451 try later", False), ("421 closing", False), ("554 spam", True)]
)
def test_refusal_of_the_message_is_final_only_with_5xx(answer: str, final: bool) -> None:
    with catching(answer=answer) as catcher, pytest.raises(NotDelivered) as refusal:
        _send(catcher.url)
    assert isinstance(refusal.value, Undeliverable) is final
    assert answer[:3] in str(refusal.value)


def test_nobody_listening_is_tried_again() -> None:
    with pytest.raises(NotDelivered, match=r"^server not reached: ConnectionRefusedError$"):
        _smtp(closed_port()).send(_message())


def test_server_that_hangs_is_left_in_time() -> None:
    with (
        scripted(lambda c: c.recv(1)) as port,  # says nothing until we hang up
        pytest.raises(NotDelivered, match=r"^server not reached: SMTPServerDisconnected$"),
    ):
        _smtp(port).send(_message())


def test_server_that_dies_mid_way_is_tried_again() -> None:
    def dies(connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        connection.sendall(b"220 hello\r\n")
        for answer in (b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"):
            lines.readline()
            connection.sendall(answer)
        lines.readline()  # the first line of the message, then nothing

    with (
        scripted(dies) as port,
        pytest.raises(NotDelivered, match=r"Disconnected|ConnectionReset|BrokenPipe"),
    ):
        _smtp(port).send(_message())


def test_server_that_hangs_at_goodbye_has_the_message() -> None:
    def mute_at_the_end(connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        connection.sendall(b"220 hello\r\n")
        for answer in (b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"):
            lines.readline()
            connection.sendall(answer)
        while lines.readline() not in (b".\r\n", b""):
            pass
        connection.sendall(b"250 taken\r\n")
        lines.read()  # hears QUIT and says nothing until we hang up

    with scripted(mute_at_the_end) as port:
        _smtp(port).send(_message())  # raises nothing: trying again would send it twice


def test_starttls_is_demanded_or_nothing_is_said() -> None:
    with catching() as catcher, pytest.raises(NotDelivered, match="lacks STARTTLS"):
        _send(f"{catcher.url}?starttls=1")
    assert catcher.envelopes == []


def test_certificate_of_a_stranger_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*_self_signed(tmp_path))
    with catching(tls_context=context) as catcher, pytest.raises(NotDelivered, match="SSL"):
        _send(f"{catcher.url}?starttls=1")
    assert catcher.envelopes == []


def _self_signed(folder: Path) -> tuple[Path, Path]:
    from datetime import timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(START - timedelta(days=3650))
        .not_valid_after(START + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "cert.pem", folder / "key.pem"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, private


def test_wrong_password_is_tried_again_and_never_shown() -> None:
    from aiosmtpd.smtp import AuthResult

    options = {
        "authenticator": lambda *_: AuthResult(success=False, handled=False),
        "auth_require_tls": False,
    }
    with catching(**options) as catcher, pytest.raises(NotDelivered) as refusal:
        _send(f"smtp://anna:hunter%40two@127.0.0.1:{catcher.port}")
    assert str(refusal.value) == "login refused 535"


def test_right_password_is_spelled_as_in_an_address() -> None:
    from aiosmtpd.smtp import AuthResult

    heard: list[bytes] = []

    def check(server: object, session: object, envelope: object, how: str, data: object):  # type: ignore[no-untyped-def]
        heard.extend((data.login, data.password))  # type: ignore[attr-defined]
        return AuthResult(success=True)

    with catching(authenticator=check, auth_require_tls=False) as catcher:
        _send(f"smtp://anna:hunter%40two@127.0.0.1:{catcher.port}")
    assert heard[:2] == [b"anna", b"hunter@two"]
    assert len(catcher.envelopes) == 1


def test_address_of_the_server_is_read_whole() -> None:
    assert transport("smtp://u:p%2F@mail.example.org:587?starttls=1") == Smtp(
        "mail.example.org", 587, "u", "p/", starttls=True
    )
    assert transport("smtps://mail.example.org") == Smtp("mail.example.org", 465, tls=True)
    assert transport("folder:///var/mail") == Folder(Path("/var/mail"))
    assert "p/" not in repr(transport("smtp://u:p%2F@mail.example.org"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://x",
        "smtp://",
        "smtp://x?tls=1",
        "smtp://x?starttls=maybe",
        "smtp://x:notaport",
        "folder://",
        "folder:///",
    ],
)
def test_impossible_servers_are_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ValueError, match=r"smtp|[Pp]ort"):
        Mailer(url, sender=SENDER, host="h")


def test_impossible_senders_are_refused_before_anything_is_sent() -> None:
    with pytest.raises(ValueError, match="address"):
        Mailer("smtp://x", sender="nobody", host="h")


def test_folder_gets_whole_messages(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    _send(f"folder://{folder}")
    _send(f"folder://{folder}")
    files = list(folder.iterdir())
    assert len(files) == 2
    assert {file.suffix for file in files} == {".eml"}
    read = message_from_bytes(files[0].read_bytes(), policy=default)
    assert read["To"] == "anna@example.org"


def test_comment_survives_a_server_that_is_away_and_mail_comes_once_it_is_back(
    any_town: Town,
) -> None:
    town = any_town
    town.subscriber("anna@example.org")
    comment = town.comment(town.person("luca@example.org"))
    with town.database.begin() as db:
        notify_new_comment(db, site_id=town.site_id, comment_id=comment.id, now=town.now)
    port = closed_port()
    handlers = town.handlers(f"smtp://127.0.0.1:{port}")
    assert deliver_due(town.database, handlers, now=town.now).done == 1  # the fan-out
    assert deliver_due(town.database, handlers, now=town.later(seconds=1)).retried == 1
    with catching(port=port) as catcher:
        assert deliver_due(town.database, handlers, now=town.later(seconds=10)).total == 0
        assert deliver_due(town.database, handlers, now=town.later(minutes=1)).done == 1
        assert deliver_due(town.database, handlers, now=town.later(days=3)).total == 0
    assert [str(message["To"]) for message in catcher.messages] == ["anna@example.org"]
    assert town.outbox()[-1].last_error is None
