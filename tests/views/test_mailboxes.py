"""The board: what each client believes, told by the events of real clients alone; and the truth."""

import imaplib
import poplib

import pytest

from labmail import Lab, cake
from labmail.views.mailboxes import Board, plain, table, text

HOST, BOB, PASSWORD = "mail.example.com", "bob@example.com", "teaching-bob"
PHONE, LAPTOP = "phone.example.com", "laptop.example.com"
SERVERS = ("mail.example.com", "mx1.example.com", "mx2.example.com")


class Desk:
    """Bob's clients, as a lesson opens them; all are shut at the end."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self._open = lab, []

    def letter(self, *subjects: str) -> None:
        for subject in subjects:
            self.lab.send(cake.replace("Re: The Cake", subject), BOB)

    def imap(self, host: str = PHONE, *, flags: bool = True, box: str = "INBOX") -> imaplib.IMAP4:
        with self.lab.at(host):
            client = imaplib.IMAP4(HOST)
        self._open.append(client.shutdown)
        client.login(BOB, PASSWORD)
        client.select(box)
        if flags:
            client.fetch("1:*", "(FLAGS)")
        return client

    def pop(self, host: str = LAPTOP) -> poplib.POP3:
        with self.lab.at(host):
            client = poplib.POP3(HOST)
        self._open.append(client.close)
        client.user("bob")
        client.pass_(PASSWORD)
        return client

    def board(self) -> Board:
        board = Board(BOB, SERVERS)
        for event in self.lab.record:
            board.tell(event)
        return board

    def close(self) -> None:
        for shut in self._open:
            shut()


@pytest.fixture
def desk():
    with Lab("03-reading-mail") as lab:
        desk = Desk(lab)
        yield desk
        desk.close()


def cells(board: Board, uid: int) -> list[str]:
    """A row, in words: the server first."""
    found = [board.cells.get((uid, at), {"word": "", "more": ""}) for at in range(len(board.columns) + 1)]
    return [": ".join(filter(None, [cell["word"], cell["more"]])) for cell in found]


def said(board: Board) -> list[str]:
    return [plain(board, step)["says"] for step in board.steps]


def test_a_letter_is_known_to_whoever_was_told(desk):
    desk.letter("Oven")
    desk.imap()
    desk.letter("Plates")
    board = desk.board()
    assert cells(board, 1) == ["unread", "unread"]
    assert cells(board, 2) == ["unread", "unknown: has not heard of it"]
    assert said(board) == [
        "“Oven” came by SMTP.",
        "The phone (IMAP) opened the INBOX, and was told of 1 message.",
        "The phone (IMAP) was told with its command: the flags of “Oven”.",
        "“Plates” came by SMTP. The phone (IMAP) has not heard of it.",
    ]


def test_what_one_does_the_others_hear_of_when_they_ask_or_at_once_when_they_idle(desk):
    desk.letter("Oven", "Candles")
    phone, laptop = desk.imap(), desk.imap(LAPTOP)
    phone.send(b"X1 IDLE\r\n")
    phone.readline()
    third = desk.imap(LAPTOP)
    third.store("2", "+FLAGS", r"(\Seen)")
    board = desk.board()
    assert [column.key for column in board.columns] == [f"{PHONE} imap", f"{LAPTOP} imap", f"{LAPTOP} imap 2"]
    assert cells(board, 2) == ["read", "read", "stale: unread", "read"]
    assert [column.news for column in board.columns] == ["at-once", "command", "command"]
    assert said(board)[-2:] == [
        (
            "The laptop (IMAP 2) has read “Candles”, and the server notes that for everybody. "
            "The phone (IMAP) and the laptop (IMAP) have not heard of it."
        ),
        "The phone (IMAP) heard it at once: the flags of “Candles”.",
    ]
    laptop.noop()
    assert cells(desk.board(), 2) == ["read", "read", "read", "read"]
    laptop.noop()
    assert said(desk.board())[-1] == "The laptop (IMAP) asked, and there was no news."


def test_a_pop_client_keeps_what_it_fetched_and_hears_nothing_else(desk):
    desk.letter("Oven", "Candles", "Plates")
    phone = desk.imap()
    pop = desk.pop()
    assert "logged in. Until its QUIT it sees the mailbox as it stands" in said(desk.board())[-1]
    pop.uidl()
    pop.retr(1)
    pop.retr(2)
    pop.dele(1)
    assert cells(desk.board(), 1) == ["unread", "unread", "own copy: knows no flags"]  # marked is not deleted
    pop.quit()
    board = desk.board()
    assert cells(board, 1) == ["deleted", "stale: still shown", "own copy: on its disk"]
    assert cells(board, 3) == ["unread", "unread", "there: not fetched"]
    assert board.steps[-1].stands.sums == (
        "The phone (IMAP) believes something that is no longer so. POP copies and leaves; IMAP must be told."
    )
    desk.letter("Spoons")
    phone.store("2", "+FLAGS", r"(\Seen)")  # EXPUNGE may not be said with this, EXISTS may
    board = desk.board()
    assert cells(board, 4) == ["unread", "there: flags not asked", "unknown: has not heard of it"]
    assert cells(board, 1)[1] == "stale: still shown"
    again = desk.pop()  # the same program, as far as anybody can tell
    again.uidl()
    board = desk.board()
    assert len(board.columns) == 2
    assert cells(board, 2)[2] == "own copy: knows no flags"
    assert cells(board, 4)[2] == "there: not fetched"


def test_a_connection_that_breaks_deletes_nothing(desk):
    desk.letter("Oven")
    pop = desk.pop()
    pop.retr(1)
    pop.dele(1)
    pop.close()
    board = desk.board()
    assert cells(board, 1) == ["unread", "own copy: knows no flags"]
    assert said(board)[-1].startswith("The laptop (POP3) lost its connection.")


def test_a_list_without_it_tells_a_pop_client_that_a_letter_is_gone(desk):
    desk.letter("Oven", "Candles")
    pop = desk.pop()
    pop.list()
    pop.quit()
    phone = desk.imap()
    phone.store("1", "+FLAGS", r"(\Deleted)")
    phone.expunge()
    assert cells(desk.board(), 1) == ["deleted", "stale: still shown", "gone"]
    pop = desk.pop()
    pop.uidl()
    assert cells(desk.board(), 1) == ["deleted", "gone", "gone"]


def test_what_nobody_was_told_follows_from_the_command(desk):
    desk.letter("Oven", "Candles", "Plates")
    phone, laptop = desk.imap(), desk.imap(LAPTOP)
    phone.store("1:2", "+FLAGS.SILENT", r"(\Deleted \Seen)")
    board = desk.board()
    assert cells(board, 1) == ["read: marked deleted", "read: marked deleted", "stale: unread"]
    assert "until somebody says EXPUNGE" in said(board)[-1]
    phone.uid("STORE", "2", "-FLAGS.SILENT", r"(\Deleted)")
    phone.close()  # takes out what is marked, without a word about it
    board = desk.board()
    assert cells(board, 1) == ["deleted", "gone", "stale: still shown"]
    assert cells(board, 2)[0] == "read"
    laptop.noop()
    assert cells(desk.board(), 1) == ["deleted", "gone", "gone"]


def test_letters_that_move_out_and_back_in(desk):
    desk.letter("Oven", "Candles")
    phone = desk.imap()
    phone.uid("MOVE", "1", "Archive")
    board = desk.board()
    assert cells(board, 1) == ["moved", "gone"]
    assert said(board)[-1] == "The phone (IMAP) moved “Oven” out of the INBOX."
    phone.select("Archive")
    phone.copy("1", "INBOX")
    board = desk.board()
    assert [mail.look().subject for mail in board.letters] == ["Oven", "Candles", "Oven"]
    assert cells(board, 3) == ["unread", "unknown: has not heard of it"]
    phone.select()
    phone.append("INBOX", "", "", b"Subject: Note\r\n\r\nx\r\n")
    board = desk.board()
    assert cells(board, 4) == ["unread", "there: flags not asked"]
    assert said(board)[-1] == "The phone (IMAP) put “Note” into the INBOX."


def test_fetching_a_body_reads_it_and_a_literal_hides_nothing(desk):
    desk.letter("FLAGS (\\Answered) UID 7")
    phone = desk.imap()
    phone.fetch("1", "(UID BODY[])")
    assert cells(desk.board(), 1) == ["read", "read"]


def test_a_page_is_a_photograph(desk):
    desk.letter("Oven", "Candles")
    tab = desk.lab.browse(at=PHONE)
    tab.open("http://mail.example.com/")
    tab.fill({"user": BOB, "password": PASSWORD})
    tab.press("Log in")
    desk.letter("Plates")
    board = desk.board()
    assert [column.key for column in board.columns] == [f"{PHONE} http"]
    assert cells(board, 1) == ["unread", "unread"]
    assert cells(board, 3) == ["unread", "unknown: has not heard of it"]
    tab.follow(
        next(at for at, link in enumerate(tab.visit.document.links) if "Oven" in link.text)
    )  # the webmail reads it by IMAP, and this page is no list
    board = desk.board()
    assert cells(board, 1) == ["read", "stale: unread"]
    assert any(sentence.startswith("The webmail has read “Oven”") for sentence in said(board))
    tab.open("http://mail.example.com/mailbox?folder=INBOX&q=Candles")  # what a search finds is not the mailbox
    assert cells(desk.board(), 1)[1] == "stale: unread"
    tab.open("http://mail.example.com/mailbox?folder=INBOX")
    assert repr(desk.lab.conversations()).count("GET /mailbox?folder=INBOX") >= 1
    assert cells(desk.board(), 1) == ["read", "read"]
    assert cells(desk.board(), 3) == ["unread", "unread"]


def test_somebody_elses_mailbox_is_not_on_the_board(desk):
    desk.lab.send(cake.replace("bob@", "postmaster@"), "postmaster@example.com")
    with desk.lab.at(LAPTOP):
        alice = imaplib.IMAP4("mail.example.net")
    desk._open.append(alice.shutdown)
    alice.login("alice@example.net", "teaching-alice")
    alice.select()
    board = desk.board()
    assert (board.columns, board.letters, board.steps) == ([], [], [])
    assert text(board, about="Bob") == "Bob\nNobody has looked into this mailbox yet."


def test_all_may_count_the_same_and_not_mean_the_same(desk):
    desk.letter("Oven", "Candles")
    desk.imap()
    pop = desk.pop()
    pop.retr(1)
    pop.retr(2)
    pop.dele(1)
    pop.quit()
    desk.letter("Plates")
    assert desk.board().steps[-1].stands.sums.startswith("All three count two, but not the same two.")


def test_the_text_is_short_and_the_steps_add_up_to_it(desk):
    desk.letter(*(f"Letter {number}" for number in range(1, 15)))
    desk.imap()
    board = desk.board()
    shown = text(board, about="Bob").split("\n")
    assert len(shown) <= 20
    assert shown[1].startswith("The phone (IMAP) was told with its command: the flags of 14 messages.")
    assert shown[2] == "(4 messages before these)"
    head, rows = table(board)
    assert head == ["UID", "letter", "server", "phone (IMAP)"]
    assert rows[0] == ["1", "Letter 1", "unread", "unread"]
    assert len(rows) == 14 + 3
    added: dict = {}
    for step in board.steps:
        added |= {(uid, at): (kind, word, more) for uid, at, kind, word, more in plain(board, step)["cells"]}
    assert added == {place: tuple(cell.values()) for place, cell in board.cells.items()}


def test_sasl_is_understood_as_well(desk):
    desk.letter("Oven")
    with desk.lab.at(PHONE):
        client = imaplib.IMAP4(HOST)
        pop = poplib.POP3(HOST)
    desk._open += [client.shutdown, pop.close]
    client.authenticate("PLAIN", lambda _: b"\0bob\0teaching-bob")
    client.select(readonly=True)
    pop._shortcmd("AUTH PLAIN AGJvYgB0ZWFjaGluZy1ib2I=")
    pop.stat()
    assert cells(desk.board(), 1) == ["unread", "there: flags not asked", "there: not fetched"]
