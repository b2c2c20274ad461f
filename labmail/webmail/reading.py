"""The pages that are asked for. Each asks the mail server as little as it can, so that a learner can follow it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web

from labmail.webmail import compose as composing
from labmail.webmail.clean import HTML_MAX_CHARACTERS, Cleaned, clean
from labmail.webmail.forms import Refused, number
from labmail.webmail.letters import TEXT_MAX_CHARACTERS, Letter, attachment_headers
from labmail.webmail.mailroom import Folder, Listing, Mailroom, NoLetter
from labmail.webmail.visit import Visit
from labmail.webmail.words import plain

__all__ = ["NOTICES", "compose", "home", "html", "letter_of", "login", "mailbox", "message", "part", "source"]

SEARCH_MAX = 200  # ours, characters
SOURCE_MAX = 200_000  # ours, octets of a letter's source on a page
VIEWS = ("", "text", "headers", "parts", "source")

# what the frame around a letter's HTML allows: colours and the pictures that came with it
FRAME = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox"
)
NOTICES = {
    "sent": "Your letter is sent.",
    "moved": "Moved.",
    "trashed": "Moved to the trash.",
    "removed": "Deleted for good.",
    "read": "Marked as read.",
    "unread": "Marked as unread.",
    "star": "Starred.",
    "unstar": "Star removed.",
    "nothing": "Nothing was done: select a letter first.",
    "nowhere": "Nothing was moved: choose a folder first.",
}
WHY = {
    "out": "You are logged out.",
    "again": "Please log in again: your session has ended. It ends when you log out, after half an hour without a "
    "click, and when the mail server hangs up.",
}


async def home(visit: Visit) -> web.Response:
    return visit.go("mailbox") if visit.session else visit.go("login")


async def login(visit: Visit) -> web.Response:
    if visit.session is not None:
        return visit.go("mailbox")
    visit.token = visit.token or visit.desk.sessions.new_token()
    response = visit.page("login.html", user="", problem="", notice=WHY.get(visit.query("why"), ""))
    if not visit.known:
        visit.set_token(response, visit.token)
    return response


async def mailbox(visit: Visit) -> web.Response:
    session = visit.inside()
    name = visit.query("folder") or "INBOX"
    text = plain(visit.query("q"), SEARCH_MAX)
    page = number(visit.query("page"), 1)

    def look(room: Mailroom) -> tuple[list[Folder], Listing | None]:
        folders = room.folders()
        known = any(folder.name == name for folder in folders)
        return folders, room.listing(name, page, text) if known else None

    session.folders, listing = await visit.desk.ask(session, look)
    visit.folder(name)
    assert listing is not None
    return visit.page(
        "mailbox.html",
        folder=name,
        role=next(folder.role for folder in session.folders if folder.name == name),
        search=text,
        listing=listing,
        ticked=visit.query("all") == "1",
        notice=NOTICES.get(visit.query("said"), ""),
    )


async def letter_of(visit: Visit, *, peek: bool) -> Letter:
    """The letter that the address names."""
    session = visit.inside()
    folder = await known_folder(visit, visit.query("folder") or "INBOX")
    uid = number(visit.query("uid"))
    if not uid:
        raise Refused(404, "There is no such letter here.")
    try:
        return await visit.desk.ask(session, lambda room: Letter(room.read(folder, uid, peek=peek)))
    except NoLetter as fault:
        raise Refused(404, f"This letter cannot be shown: {fault}.") from None


async def known_folder(visit: Visit, name: str) -> str:
    """A folder of this person; asked for if none were listed yet."""
    session = visit.inside()
    if not session.folders:
        session.folders = await visit.desk.ask(session, lambda room: room.folders())
    return visit.folder(name)


async def message(visit: Visit) -> web.Response:
    letter = await letter_of(visit, peek=False)
    view = visit.query("view") if visit.query("view") in VIEWS else ""
    if not view and not letter.has_html:
        view = "text"
    fetched = letter.fetched
    return visit.page(
        "message.html",
        folder=fetched.folder,
        role=next((each.role for each in visit.inside().folders if each.name == fetched.folder), ""),
        letter=letter,
        view=view,
        flagged=b"\\Flagged" in fetched.flags,
        search=plain(visit.query("q"), SEARCH_MAX),
        page=number(visit.query("page")),
        notice=NOTICES.get(visit.query("said"), ""),
        **await _shown(visit, letter, view),
    )


async def _shown(visit: Visit, letter: Letter, view: str) -> dict[str, Any]:
    """What only one of the views needs, worked out in a thread: it may be long."""

    def work(_: Mailroom) -> dict[str, Any]:
        shown: dict[str, Any] = {"attachments": letter.attachments(), "cleaned": None, "text": "", "cut": False}
        if view == "":
            found = _cleaned(letter)
            shown["cleaned"] = {**asdict(found), "html": bool(found.html), "room": found.room}
        elif view == "text":
            text = letter.text()
            shown |= {"text": text[:TEXT_MAX_CHARACTERS], "cut": len(text) > TEXT_MAX_CHARACTERS}
        elif view == "source":
            octets = letter.fetched.octets
            text = octets[:SOURCE_MAX].decode("utf-8", "replace").replace("\r\n", "\n")
            shown |= {"text": "".join(c if c in "\n\t" or c.isprintable() else "�" for c in text)}
            shown["cut"] = len(octets) > SOURCE_MAX
        elif view == "headers":
            shown["fields"] = list(letter.fields())
        else:
            shown["branches"] = list(letter.branches())
        return shown

    return await visit.desk.ask(visit.inside(), work)


def _cleaned(letter: Letter) -> Cleaned:
    source = letter.html()
    if len(source) > HTML_MAX_CHARACTERS:
        return Cleaned(html="", pictures=0, hosts=(), links=())
    return clean(source, letter.pictures())


async def html(visit: Visit) -> web.Response:
    """The frame's content: a page of its own, that may do nothing."""
    letter = await letter_of(visit, peek=True)
    found = await visit.desk.ask(visit.inside(), lambda _: _cleaned(letter))
    response = visit.page("frame.html", body=found.html)
    response.headers["Content-Security-Policy"] = FRAME
    return response


async def part(visit: Visit) -> web.Response:
    """An attachment, to be saved. It never becomes a page of ours."""
    letter = await letter_of(visit, peek=True)
    found = letter.part(visit.query("part"))
    if found is None:
        raise Refused(404, "This letter has no such part.")
    octets = await visit.desk.ask(visit.inside(), lambda _: found.body_octets if found.message else found.decoded())
    return web.Response(body=octets, headers=attachment_headers(letter.name_of(found), found.content_type))


async def source(visit: Visit) -> web.Response:
    """The whole letter, octet for octet, to be saved."""
    letter = await letter_of(visit, peek=True)
    name = f"{plain(letter.subject, 60) or 'letter'}.eml"
    return web.Response(body=letter.fetched.octets, headers=attachment_headers(name, "application/octet-stream"))


async def compose(visit: Visit) -> web.Response:
    session = visit.inside()
    how = visit.query("how")
    if how in ("reply", "all", "forward"):
        letter = await letter_of(visit, peek=True)
        draft = await visit.desk.ask(session, lambda _: composing.answer(letter, how, session.address))
    else:
        draft = composing.Draft(to=plain(visit.query("to"), 200))
    return visit.page("compose.html", draft=draft, problems={}, outcomes=())
