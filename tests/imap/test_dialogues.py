"""Every command in every state: the dialogues, whole and in crumbs."""

import pytest

from labmail.imap.words import MERMAID, TABLE, VERBS
from labmail.store import Store
from tests.imap.dialogues import DIALOGUES
from tests.imap.mailroom import Client, heard_in, lines, put


def talk(octets, crumbs=None):
    store = Store()
    put(store)
    client = Client(store)
    step = crumbs or len(octets)
    for start in range(0, len(octets), step):
        client.feed(octets[start : start + step])
    store.close()
    return client


@pytest.mark.parametrize("dialogue", DIALOGUES.values(), ids=DIALOGUES)
def test_dialogue(dialogue):
    """Each line when it is its turn, and each answer before the next line."""
    store = Store()
    put(store)
    client = Client(store)
    wanted = lines(dialogue)
    for kind, octets in wanted:
        if kind == "heard":
            client.feed(octets)
    assert tidy(client.dialog) == tidy(wanted)
    assert client.session.state == "logout"
    assert client.events[-1].kind == "close"
    store.close()


def tidy(dialog):
    """A literal's last line and what follows it stand on one line in a dialogue, and are two events."""
    joined = []
    for kind, octets in dialog:
        if joined and joined[-1][0] == kind and not joined[-1][1].endswith(b"\n"):
            joined[-1] = kind, joined[-1][1] + octets
        else:
            joined.append((kind, octets))
    return [(kind, octets.strip()) for kind, octets in joined]


@pytest.mark.parametrize("dialogue", DIALOGUES.values(), ids=DIALOGUES)
@pytest.mark.parametrize("crumbs", [1, 7])
def test_in_crumbs_it_is_the_same(dialogue, crumbs):
    whole, pieces = talk(heard_in(dialogue)), talk(heard_in(dialogue), crumbs)
    assert [(event.kind, event.octets, event.value) for event in pieces.events if event.kind != "stored"] == [
        (event.kind, event.octets, event.value) for event in whole.events if event.kind != "stored"
    ]
    assert tidy(whole.dialog) == tidy(lines(dialogue))


@pytest.mark.parametrize("state", ["not authenticated", "authenticated", "selected"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_command_has_its_place(store, state, verb):
    client = Client(store, login=state != "not authenticated")
    if state == "selected":
        client.say("SELECT INBOX")
    answer = client.say(f"{verb} )")  # never right
    allowed = verb in TABLE[state]
    assert answer[-1].startswith("BAD ")
    assert (" comes after " in answer[-1] or " is for who has not " in answer[-1]) is not allowed
    assert client.session.state == state
    assert "fault" not in client.kinds


def test_the_picture_is_drawn_from_the_table():
    assert "    authenticated --> selected: SELECT, EXAMINE" in MERMAID.splitlines()
    assert "    selected --> authenticated: CLOSE, UNSELECT" in MERMAID.splitlines()


def test_a_wrong_password_takes_lab_time(store):
    client = Client(store)
    client.say("LOGIN bob wrong")
    assert [event.kind for event in client.events][-3:] == ["heard", "wait", "said"]
    assert [event.value for event in client.events if event.kind == "wait"] == [3]


def test_the_values_of_the_timeline(store):
    client = Client(store, login=True)
    client.say("UID SEARCH ALL")
    command, response = client.events[-2].value, client.events[-1].value
    assert (command.tag, command.verb, command.argument, command.state) == ("t2", "UID SEARCH", "ALL", "authenticated")
    assert (response.tag, response.word) == ("t2", "BAD")
    client.say("SELECT INBOX")
    assert [event.value.word for event in client.events if event.kind == "said"][-7:] == [
        "FLAGS", "EXISTS", "RECENT", "OK", "OK", "OK", "OK",
    ]  # fmt: skip
