"""Commands, replies, and the table of what may be said when."""

import pytest

from labmail.smtp.paths import is_postmaster, mailbox, read_path, show_path
from labmail.smtp.words import MERMAID, STATES, TABLE, VERBS, Command, Refusal, Reply, state_after
from labmail.states import comes_first


def test_the_states_and_the_ways_between_them():
    assert STATES == ("connected", "greeted", "sender", "recipient", "text", "closed")
    assert all(there in STATES for row in TABLE.values() for there in row.values())
    state, way = "connected", []
    for verb in ("HELO", "MAIL", "RCPT", "RCPT", "DATA", ".", "QUIT"):
        state = state_after(state, verb, success=True)
        way.append(state)
    assert way == ["greeted", "sender", "recipient", "recipient", "text", "greeted", "closed"]


def test_a_refusal_leaves_the_state_but_a_refused_letter_is_over():
    assert state_after("recipient", "DATA", success=False) == "recipient"
    assert state_after("text", ".", success=False) == "greeted"


@pytest.mark.parametrize(
    ("state", "verb", "first"),
    [("connected", "MAIL", "HELO"), ("connected", "DATA", "HELO"), ("greeted", "RCPT", "MAIL"),
     ("greeted", "DATA", "MAIL"), ("sender", "DATA", "RCPT"), ("sender", "MAIL", "RSET"),
     ("recipient", "MAIL", "RSET"), ("closed", "MAIL", None)],
)  # fmt: skip
def test_what_comes_first(state, verb, first):
    assert comes_first(TABLE, state, verb) == first


def test_every_verb_is_in_the_picture():
    lines = MERMAID.splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> connected"]
    assert "    sender --> recipient: RCPT" in lines
    assert "    text --> greeted: ." in lines
    assert all(any(verb in line for line in lines) for verb in VERBS)


REPLIES = {
    "250 OK": Reply(code=250, lines=("OK",)),
    "250 2.1.0 OK": Reply(code=250, lines=("OK",), enhanced="2.1.0"),
    "550-5.7.1 no\n550 5.7.1 not at all": Reply(code=550, lines=("no", "not at all"), enhanced="5.7.1"),
    "250-mx1 Hello\n250 SIZE 1": Reply(code=250, lines=("mx1 Hello", "SIZE 1")),
    "250 5.1.1 of another class": Reply(code=250, lines=("5.1.1 of another class",)),
    "250-2.1.0 only\n250 here": Reply(code=250, lines=("2.1.0 only", "here")),
    "220 2.example.com ready": Reply(code=220, lines=("2.example.com ready",)),
    "354 ": Reply(code=354, lines=("",)),
}


@pytest.mark.parametrize(("text", "reply"), REPLIES.items(), ids=REPLIES)
def test_replies_parse_and_render(text, reply):
    assert Reply.of(text) == reply
    assert repr(reply) == text.rstrip()
    assert Reply.parse(reply.octets) == reply


def test_a_reply_carries_no_control_character_of_what_it_repeats():
    reply = Reply(code=550, enhanced="5.1.1", lines=("<a\r\n250 OK\x00@b>: no such user",))
    assert reply.octets == (b"550 5.1.1 <a??250 OK?@b>: no such user\r\n",)


def test_commands_parse():
    assert Command.parse(b"mail  FROM:<a@b.example> \r\n", "greeted") == Command(
        verb="MAIL", argument="FROM:<a@b.example>", state="greeted"
    )
    assert Command.parse(b"\xff\r\n", "greeted").verb == "\ufffd"


def test_paths():
    assert read_path("MAIL", "FROM:<>") == ("", {})
    assert read_path("MAIL", "from:<a@b.example> size=5 Body=8bitmime") == (
        "a@b.example", {"SIZE": "5", "BODY": "8bitmime"},
    )  # fmt: skip
    assert read_path("RCPT", r'TO:<"a>b\" c"@b.example>') == (r'"a>b\" c"@b.example', {})
    assert read_path("RCPT", "TO:<@x.example,@y.example:a@[192.0.2.1]>") == ("a@[192.0.2.1]", {})
    assert read_path("RCPT", "TO:<postMaster>") == ("postMaster", {})


@pytest.mark.parametrize(
    "path",
    ["<a b@c.example>", "<.a@b.example>", "<a.@b.example>", "<a..b@c.example>", "<a@b..example>", "<a@-b.example>",
     "<a@b.example.>", "<@b.example>", "<a@>", '<"a@b.example>', "<a@b@c.example>", "a@b.example", "<a@b.example",
     "<<a@b.example>>", "<@x.example:>", "<a\ufffd@b.example>", "", "<a@b.example>x", "<a,b@c.example>"],
)  # fmt: skip
def test_what_is_no_path(path):
    with pytest.raises(Refusal) as refusal:
        read_path("RCPT", f"TO:{path}")
    assert refusal.value.reply.code == 501


def test_mailboxes_have_no_case_and_quotes_mean_nothing():
    for address in ("Bob@Example.COM", '"bob"@example.com', r'"b\ob"@example.com'):
        assert mailbox(address) == "bob@example.com"
    assert is_postmaster("POSTMASTER")
    assert is_postmaster("Postmaster@example.com")
    assert not is_postmaster("postmaster2@example.com")


def test_a_path_is_shown_as_it_was_written():
    assert show_path("MAIL", "FROM:<Alice@example.net> SIZE=5") == "<Alice@example.net>"
    assert show_path("MAIL", "FROM: <>") == "<>"
    assert show_path("MAIL", "gibberish") == "gibberish"
