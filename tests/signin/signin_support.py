"""Peers for the sign-in tests: sockets that say exactly what a test wants, and certificates."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Script = Callable[[bytes], "bytes | Iterable[bytes]"]


@dataclass
class Peer:
    """A listening socket whose every connection is one request and one scripted answer."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def peer(script: Script, *, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    listener = socket.create_server(("127.0.0.1", 0))
    here = Peer(listener.getsockname()[1])
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            here.connections += 1
            thread = threading.Thread(target=_serve, args=(here, connection, script, tls))
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield here
    finally:
        here.stopped.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join()
        for thread in threads:
            thread.join()


def _serve(
    here: Peer, connection: socket.socket, script: Script, tls: ssl.SSLContext | None
) -> None:
    connection.settimeout(10)
    try:
        if tls is not None:
            connection = tls.wrap_socket(connection, server_side=True)
        request = _read_request(connection)
        here.requests.append(request)
        said = script(request)
        for piece in [said] if isinstance(said, bytes) else said:
            connection.sendall(piece)
    except OSError:
        pass  # the client hung up: what it then reports is what the test looks at
    finally:
        connection.close()


def _read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def response(
    body: bytes = b"{}", *, status: str = "200 OK", headers: Iterable[str] = (), length: bool = True
) -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, "Connection: close"]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def drip(here: list[Peer], first: bytes, byte: bytes) -> Iterator[bytes]:
    """Send a byte every now and then until the test ends."""
    yield first
    while not here[0].stopped.wait(0.05):
        yield byte


@dataclass(frozen=True)
class Authority:
    """A certificate authority of this test run."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    folder: Path

    @property
    def file(self) -> str:
        return str(_write(self.folder / "ca.pem", self.certificate))

    def context(self, host: str, *, expired: bool = False, own: bool = False) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        issuer_key = key if own else self.key
        issuer = _name(host) if own else self.certificate.subject
        certificate = _certificate(host, issuer, key, issuer_key, expired=expired)
        chain = _write(self.folder / f"{host}-{expired}-{own}.pem", certificate, key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context


def authority(folder: Path) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("test authority")
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key, folder)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    host: str,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    expired: bool,
) -> x509.Certificate:
    end = datetime.now(UTC) + timedelta(days=-1 if expired else 1)
    named: x509.GeneralName = (
        x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
    )
    return (
        x509.CertificateBuilder()
        .subject_name(_name(host))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=1))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([named]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _write(
    path: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey | None = None
) -> Path:
    data = certificate.public_bytes(serialization.Encoding.PEM)
    if key is not None:
        data += key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    path.write_bytes(data)
    return path
