"""A name server on this machine that says what a test wants, by UDP and by TCP."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from commentkit.signin.name_servers import NameServers

Answering = Callable[[dns.message.Message, bool], bytes | None]
"""Answers a question; whether it came by TCP. None: it says nothing."""


@dataclass
class NameServer:
    """What it says by name, and what it was asked."""

    port: int = 0
    texts: dict[str, list[str]] = field(default_factory=dict)
    """As they stand in a zone file: one string in quotation marks, or several."""
    special: dict[str, Answering] = field(default_factory=dict)
    asked: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def names(self) -> NameServers:
        return NameServers(("127.0.0.1",), self.port)

    def answer(self, wire: bytes, by_tcp: bool) -> bytes | None:
        question = dns.message.from_wire(wire)
        name = question.question[0].name.to_text(omit_final_dot=True)
        self.asked.append((name, by_tcp))
        if name in self.special:
            return self.special[name](question, by_tcp)
        return said(question, self.texts.get(name))


def said(question: dns.message.Message, texts: list[str] | None) -> bytes:
    """Make the answer that holds these texts; None: there is no such name."""
    response = dns.message.make_response(question)
    response.flags |= dns.flags.RA
    if texts is None:
        response.set_rcode(dns.rcode.NXDOMAIN)
    elif texts:
        name = question.question[0].name
        response.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *texts))
    return response.to_wire(max_size=65_535)


def cut(question: dns.message.Message) -> bytes:
    """Make the answer that sends a client to TCP."""
    response = dns.message.make_response(question)
    response.flags |= dns.flags.TC
    return response.to_wire()


def failed(question: dns.message.Message, _by_tcp: bool) -> bytes:
    response = dns.message.make_response(question)
    response.set_rcode(dns.rcode.SERVFAIL)
    return response.to_wire()


@contextmanager
def name_server(texts: Mapping[str, list[str]] | None = None) -> Iterator[NameServer]:
    """Run one until the block ends."""
    server = NameServer(texts=dict(texts or {}))

    class ByUdp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, socket = self.request
            answer = server.answer(wire, False)
            if answer is not None:
                socket.sendto(answer, self.client_address)

    class ByTcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            size = int.from_bytes(self.rfile.read(2), "big")
            answer = server.answer(self.rfile.read(size), True)
            if answer is not None:
                self.wfile.write(len(answer).to_bytes(2, "big") + answer)

    with _both(ByUdp, ByTcp) as (udp, tcp):
        server.port = udp.server_address[1]
        for each in (udp, tcp):
            threading.Thread(target=each.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield server
        finally:
            udp.shutdown()
            tcp.shutdown()


@contextmanager
def _both(
    by_udp: type[socketserver.BaseRequestHandler], by_tcp: type[socketserver.BaseRequestHandler]
) -> Iterator[tuple[socketserver.ThreadingUDPServer, socketserver.ThreadingTCPServer]]:
    """Open one port twice: of those that are free by UDP, one may be taken by TCP."""
    for _ in range(50):
        with socketserver.ThreadingUDPServer(("127.0.0.1", 0), by_udp) as udp:
            try:
                tcp = socketserver.ThreadingTCPServer(udp.server_address[:2], by_tcp)
            except OSError:
                continue
            with tcp:
                yield udp, tcp
                return
    raise OSError("no port is free by both")
