"""Lists, letters and their parts; what strangers send never becomes more than text, or an attachment to be saved."""

import html
import json
import re
from email.message import EmailMessage

import pytest

from labmail import cake
from tests.webmail.browser import BOB

PDF = b"%PDF-1.4 \0\1\2" * 100


def put(lab, octets, folder="INBOX"):
    """Straight into the store, as nobody's server would take some of these."""
    store = lab._running.stores["example.com"]
    return lab._net.call(lambda: store.add(BOB, folder, octets, at=lab._net.agenda.now))


def party() -> bytes:
    letter = EmailMessage()
    letter["From"] = "Zoë <zoe@alumni.example>"
    letter["To"] = BOB
    letter["Subject"] = "Das Fest <b>heute</b>"
    letter.set_content("In plain words.\n")
    letter.add_alternative(
        '<h1>Party</h1><img src="cid:cake"><img src="http://spy.example/p.gif"><a href="http://away.example/">x</a>',
        subtype="html",
    )
    letter.get_payload()[1].add_related(b"\x89PNG\r\n\x1a\n", maintype="image", subtype="png", cid="<cake>")
    letter.add_attachment(PDF, maintype="application", subtype="pdf", filename='a "menu" für alle.pdf')
    letter.add_attachment("<script>alert(1)</script>", subtype="html", filename="../../page.html")
    return letter.as_bytes().replace(b"\n", b"\r\n")


# ---- lists


def test_a_folder_newest_first_in_pages(lab, bob):
    assert bob.get("/mailbox", folder="Junk").text.count("No letters here yet.") == 1
    for number in range(1, 61):
        put(lab, b"From: a@example.net\r\nSubject: letter %d\r\n\r\nhi\r\n" % number)
    first = bob.get("/mailbox")
    assert [row[0] for row in first.rows] == list(range(60, 10, -1))
    assert (first.title, "60 letters, 60 unread" in first.text) == ("Inbox (60) · Webmail", True)
    assert [row[0] for row in bob.get("/mailbox", page=2).rows] == list(range(10, 0, -1))
    for odd in ("0", "-1", "99", "x", "9" * 30, "١"):
        assert bob.get("/mailbox", page=odd).status == 200
    assert [row[3] for row in bob.get("/mailbox", q="letter 7").rows] == ["letter 7"]
    nothing = bob.get("/mailbox", q='nothing "here" \\ {5}\r\nx LOGOUT')
    assert (nothing.rows, "No letter in this folder contains these words" in nothing.text) == ([], True)
    assert bob.get("/mailbox", q="Käse").rows == []


@pytest.mark.parametrize("name", ["Nowhere", "../INBOX", "INBOX\r\nx LOGOUT", '"', "*", "\0", "inbox/..", "x" * 3000])
def test_a_folder_that_is_not_there(bob, name):
    for page in ("/mailbox", "/message", "/html", "/part", "/source"):
        answer = bob.get(page, folder=name, uid=1, part=1)
        assert (answer.status, "There is no folder" in answer.problem) == (404, True)
    assert bob.get("/mailbox").status == 200


@pytest.mark.parametrize("uid", ["", "0", "2", "-1", "1:*", "*", "x", "99999999999", "1 BODY[]\r\n"])
def test_a_letter_that_is_not_there(lab, bob, uid):
    lab.send(cake, BOB)
    for page in ("/message", "/html", "/part", "/source"):
        assert bob.get(page, folder="INBOX", uid=uid, part="1").status == 404


def test_the_letters_of_others_are_out_of_reach(lab, bob):
    lab.send(cake, "info@example.org")
    assert bob.get("/mailbox").rows == []
    assert bob.get("/message", uid=1).status == 404


@pytest.mark.parametrize("text", ["{3}", "{3+}", "*", "a)", '\\"', "ü{3}"])
def test_a_search_is_for_what_was_typed(lab, bob, text):
    """Nothing of it is a command's: {3} alone would announce three octets, and wait for them."""
    lab.send(cake.replace("Re: The Cake", "Candles").replace("Don't", text), BOB)
    lab.send(cake, BOB)
    assert [row[3] for row in bob.get("/mailbox", q=text).rows] == ["Candles"]


# ---- a letter


def test_reading_marks_it_as_read_and_its_parts_do_not(lab, bob):
    put(lab, party())
    bob.get("/html", uid=1)
    bob.get("/part", uid=1, part="2")
    bob.get("/source", uid=1)
    assert bob.get("/mailbox").rows[0][:2] == (1, False)
    letter = bob.get("/message", uid=1)
    assert letter.status == 200
    assert bob.get("/mailbox").rows == [(1, True, "Zoë", "Das Fest <b>heute</b>")]
    assert lab.mailbox(BOB)[0].flags == {"\\Seen"}


def test_a_letter_with_html_is_in_a_frame_of_its_own(lab, bob):
    put(lab, party())
    page = bob.get("/message", uid=1)
    assert '<iframe class="sheet short" sandbox src="html?folder=INBOX&amp;uid=1"' in page.text
    assert "1 picture was not fetched: it would have told spy.example that you read this." in page.text
    assert "Party" not in page.text
    assert "Das Fest &lt;b&gt;heute&lt;/b&gt;" in page.text
    assert "http://away.example/" in page.text and 'href="http://away' not in page.text
    frame = bob.get("/html", uid=1)
    assert "<h1>Party</h1>" in frame.text
    assert frame.text.count("data:image/png;base64,") == 1
    assert "spy.example" not in frame.text and "away.example" not in frame.text
    policy = frame.headers["Content-Security-Policy"]
    assert policy.endswith("; sandbox") and policy.startswith("default-src 'none'; ")
    assert "In plain words." in bob.get("/message", uid=1, view="text").text
    put(lab, b"Content-Type: text/html\r\n\r\n<body style='background: #eee'>" + b"<p>long</p>" * 50)
    bob.get("/mailbox")
    assert '<iframe class="sheet tall"' in bob.get("/message", uid=2).text
    assert '<div style="background-color:#eee">' in bob.get("/html", uid=2).text


def test_attachments_are_saved_and_never_shown(lab, bob):
    put(lab, party())
    page = bob.get("/message", uid=1)
    links = [html.unescape(link) for link in re.findall(r'href="(part\?[^"]*)" download><bdi>', page.text)]
    names = [html.unescape(name) for name in re.findall(r"download><bdi>([^<]*)</bdi>", page.text)]
    assert names == ["part 1.2.2", 'a "menu" für alle.pdf', "page.html"]
    pdf, script = (bob.get(f"/{link}") for link in links[1:])
    assert (pdf.octets, pdf.headers["Content-Type"]) == (PDF, "application/pdf")
    assert pdf.headers["Content-Disposition"] == (
        "attachment; filename=\"a _menu_ f_r alle.pdf\"; filename*=UTF-8''a%20%22menu%22%20f%C3%BCr%20alle.pdf"
    )
    assert script.headers["Content-Type"] == "application/octet-stream"
    assert script.headers["Content-Disposition"].startswith('attachment; filename="page.html"')
    assert script.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    for part in ("", "0", "9", "1.9", "../1", "1.2", "x"):  # 1.2 is a multipart
        assert bob.get("/part", uid=1, part=part).status == (200 if part == "1.2.1" else 404)


def test_headers_parts_and_source(lab, bob):
    lab.send(cake, BOB)
    octets = lab.mailbox(BOB)[0].message
    headers = bob.get("/message", uid=1, view="headers").text
    assert ">Return-Path</th>" in headers and "by mx1.example.com with ESMTP" in headers
    assert "text/plain" in bob.get("/message", uid=1, view="parts").text
    assert "forget to bring the cake!" in bob.get("/message", uid=1, view="source").text
    whole = bob.get("/source", uid=1)
    assert whole.octets == octets
    assert whole.headers["Content-Disposition"].startswith('attachment; filename="Re_ The Cake.eml"')
    assert bob.get("/message", uid=1, view="<script>").status == 200


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script href=data:,alert(1) />",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<form action=http://evil.example><input name=x><button formaction=javascript:alert(1)>x</button></form>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "<base href=http://evil.example/>",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "<style>@import 'http://evil.example/x.css'; * { background: url(http://evil.example/x) }</style>",
    '<div style="background:url(http://evil.example/x);position:fixed;inset:0">x</div>',
    '<div style="background-image:\\75rl(http://evil.example/x)">x</div>',
    '<div style="width:expression(alert(1))">x</div>',
    '<p style="color:url(http://evil.example/x);border:1px \\75rl(//evil.example/y)">x',
    "<object data=http://evil.example/x></object><embed src=http://evil.example/x>",
    "<video src=http://evil.example/x poster=http://evil.example/y><source src=http://evil.example/z></video>",
    "<img srcset='http://evil.example/x 2x'><picture><source srcset=http://evil.example/y></picture>",
    "<table background=http://evil.example/x><tr><td background='//evil.example/y'>x</table>",
    "<body background=http://evil.example/x onload=alert(1)>x",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<!--><img src=x onerror=alert(1)>-->",
    '<xmp><p title="</xmp><img src=x onerror=alert(1)>"></xmp>',
    "<template><script>alert(1)</script></template>",
    "<img src='data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+'>",
    "<img src='data:text/html,<script>alert(1)</script>'>",
    "<p id=x class=y onclick=alert(1) style='-moz-binding:url(http://evil.example/x)'>x</p>",
    "</body></html><script>alert(1)</script>",
    "</iframe></main><script>alert(1)</script>",
]
FORBIDDEN = re.compile(
    r"<(?:script|svg|math|iframe|form|input|button|meta|base|link|style|object|embed|video|template|noscript)\b"
    r"|<[^>]*\b(?:on\w+|srcset|srcdoc|href|background)\s*=|<[^>]*(?:evil\.example|javascript:|svg\+xml|text/html|url\()",
    re.IGNORECASE,
)


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_html_does_nothing(lab, bob, source):
    put(lab, f"Subject: {source.splitlines()[0]}\r\nContent-Type: text/html\r\n\r\n{source}\r\n".encode())
    body = bob.get("/html", uid=1).text.partition("<body>")[2].rpartition("</body>")[0]
    assert not FORBIDDEN.search(body), body
    for page in (bob.get("/mailbox"), *(bob.get("/message", uid=1, view=view) for view in ("", "headers", "source"))):
        assert page.status == 200
        assert source.splitlines()[0] not in page.text


def test_hostile_headers_stay_in_their_line(lab, bob):
    put(
        lab,
        b"From: \xe2\x80\xaemoc.elpmaxe@bob <x@example.net>\r\n"
        b"Subject: =?utf-8?q?a=0D=0ASet-Cookie:_x=3Dy=E2=80=AE?=\r\n"
        b'Content-Type: application/x; name="x\\"; y=z"\r\n'
        b"Content-Disposition: attachment; filename*=utf-8''a%0D%0ASet-Cookie:%20x.pdf\r\n\r\nx\r\n",
    )
    [(_, _, sender, subject)] = bob.get("/mailbox").rows
    assert (sender, subject) == ("moc.elpmaxe@bob", "a Set-Cookie: x=y")
    saved = bob.get("/part", uid=1, part="1")
    assert saved.headers["Set-Cookie"] is None
    assert saved.headers["Content-Disposition"].count("\n") == 0
    assert bob.get("/source", uid=1).headers["Set-Cookie"] is None


def test_every_page_has_the_same_guards(lab, bob):
    lab.send(cake, BOB)
    answers = [
        *(bob.get(path) for path in ("/mailbox", "/message?uid=1", "/compose", "/nothing", "/message?uid=7", "/")),
        bob.post("/act", {"csrf": "x"}),
        bob.ask("GET", "/mailbox", Cookie="webmail=x"),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script" not in policy and "frame-ancestors 'self'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Server"] == "labmail"
        assert answer.headers["Date"] == "Mon, 01 Jun 2026 09:00:00 GMT"


def test_every_link_is_relative_and_in_no_folder(lab, bob):
    """So the pages work under any prefix."""
    put(lab, party())
    for path in (
        "/mailbox",
        "/mailbox?folder=Trash",
        "/message?uid=1",
        "/message?uid=1&view=parts",
        "/compose",
        "/login",
    ):
        for link in re.findall(r'(?:href|src|action)="([^"]*)"', bob.get(path).text):
            assert re.fullmatch(r"[a-z.]+(?:\?[^/:]*(?:%2F[^/:]*)*)?|#main|data:,", html.unescape(link)), link


# ---- the messages of others


@pytest.fixture(scope="module")
def messages(conformance):
    folder = conformance("messages")
    return {
        each["file"]: (folder / each["file"]).read_bytes()
        for each in json.loads((folder / "manifest.json").read_text())
    }


def test_none_of_131_messages_breaks_a_page(lab, bob, messages):
    assert len(messages) == 131
    for octets in messages.values():
        put(lab, octets)
    assert sum(len(bob.get("/mailbox", page=page).rows) for page in (1, 2, 3)) == 131
    unreadable = 0
    for uid, (name, octets) in enumerate(messages.items(), 1):
        pages = {view: bob.get("/message", uid=uid, view=view) for view in ("", "text", "headers", "parts", "source")}
        statuses = {page.status for page in pages.values()}
        if b"\0" in octets:
            assert statuses == {404} and "holds a NUL" in pages[""].problem
            unreadable += 1
            continue
        assert statuses == {200}, name
        assert bob.get("/source", uid=uid).octets == octets
        body = bob.get("/html", uid=uid).text.partition("<body>")[2]
        assert not FORBIDDEN.search(body), name
        for link in {html.unescape(link) for link in re.findall(r'href="(part\?[^"]*)"', pages["parts"].text)}:
            saved = bob.get(f"/{link}")
            assert saved.status == 200, (name, link)
            assert saved.headers["Content-Disposition"].startswith("attachment; ")
        for how in ("reply", "all", "forward"):
            assert bob.get("/compose", how=how, uid=uid).status == 200, name
    assert unreadable == 1
    assert not [event for event in lab.record if event.kind == "fault"]
