"""What is done to letters, and by whom not: marks, moves, deleting, and forms that somebody made up."""

import pytest

from labmail import cake
from tests.webmail.browser import BOB, Browser


@pytest.fixture
def letters(lab, bob):
    for number in range(1, 4):
        lab.send(cake.replace("Re: The Cake", f"letter {number}"), BOB)
    return bob


def flags(lab):
    return [sorted(letter.flags) for letter in lab.mailbox(BOB)]


def places(lab):
    return [letter.folder for letter in lab.mailbox(BOB)]


def test_marks(lab, letters):
    assert letters.follow(letters.act("read", 1, 2)).notice == "Marked as read."
    assert flags(lab) == [["\\Seen"], ["\\Seen"], []]
    assert letters.follow(letters.act("unread", 1)).notice == "Marked as unread."
    starred = letters.follow(letters.act("", star=3))
    assert (starred.notice, 'data-uid="3" data-seen="false" data-flagged="true"' in starred.text) == ("Starred.", True)
    assert flags(lab) == [[], ["\\Seen"], ["\\Flagged"]]
    letters.act("delete", 1, 2, unstar=3)  # the star's button, whatever is ticked
    assert flags(lab) == [[], ["\\Seen"], []]
    assert places(lab) == ["INBOX"] * 3


def test_to_the_trash_and_then_for_good(lab, letters):
    assert letters.follow(letters.act("delete", 1, 3)).notice == "Moved to the trash."
    assert places(lab) == ["Trash", "INBOX", "Trash"] or sorted(places(lab)) == ["INBOX", "Trash", "Trash"]
    trash = letters.get("/mailbox", folder="Trash")
    assert [row[3] for row in trash.rows] == ["letter 3", "letter 1"]
    assert "Delete for good" in trash.text
    gone = letters.act("delete", trash.rows[0][0], folder="Trash")
    assert letters.follow(gone).notice == "Deleted for good."
    assert [row[3] for row in letters.get("/mailbox", folder="Trash").rows] == ["letter 1"]


def test_deleting_takes_only_what_was_ticked(lab, letters):
    """Another client has marked a letter \\Deleted: it stays."""
    letters.act("delete", 1, 2, 3)
    store = lab._running.stores["example.com"]
    other = next(letter for letter in lab.mailbox(BOB) if letter["Subject"] == "letter 1")
    lab._net.call(lambda: store.set_flags(other, frozenset({"\\Deleted"})))
    uids = {row[3]: row[0] for row in letters.get("/mailbox", folder="Trash").rows}
    letters.act("delete", uids["letter 2"], folder="Trash")
    assert [row[3] for row in letters.get("/mailbox", folder="Trash").rows] == ["letter 3", "letter 1"]


def test_moving(lab, letters):
    assert letters.follow(letters.act("move", 2, target="Archive")).notice == "Moved."
    assert sorted(places(lab)) == ["Archive", "INBOX", "INBOX"]
    assert letters.follow(letters.act("move", 1)).notice == "Nothing was moved: choose a folder first."
    for target in ("Nowhere", "../x", "Archive\r\nx LOGOUT"):
        assert letters.act("move", 1, target=target).status == 404
    assert letters.follow(letters.act("delete")).notice == "Nothing was done: select a letter first."


def test_from_the_page_of_a_letter(lab, letters):
    def act(what: str, **more: object):
        page = letters.get("/message", uid=1)
        fields = {"folder": "INBOX", "validity": page.value("validity"), "uid": 1, "from": "message", "act": what}
        return letters.post("/act", {**fields, **more})

    starred = act("", star=1)
    assert starred.location == "message?folder=INBOX&uid=1&said=star"
    assert "Starred" in letters.follow(starred).text
    assert act("unread").location == "mailbox?folder=INBOX&said=unread"
    assert act("delete").location == "mailbox?folder=INBOX&said=trashed"
    assert letters.get("/message", uid=1).status == 404


def test_the_way_back_leads_to_the_search(lab, letters):
    found = letters.get("/mailbox", q="cake")
    assert 'href="message?folder=INBOX&amp;uid=1&amp;q=cake"' in found.text
    page = letters.get("/message", uid=1, q="cake", page=1)
    assert 'href="mailbox?folder=INBOX&amp;q=cake&amp;page=1"' in page.text
    fields = {name: page.value(name) for name in ("folder", "validity", "uid", "from", "page", "q")}
    assert (
        letters.post("/act", {**fields, "star": "1"}).location == "message?folder=INBOX&page=1&q=cake&uid=1&said=star"
    )
    assert (
        letters.post("/act", {**fields, "act": "delete"}).location == "mailbox?folder=INBOX&page=1&q=cake&said=trashed"
    )


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([("act", "delete"), ("uid", "x")], 400),
        ([("act", "delete"), ("uid", "1:*")], 400),
        ([("act", "delete"), ("uid", "0")], 400),
        ([("act", "delete"), *(("uid", str(number)) for number in range(1, 52))], 400),
        ([("act", "everything"), ("uid", "1")], 400),
        ([("act", ""), ("uid", "1")], 400),
        ([("act", "delete"), ("uid", "77")], 303),  # somebody else took it out meanwhile
        ([("act", "delete"), ("uid", "1"), ("folder", "Nowhere")], 404),
        ([("act", "delete"), ("uid", "1"), ("validity", "99")], 409),
    ],
)
def test_forms_that_nobody_made(lab, letters, fields, status):
    letters.get("/mailbox")
    given = [("folder", "INBOX"), ("validity", letters.validity), *fields]
    answer = letters.post("/act", given)
    assert (answer.status, bool(answer.problem)) == (status, status != 303)
    assert sorted(places(lab)) == ["INBOX"] * 3


def test_bodies_that_are_no_forms(lab, letters):
    letters.get("/mailbox")
    cases = {
        (b"{}", "application/json"): 415,
        (b"x", ""): 415,
        (b"&".join(b"a=1" for _ in range(600)), "application/x-www-form-urlencoded"): 400,
        (b"csrf=" + b"x" * 2_000_000, "application/x-www-form-urlencoded"): 413,
        (b"no boundary", "multipart/form-data"): 400,
        (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1", "multipart/form-data; boundary=x"): 400,
        (b"--x\r\n\r\n1\r\n--x--\r\n", "multipart/form-data; boundary=x"): 403,
        (b"--x\r\n" + b"a: b\r\n" * 100_000, "multipart/form-data; boundary=x"): 400,
        (b"--x\r\na: " + b"b" * 900_000, "multipart/form-data; boundary=x"): 400,
        (b"--x\r\n\r\n\r\n" * 600 + b"--x--\r\n", "multipart/form-data; boundary=x"): 400,
        (
            b"--x\r\nContent-Type: multipart/x; boundary=y\r\n\r\n--y\r\n\r\n--y--\r\n--x--",
            "multipart/form-data; boundary=x",
        ): 400,
    }
    for (body, kind), status in cases.items():
        other = Browser()
        other.cookie = letters.cookie
        answer = other.ask("POST", "/act", body, **({"Content_Type": kind} if kind else {}))
        assert answer.status == status, (body[:40], kind)
        assert answer.problem
        other.close()
    assert letters.get("/mailbox").status == 200


def test_the_page_shows_what_another_client_did(lab, letters):
    letters.get("/mailbox")
    store = lab._running.stores["example.com"]
    lab._net.call(lambda: store.remove(lab._running.stores["example.com"].letters(BOB)[:1]))
    assert [row[0] for row in letters.get("/mailbox").rows] == [3, 2]
