"""A small web application for the tests, and an internet with it on port 80."""

from __future__ import annotations

import time

from labmail.http.serve import site
from labmail.net import Net, Service

SERVER, CLIENT = "www.example.com", "phone.example.com"
HOSTS = {SERVER: "198.51.100.10", CLIENT: "203.0.113.20"}
LONG = b"0123456789abcdef" * 32_768  # 512 KiB


def make():
    from aiohttp import web

    async def hello(request):
        headers = {"Set-Cookie": "session=s3cr3t; HttpOnly; SameSite=Lax; Path=/"}
        return web.Response(text="<p>hello</p>", content_type="text/html", headers=headers)

    async def echo(request):
        return web.Response(body=await request.read(), content_type="text/plain")

    async def stream(request):
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        for word in (b"one ", b"two ", b"three"):
            await response.write(word)
        return response

    async def same(request):
        return web.Response(status=304)

    async def gone(request):
        raise web.HTTPSeeOther("/")

    async def broken(request):
        raise ValueError("a page that fails")

    async def early(request):
        return web.Response(text="no need to read that")

    async def long(request):
        return web.Response(body=LONG, content_type="application/octet-stream")

    async def slow(request):
        net = request.protocol.tap.net
        await net.in_thread(lambda: time.sleep(0.05), "a slow page")
        return web.Response(text="at last")

    app = web.Application(client_max_size=8 * len(LONG))
    app.router.add_get("/", hello)
    app.router.add_post("/echo", echo)
    app.router.add_post("/early", early)
    for page in (stream, same, gone, broken, long, slow):
        app.router.add_get(f"/{page.__name__}", page)
    return app


def internet(make=make, **kwargs) -> Net:
    net = Net(**kwargs)
    net.hosts.update(HOSTS)
    net.run(net.listen(Service(host=SERVER, port=80, protocol="http", make=site(make))))
    return net


async def raw(net: Net, pieces: list[bytes], *, close: bool = True) -> bytes:
    """Say these pieces, each in a segment of its own, and hear everything until the server hangs up."""
    reader, writer = await net.open(CLIENT, HOSTS[SERVER], 80)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
    if close:
        writer.write_eof()
    heard = await reader.read()
    writer.close()
    return heard


def told(net: Net) -> list[tuple[str, bytes]]:
    """What stands on the timeline, without its numbers."""
    net.settle()
    return [(event.kind, event.octets) for event in net.record]
