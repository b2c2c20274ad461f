"""A server that says whatever it hears, and can begin TLS; a client that has TLS with it."""

from __future__ import annotations

from labmail.net import Net, Service, carry
from labmail.record import Event
from tests.net.echo import CLIENT, HOSTS, SERVER, Echo

__all__ = ["Sealable", "internet", "start"]


class Sealable(Echo):
    """Says whatever it hears, and begins TLS when it hears STARTTLS."""

    def receive(self, octets):
        for event in super().receive(octets):
            yield event
            if event.octets == b"+ STARTTLS\r\n":
                yield Event(kind="starttls")

    def seal(self):
        rest, self._inbox = self._inbox, b""
        return rest


def internet(authority, *, memory):
    """It listens on port 7, where STARTTLS begins TLS, and on port 8, under TLS from the first octet."""
    net = Net(memory=memory)
    net.hosts.update(HOSTS)

    async def tls(tap, kind):
        kind = kind or "good"
        return await net.in_thread(lambda: authority.context(SERVER, kind), "a certificate"), kind

    for port, implicit in ((7, False), (8, True)):
        service = Service(host=SERVER, port=port, protocol="echo", make=carry(Sealable), tls=tls, implicit=implicit)
        net.run(net.listen(service))
    return net


async def start(net, authority, port, *, verified=True):
    """A client that has TLS; what it heard before."""
    reader, writer = await net.open(CLIENT, HOSTS[SERVER], port)
    if port == 7:
        assert await reader.readline() == b"+ hello\r\n"
        writer.write(b"STARTTLS\r\n")
        assert await reader.readline() == b"+ STARTTLS\r\n"
    await net.start_tls(writer, authority.client(verified=verified), SERVER)
    return reader, writer
