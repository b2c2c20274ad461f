"""What a click on a button does: each is a form of ours, or it is refused; each ends with another page."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from labmail.errors import LabError
from labmail.webmail.compose import Draft, build, problems, recipients
from labmail.webmail.desk import Outcome
from labmail.webmail.forms import Form, Refused, number, read
from labmail.webmail.mailroom import PAGE_ROWS, Mailroom
from labmail.webmail.reading import known_folder
from labmail.webmail.sessions import CSRF
from labmail.webmail.visit import Visit

__all__ = ["Act", "act", "login", "logout", "ours", "send"]

WRONG = "The mail server knows no such user with that password."
LOGIN_MAX = 255  # characters of a name or a password: RFC 4616 section 2
FLAGS = {
    "read": (b"\\Seen", True),
    "unread": (b"\\Seen", False),
    "star": (b"\\Flagged", True),
    "unstar": (b"\\Flagged", False),
}
_ASCII = re.compile(r"[ -~]{1,255}")  # nothing that could end a line of IMAP

Act = Callable[[Visit, Form], Awaitable[web.StreamResponse]]


def ours(act: Act) -> Callable[[Visit], Awaitable[web.StreamResponse]]:
    """Only a form that we made for this cookie is obeyed."""

    async def checked(visit: Visit) -> web.StreamResponse:
        if visit.request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise Refused(403, "This form came from a page of somebody else; nothing was done.")
        form = await read(visit.request, visit.desk.net)
        if not visit.desk.sessions.is_ours(visit.token, form[CSRF]):
            raise Refused(
                403, "This form belongs to another session, so nothing was done. Open the page again and repeat it."
            )
        return await act(visit, form)

    return checked


# ---- in and out


async def login(visit: Visit, form: Form) -> web.StreamResponse:
    """A wrong password takes the mail server's time, so guessing does too."""
    user, password = form["user"].strip(), form["password"]
    session = None
    if _ASCII.fullmatch(user) and _ASCII.fullmatch(password):
        session = await visit.desk.log_in(user, password, exposed=visit.exposed)
    if session is None:
        problem = WRONG if user and password else "Write both your name and your password."
        response = visit.page("login.html", 403, user=user[:LOGIN_MAX], problem=problem)
        if visit.desk.too_many(visit.connection):
            response.force_close()
        return response
    if visit.session is not None:
        await visit.desk.log_out(visit.session)
    response = visit.go("mailbox")
    visit.set_token(response, session.token)
    return response


async def logout(visit: Visit, _: Form) -> web.StreamResponse:
    if visit.session is not None:
        await visit.desk.log_out(visit.session)
    response = visit.go("login", why="out")
    visit.set_token(response, "")
    return response


# ---- letters


async def act(visit: Visit, form: Form) -> web.StreamResponse:
    session = visit.inside()
    folder = await known_folder(visit, form["folder"])
    back = {"folder": folder, "page": number(form["page"]), "q": form["q"][:200]}
    what, uids = form["act"], [number(uid) for uid in form.every("uid")]
    for toggle in ("star", "unstar"):  # the button of one row, whatever is ticked
        if form[toggle]:
            what, uids = toggle, [number(form[toggle])]
    if not all(uids) or len(uids) > PAGE_ROWS:
        raise Refused(400, "This form names letters that cannot exist; nothing was done.")
    if not uids:
        return visit.go("mailbox", **back, said="nothing")
    if what == "move" and not form["target"]:
        return visit.go("mailbox", **back, said="nowhere")
    work = _work(visit, what, folder, uids, form)

    def once(room: Mailroom) -> str:
        if room.validity(folder) != number(form["validity"]):
            raise Refused(409, "This folder was made anew since the page was shown; nothing was done. Open it again.")
        return work(room)

    said = await visit.desk.ask(session, once)
    if form["from"] == "message" and what in ("star", "unstar", "read"):
        return visit.go("message", **back, uid=uids[0], said=said)
    return visit.go("mailbox", **back, said=said)


def _work(visit: Visit, what: str, folder: str, uids: Sequence[int], form: Form) -> Callable[[Mailroom], str]:
    """What the mail server is asked; the result names the notice that follows."""
    roles = {each.role: each.name for each in visit.inside().folders}
    trash = roles.get("Trash", "")
    target = visit.folder(form["target"]) if what == "move" else trash

    def work(room: Mailroom) -> str:
        if what in FLAGS:
            flag, on = FLAGS[what]
            room.mark(folder, uids, flag, on=on)
            return what
        if target and target != folder:
            room.move(folder, uids, target)
            return "moved" if what == "move" else "trashed"
        if what == "delete":  # it lies in the trash already
            room.remove(folder, uids)
            return "removed"
        return ""

    if what not in (*FLAGS, "move", "delete"):
        raise Refused(400, "This form asks for something that cannot be done here.")
    return work


# ---- sending


async def send(visit: Visit, form: Form) -> web.StreamResponse:
    session = visit.inside()
    draft = Draft.of(form)
    desk = visit.desk
    found = await desk.net.in_thread(lambda: problems(draft), "a form is read")
    if found:
        return _again(visit, draft, found)
    message_id, now = desk.message_id(), desk.now
    octets = await desk.net.in_thread(
        lambda: build(draft, sender=session.address, message_id=message_id, now=now), "a letter is built"
    )
    try:
        outcomes = await desk.send(session, octets, recipients(draft))
    except LabError as fault:
        return _again(visit, draft, {"to": f"{fault}."})
    if not any(outcome.taken for outcome in outcomes):
        return _again(visit, draft, {"to": "The letter went to nobody."}, outcomes)
    at, sent, answered, uid = desk.now, "", draft.folder, number(draft.uid)
    if not session.folders:
        session.folders = await desk.ask(session, lambda room: room.folders())
    sent = next((folder.name for folder in session.folders if folder.role == "Sent"), "")
    known = answered in [folder.name for folder in session.folders] and uid and draft.how in ("reply", "all")

    def keep(room: Mailroom) -> None:
        if sent:
            room.keep(sent, octets, at)
        if known:
            room.mark(answered, [uid], b"\\Answered", on=True)

    await desk.ask(session, keep)
    if all(outcome.taken for outcome in outcomes):
        return visit.go("mailbox", folder=answered if known else "INBOX", said="sent")
    return visit.page("sent.html", outcomes=outcomes)


def _again(visit: Visit, draft: Draft, found: dict[str, str], outcomes: Sequence[Outcome] = ()) -> web.Response:
    """The form once more, with all that was typed; a browser does not send files twice by itself."""
    if draft.files:
        found = {**found, "files": "Choose the files again: a browser forgets them when a form comes back."}
    return visit.page("compose.html", 422, draft=draft, problems=found, outcomes=outcomes)
