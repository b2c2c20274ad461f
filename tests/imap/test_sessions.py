"""Several sessions on one mailbox: each keeps its numbers until it is told, and in the end all know the same."""

import traceback

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from labmail.clock import FIRST_MINUTE
from labmail.imap import Session
from labmail.net import Net, Service, carry
from labmail.store import Store
from tests.imap.mailroom import BOB, Client, put


def three(store, count=3):
    for _ in range(count):
        put(store)
    clients = [Client(store, login=True) for _ in range(2)]
    for client in clients:
        client.say("SELECT INBOX")
    return clients


def test_numbers_stay_until_expunge_is_told(store):
    one, two = three(store)
    one.say("STORE 1 +FLAGS.SILENT (\\Deleted)")
    assert one.say("EXPUNGE") == ["1 EXPUNGE", "OK EXPUNGE completed"]
    assert two.say("FETCH 2 (UID)") == ["2 FETCH (UID 2)", "OK FETCH completed"]
    assert two.say("SEARCH ALL") == ["SEARCH 1 2 3", "OK SEARCH completed"]
    assert two.say("FETCH 1 FLAGS") == [
        "NO [EXPUNGEISSUED] some of these letters are gone: another client has removed them"
    ]
    assert two.say("STORE 1:2 +FLAGS (x)")[-1].startswith("NO [EXPUNGEISSUED]")
    assert two.say("UID FETCH 1:2 UID") == [
        "2 FETCH (UID 2)", "1 EXPUNGE", "OK FETCH completed",
    ]  # fmt: skip
    assert two.say("FETCH 1 (UID FLAGS)") == ["1 FETCH (UID 2 FLAGS (x))", "OK FETCH completed"]


def test_copy_of_what_is_gone_copies_nothing(store):
    one, two = three(store)
    one.say("STORE 2 FLAGS (\\Deleted)")
    one.say("EXPUNGE")
    assert two.say("COPY 1:3 Sent")[-1].startswith("NO [EXPUNGEISSUED]")
    assert store.letters(BOB, "Sent") == []
    assert two.say("UID COPY 1:3 Sent") == ["OK [COPYUID 3 1,3 1:2] COPY completed"]


def test_flags_and_new_mail_of_others(store):
    one, two = three(store)
    one.say("STORE 2 +FLAGS (cake)")
    put(store)
    assert two.say("NOOP") == [
        "4 EXISTS", "1 RECENT",
        "FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft cake)", "2 FETCH (UID 2 FLAGS (cake))",
        "OK NOOP completed",
    ]  # fmt: skip
    assert two.say("NOOP") == ["OK NOOP completed"]
    assert one.say("NOOP") == ["4 EXISTS", "3 RECENT", "OK NOOP completed"]  # who is told first has it as recent


def test_a_silent_store_does_not_hide_what_others_did(store):
    one, two = three(store)
    one.say("STORE 1 +FLAGS (\\Flagged)")
    assert two.say("STORE 1 +FLAGS.SILENT (\\Seen)") == [
        "1 FETCH (UID 1 FLAGS (\\Flagged \\Seen))", "OK STORE completed",
    ]  # fmt: skip
    assert two.say("STORE 1 -FLAGS.SILENT (\\Seen)") == ["OK STORE completed"]


def test_new_and_gone_before_it_was_told(store):
    one, _ = three(store)
    letter = put(store)
    store.remove([letter])
    assert one.say("NOOP") == ["OK NOOP completed"]
    put(store)
    assert one.say("NOOP") == ["4 EXISTS", "4 RECENT", "OK NOOP completed"]


def test_idle_pushes_everything_at_once(store):
    one, two = three(store)
    two.say("IDLE")
    before = len(two.events)
    put(store)
    one.say("STORE 1 +FLAGS (\\Deleted)")
    one.say("EXPUNGE")
    assert two.said(before) == (b"* 4 EXISTS\r\n* 1 RECENT\r\n* 1 FETCH (UID 1 FLAGS (\\Deleted))\r\n* 1 EXPUNGE\r\n")
    assert two.feed(b"DONE\r\n") == b"t3 OK IDLE completed\r\n"
    put(store)
    assert two.say("NOOP")[0] == "4 EXISTS"


def test_a_mailbox_deleted_under_a_session_is_empty(store):
    one, two = three(store)
    one.say("CREATE Cakes")
    one.say("COPY 1:3 Cakes")
    two.say("SELECT Cakes")
    one.say("DELETE Cakes")
    assert two.say("NOOP") == ["1 EXPUNGE", "1 EXPUNGE", "1 EXPUNGE", "OK NOOP completed"]
    assert two.say("FETCH 1:* FLAGS") == ["OK FETCH completed"]
    assert two.say("CLOSE") == ["OK CLOSE completed"]


def test_a_renamed_mailbox_stays_selected(store):
    one, two = three(store)
    two.say("SELECT Sent")
    one.say("RENAME Sent Gone")
    one.say("COPY 1 Gone")
    assert two.say("NOOP") == ["1 EXISTS", "1 RECENT", "OK NOOP completed"]
    assert two.say("FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]")[1] == "Subject: Re: The Cake"


def test_what_others_do_while_one_is_told_is_told_later(store):
    """A long answer goes out in several turns of the loop, and others have theirs in between."""
    one, two = three(store, 5)
    one.say("STORE 1,3 FLAGS.SILENT (\\Deleted)")
    one.say("STORE 5 FLAGS (x)")
    two.say("NOOP")
    one.say("EXPUNGE")
    one.say("STORE 2:3 FLAGS (y)")
    answer = two.session.receive(b"t NOOP\r\n")
    said = [event.octets for event in (next(answer), next(answer)) if event.kind == "said"]
    assert said == [b"* 1 EXPUNGE\r\n"]  # and 2 is to come
    one.say("STORE 2 FLAGS (\\Deleted)")
    one.say("EXPUNGE")
    put(store)
    said = [event.octets for event in answer if event.kind == "said"]
    assert said[0] == b"* 2 EXPUNGE\r\n"
    assert said[-1] == b"t OK NOOP completed\r\n"
    assert not any(b"UID 4" in line for line in said)  # it is gone, and has no flags to tell
    assert two.say("NOOP")[0] == "2 EXPUNGE"
    one.say("NOOP")
    assert two.say("UID SEARCH ALL")[0] == one.say("UID SEARCH ALL")[0] == "SEARCH 2 5 6"


def test_who_fails_outside_of_a_command_says_goodbye(store):
    class Broken(Session):
        def _hear(self, piece):
            raise ValueError("a bug")

    net, faults = Net(memory=True), []
    net.hosts.update({"mail.example.com": "198.51.100.10", "phone.example.com": "203.0.113.20"})
    make = carry(lambda: Broken("mail.example.com", Client.check, store, lambda: FIRST_MINUTE))
    net.run(net.listen(Service(host="mail.example.com", port=143, protocol="imap", make=make)))
    net.call(net.loop.set_exception_handler, lambda _, context: faults.append(context["exception"]))

    async def talk():
        reader, writer = await net.open("phone.example.com", "198.51.100.10", 143)
        writer.write(b"a NOOP\r\n")
        said = await reader.read()
        writer.close()
        return said

    assert net.run(talk()).endswith(b"\r\n* BYE this went wrong on our side, and the conversation ends here\r\n")
    assert [traceback.extract_tb(fault.__traceback__)[-1].name for fault in faults] == ["_hear"]
    net.stop()


def test_who_has_left_is_not_told(store):
    one, _ = three(store)
    one.session.end()
    put(store)
    assert one.session.view is None


FLAGS = ["\\Seen", "\\Deleted", "\\Flagged", "cake"]


class TwoSessions(RuleBasedStateMachine):
    """The model: what lies in the mailbox (UID -> flags), and per session the list of UIDs that it was told of."""

    def __init__(self):
        super().__init__()
        self.store = Store()
        put(self.store)
        self.truth = {1: set()}
        self.next_uid = 2
        self.clients = [Client(self.store, login=True) for _ in range(2)]
        self.told = []
        for client in self.clients:
            client.say("SELECT INBOX")
            self.told.append({"uids": [1], "flags": {}})

    def teardown(self):
        assert all("fault" not in client.kinds for client in self.clients)
        self.store.close()

    def hear(self, who, lines):
        """What any client makes of untagged data."""
        told = self.told[who]
        for line in lines[:-1]:
            words = line.split(" ", 2)
            if words[1:2] == ["EXPUNGE"]:
                del told["uids"][int(words[0]) - 1]
            elif words[1:2] == ["EXISTS"]:
                told["uids"] += [None] * (int(words[0]) - len(told["uids"]))
                assert len(told["uids"]) == int(words[0])
            elif words[1:2] == ["FETCH"]:
                inner = words[2].removeprefix("(").removesuffix(")")
                number = int(words[0]) - 1
                if "UID " in inner:
                    uid = int(inner.partition("UID ")[2].split()[0])
                    assert told["uids"][number] in (None, uid)
                    told["uids"][number] = uid
                if "FLAGS (" in inner and told["uids"][number]:
                    flags = set(inner.partition("FLAGS (")[2].partition(")")[0].split()) - {"\\Recent"}
                    told["flags"][told["uids"][number]] = flags
        return lines[-1]

    def say(self, who, command):
        return self.hear(who, self.clients[who].say(command))

    who = st.integers(0, 1)
    place = st.integers(0, 30)

    def pick(self, who, place):
        count = len(self.told[who]["uids"])
        return place % count + 1 if count else None

    @rule()
    def arrives(self):
        put(self.store)
        self.truth[self.next_uid] = set()
        self.next_uid += 1

    @rule(who=who, flag=st.sampled_from(FLAGS), sign=st.sampled_from(["+", "-", ""]), place=place,
          silent=st.sampled_from(["", ".SILENT"]))  # fmt: skip
    def store_flags(self, who, flag, sign, place, silent):
        number = self.pick(who, place)
        if number is None:
            return
        uid = self.clients[who].session.view.uids[number - 1]
        lines = self.clients[who].say(f"STORE {number} {sign}FLAGS{silent} ({flag})")
        known = self.told[who]["flags"]
        if silent and uid in known and uid in self.truth:  # it need not be told what it did itself
            known[uid] = self.changed(known[uid], sign, flag)
        answer = self.hear(who, lines)
        if uid not in self.truth:
            assert answer.startswith("NO [EXPUNGEISSUED]")
            return
        assert answer == "OK STORE completed"
        self.truth[uid] = self.changed(self.truth[uid], sign, flag)

    @staticmethod
    def changed(flags, sign, flag):
        return flags | {flag} if sign == "+" else flags - {flag} if sign == "-" else {flag}

    @rule(who=who)
    def expunge(self, who):
        assert self.say(who, "EXPUNGE") == "OK EXPUNGE completed"
        self.truth = {uid: flags for uid, flags in self.truth.items() if "\\Deleted" not in flags}

    @rule(who=who, place=place)
    def copy_here(self, who, place):
        number = self.pick(who, place)
        if number is None:
            return
        uid = self.clients[who].session.view.uids[number - 1]
        answer = self.say(who, f"COPY {number} INBOX")
        if uid in self.truth:
            assert answer == f"OK [COPYUID 1 {uid} {self.next_uid}] COPY completed"
            self.truth[self.next_uid] = set(self.truth[uid])
            self.next_uid += 1
        else:
            assert answer.startswith("NO")

    @rule(who=who, place=place)
    def move_away(self, who, place):
        number = self.pick(who, place)
        if number is None:
            return
        uid = self.clients[who].session.view.uids[number - 1]
        answer = self.say(who, f"MOVE {number} Trash")
        assert answer.startswith("OK MOVE" if uid in self.truth else "NO")
        self.truth.pop(uid, None)

    @rule(who=who)
    def noop(self, who):
        assert self.say(who, "NOOP") == "OK NOOP completed"
        self.agrees(who)

    @rule(who=who)
    def idle(self, who):
        client = self.clients[who]
        before = len(client.events)
        client.say("IDLE")
        self.store.mark(1, min(self.truth, default=0), frozenset({"\\Flagged"}))
        if self.truth:
            self.truth[min(self.truth)] = {"\\Flagged"}
        client.feed(b"DONE\r\n")
        lines = client.said(before).decode().split("\r\n")[:-1]
        self.hear(who, [line.removeprefix("* ") for line in lines if line.startswith("* ")] + [""])
        self.agrees(who)

    @rule(who=who)
    def fetch_all(self, who):
        self.say(who, "UID FETCH 1:* (UID FLAGS)")
        self.agrees(who)

    def agrees(self, who):
        """After a sync, what the client put together is the truth."""
        told = self.told[who]
        assert len(told["uids"]) == len(self.truth)
        for uid, known in zip(sorted(self.truth), told["uids"], strict=True):
            assert known in (None, uid)
            if uid in told["flags"]:
                assert told["flags"][uid] == self.truth[uid] or not known

    @invariant()
    def the_store_is_as_the_model(self):
        assert {uid: set(flags) for uid, flags in self.store.index(1)} == self.truth
        for client in self.clients:
            assert client.session.view.uids == sorted(client.session.view.uids)


TestTwoSessions = TwoSessions.TestCase
TestTwoSessions.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
