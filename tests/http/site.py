"""A site with a log-in, a letter in a frame, and everything that a page of a stranger may try."""

from __future__ import annotations

import base64

from labmail.http.serve import site
from labmail.http.tab import Tab
from labmail.net import Net, Service
from tests.http.pages import CLIENT, HOSTS, SERVER

POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; form-action 'self'"
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

LOGIN = """<!doctype html><html lang="en"><head><title>Log in</title>
<link rel="stylesheet" href="style.css"><link rel="stylesheet" href="http://mallory.example/evil.css">
<style>h1 { color: red }</style><script>document.title = "owned"</script>
<meta http-equiv="refresh" content="0; url=http://mallory.example/"><base target="_top"></head>
<body class="door" onload="alert(1)"><h1 style="color: red">Log in</h1>
<form action="login" method="post"><input type="hidden" name="csrf" value="t0ken">
<label>Name <input name="user" required></label> <label>Password <input type="password" name="password"></label>
<label><input type="checkbox" name="keep" value="yes"> keep me</label>
<select name="folder"><option>Inbox</option><option value="T">Trash</option></select>
<textarea name="note">
hello</textarea><input type="file" name="letter">
<button>Log in</button> <button name="as" value="guest" formaction="guest">As a guest</button></form>
<p>Or <a href="about?x=1#part" target="_blank" onclick="x()">read about it</a>.</p>
<img src="pixel.gif" alt="a pixel"><img src="http://mallory.example/seen.gif"><object data="x"><p>never</p></object>
<iframe src="letter" title="The letter"></iframe></body></html>"""
LETTER = """<p style="color: green" onclick="x()">Dear Bob, <a href="http://mallory.example/">click</a>
<img src="http://mallory.example/seen.gif"></p><script>x()</script><iframe src="letter"></iframe>"""


def make():  # noqa: C901  # a page is a function, and there are many
    from aiohttp import web

    def page(text, **headers):
        return web.Response(
            text=text, content_type="text/html", headers={"Content-Security-Policy": POLICY, **(headers or {})}
        )

    async def login(_):
        return page(LOGIN, **{"Set-Cookie": "mail=s3cr3t; HttpOnly; SameSite=Strict"})

    async def enter(request):
        form = await request.post()
        if form["csrf"] != "t0ken" or "mail" not in request.cookies:
            return page("<title>No</title>no")
        said = "; ".join(f"{name}={value}" for name, value in form.items() if name not in ("csrf", "letter"))
        raise web.HTTPSeeOther(f"inbox?said={said}")

    async def inbox(request):
        return page(f"<title>Inbox</title><p>{request.query.get('said', '')}</p><a href='/'>Home</a>")

    async def letter(_):
        return page(LETTER, **{"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"})

    async def style(_):
        text = "h1 { color: blue; background: url(http://mallory.example/x) } @import 'y'; </style>"
        return web.Response(text=text, content_type="text/css", headers={"Cache-Control": "max-age=60"})

    async def pixel(_):
        return web.Response(body=PIXEL, content_type="image/gif")

    async def round_(_):
        raise web.HTTPFound("round")

    async def upload(request):
        form = await request.post()
        return page(f"<p>{form['text']}</p><p>{len(form['file'])} octets</p>")

    async def form(_):
        return page(
            '<form action="upload" method="post" enctype="multipart/form-data"><input name="text"><input type="file" '
            'name="file"></form><form action="http://mallory.example/"><button>Steal</button></form>'
        )

    app = web.Application()
    pages = {"/": login, "/inbox": inbox, "/letter": letter, "/style.css": style, "/pixel.gif": pixel, "/round": round_}
    for path, handler in {**pages, "/form": form}.items():
        app.router.add_get(path, handler)
    app.router.add_post("/login", enter)
    app.router.add_post("/guest", enter)
    app.router.add_post("/upload", upload)
    return app


def internet() -> Net:
    net = Net()
    net.hosts.update(HOSTS)
    net.run(net.listen(Service(host=SERVER, port=80, protocol="http", make=site(make))))
    return net


def browse(net: Net) -> Tab:
    return Tab(net, CLIENT)
