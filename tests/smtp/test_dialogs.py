"""The table of dialogs: one row for each letter, and how it ended."""

import pytest

from labmail.lab.dialogs import Conversations
from labmail.record import Conversation, Event, Wire
from tests.smtp.exchange import dialog, pour

ENVELOPE = b"MAIL FROM:<alice@example.net>\r\nRCPT TO:<bob@example.com>\r\n"
HELO = b"HELO mail.example.net\r\n"


def conversations(net, *, ended=True):
    wires = {event.wire.number: event.wire for event in net.record if event.wire}
    items = []
    for number, wire in wires.items():
        events = net.record.filter(wire=number)
        items.append(Conversation(wire, [event for event in events if ended or event.kind != "close"]))
    return Conversations(items)


OUTCOMES = {
    "accepted": (HELO + ENVELOPE + b"DATA\r\nhi\r\n.\r\nQUIT\r\n", ["250 accepted"]),
    "refused at RCPT": (HELO + b"MAIL FROM:<>\r\nRCPT TO:<carol@example.com>\r\nQUIT\r\n", ["550 at RCPT"]),
    "one of two refused": (
        HELO + b"MAIL FROM:<>\r\nRCPT TO:<carol@example.com>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\n.\r\n",
        ["250 accepted"],
    ),
    "one of two refused, then gone": (
        HELO + b"MAIL FROM:<>\r\nRCPT TO:<carol@example.com>\r\nRCPT TO:<bob@example.com>\r\n", ["closed after RCPT"],
    ),
    "out of order": (b"MAIL FROM:<>\r\nQUIT\r\n", ["503 at MAIL"]),
    "gone after HELO": (HELO + b"QUIT\r\n", ["closed after HELO"]),
    "gone without a word": (b"", ["closed without a word"]),
    "gone in mid-letter": (HELO + ENVELOPE + b"DATA\r\nhi\r\n", ["closed after DATA"]),
    "a line too long": (
        HELO + ENVELOPE + b"DATA\r\n" + b"x" * 1001 + b"\r\n.\r\nQUIT\r\n", ["500 at the end of the letter"],
    ),
    "two letters": (
        HELO + ENVELOPE + b"DATA\r\nhi\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<x@example.org>\r\nQUIT\r\n",
        ["250 accepted", "550 at RCPT"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("said", "outcomes"), OUTCOMES.values(), ids=OUTCOMES)
def test_how_it_ended(exchange, said, outcomes):
    net, _ = exchange
    pour(net, said)
    table = conversations(net)
    assert [row.outcome for row in table.rows] == outcomes
    assert {row.number for row in table.rows} == {1}


def test_an_accepted_letter_went_to_those_who_were_accepted(exchange):
    net, _ = exchange
    pour(net, OUTCOMES["one of two refused"][0])
    pour(net, OUTCOMES["one of two refused, then gone"][0])
    assert [row.recipients for row in conversations(net).rows] == [
        ["<bob@example.com>"], ["<carol@example.com>", "<bob@example.com>"],
    ]  # fmt: skip


def test_the_table(exchange):
    net, _ = exchange
    assert repr(conversations(net)) == "no dialogs yet"
    pour(net, HELO + ENVELOPE + b"DATA\r\nhi\r\n.\r\nQUIT\r\n")
    pour(net, HELO + b"MAIL FROM:<mallory@example.org> x=\r\nQUIT\r\n")
    table = conversations(net)
    assert repr(table) == (
        "#  from              to               MAIL FROM              RCPT TO            outcome\n"
        "1  mail.example.net  mx1.example.com  <alice@example.net>    <bob@example.com>  250 accepted\n"
        "2  mail.example.net  mx1.example.com  <mallory@example.org>  -                  501 at MAIL"
    )
    assert len(table) == 2
    assert table[1].lines[0] == "S: 220 mx1.example.com SMTP server ready"
    assert len(table[:1]) == 1


def test_a_dialog_that_is_still_open(exchange):
    net, _ = exchange
    pour(net, HELO)
    assert conversations(net, ended=False).rows[0].outcome == "open since HELO"
    assert [event.kind for event in dialog(net)] == ["said", "heard", "said"]


def test_what_is_not_smtp_stands_beside_it(exchange):
    net, _ = exchange
    pour(net, HELO + ENVELOPE + b"DATA\r\nhi\r\n.\r\nQUIT\r\n")
    wire = Wire(number=9, protocol="gopher", client="a.example", client_address="192.0.2.1", client_port=1,
                server="b.example", server_address="192.0.2.53", server_port=70)  # fmt: skip
    other = Conversation(wire, [Event(kind="heard", octets=b"x\r\n")])
    assert repr(Conversations([conversations(net)[0], other])) == (
        "#  protocol  from              to               about                                     outcome\n"
        "1  smtp      mail.example.net  mx1.example.com  <alice@example.net> to <bob@example.com>  250 accepted\n"
        "2  gopher    a.example         b.example        1 line                                    open"
    )
