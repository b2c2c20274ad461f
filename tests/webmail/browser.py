"""A browser without a face, for the tests of the webmail: `http.client` where the test sits, one cookie, and the token
of the page it saw last.
"""

from __future__ import annotations

import html
import http.client
import re
import urllib.parse
from dataclasses import dataclass

MAIL, PHONE, BOB, ALICE = "mail.example.com", "phone.example.com", "bob@example.com", "alice@example.net"
PASSWORD = "teaching-bob"


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    octets: bytes

    @property
    def text(self) -> str:
        return self.octets.decode()

    @property
    def location(self) -> str:
        return self.headers["Location"] or ""

    @property
    def problem(self) -> str:
        return html.unescape(" ".join(re.findall(r'class="problem"[^>]*>([^<]*)<', self.text)))

    @property
    def notice(self) -> str:
        return html.unescape(" ".join(re.findall(r'class="notice"[^>]*>([^<]*)<', self.text)))

    @property
    def title(self) -> str:
        return html.unescape(re.search(r"<title>([^<]*)", self.text)[1])

    @property
    def rows(self) -> list[tuple[int, bool, str, str]]:
        """uid, seen, from and subject of each, as a program reads them."""
        found = re.findall(
            r'<li class="row[^>]*data-uid="(\d+)" data-seen="(true|false)".*?class="from">(.*?)</bdi>.*?'
            r'class="subject">(.*?)</bdi>',
            self.text,
            re.S,
        )
        return [
            (int(uid), seen == "true", html.unescape(sender), html.unescape(subject))
            for uid, seen, sender, subject in found
        ]

    def value(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        return html.unescape(found[1]) if found else ""


class Browser:
    def __init__(self, host: str = MAIL, port: int = 80) -> None:
        self.connection = http.client.HTTPConnection(host, port)
        self.cookie = self.csrf = self.validity = ""

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            more.setdefault("Cookie", self.cookie)
        self.connection.request(method, path, body, more)
        response = self.connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        if said := response.headers["Set-Cookie"]:
            self.cookie = said.partition(";")[0]
        if (response.headers["Content-Type"] or "").startswith("text/html"):
            self.csrf = answer.value("csrf") or self.csrf
            self.validity = answer.value("validity") or self.validity
        return answer

    def get(self, path: str, **query: object) -> Answer:
        return self.ask("GET", f"{path}?{urllib.parse.urlencode(query)}" if query else path)

    def post(self, path: str, fields: dict[str, object] | list[tuple[str, object]], **headers: str) -> Answer:
        pairs = list(fields.items()) if isinstance(fields, dict) else fields
        if not any(name == "csrf" for name, _ in pairs):
            pairs = [("csrf", self.csrf), *pairs]
        body = urllib.parse.urlencode(pairs).encode()
        headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
        return self.ask("POST", path, body, **headers)

    def follow(self, answer: Answer) -> Answer:
        assert answer.status == 303, (answer.status, answer.problem)
        return self.ask("GET", f"/{answer.location}")

    def log_in(self, user: str = "bob", password: str = PASSWORD) -> Answer:
        self.get("/login")
        return self.post("/login", {"user": user, "password": password})

    def act(self, what: str, *uids: int, folder: str = "INBOX", **more: object) -> Answer:
        self.get("/mailbox", folder=folder)
        pairs = [("act", what), ("folder", folder), ("validity", self.validity), *(("uid", uid) for uid in uids)]
        return self.post("/act", [*pairs, *more.items()])

    def close(self) -> None:
        self.connection.close()
