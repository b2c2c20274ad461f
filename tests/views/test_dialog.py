"""Dialogs as data: each line with its bytes, its part in SMTP and its meaning."""

import json

import pytest

from labmail.views.dialog import dialog, table
from labmail.views.script import Script, letter_script
from labmail.world import cake
from tests.widgets.small import SmallLab, small_conversation


def parts(talk):
    return [
        (line["part"], line["says"].split(":")[0].split(".")[0]) for line in dialog(small_conversation(talk))["lines"]
    ]


def test_a_dialog_is_complete_and_plain():
    data = dialog(small_conversation())
    assert json.loads(json.dumps(data)) == data
    assert (data["client"]["address"], data["server"]["port"]) == ("192.0.2.67", 25)
    assert data["about"] == (
        "SMTP, port 25: 19 lines; their numbers are the timeline’s, which counts other events too."
    )
    for line in data["lines"]:
        assert bytes.fromhex(line["octets"]).decode() == line["text"] + line["end"]
        assert line["says"], line["text"]
        assert line["rfc"]["name"].startswith("RFC ")


def test_the_parts_of_a_letter_are_told_apart():
    letter = [line for line in dialog(small_conversation())["lines"] if line["part"] == "text"]
    assert [line["says"].split(",")[0].split(":")[0][:38] for line in letter] == [
        "A header of the letter. The server kee",
        "A header of the letter. The server kee",
        "It begins with a space",
        "An empty line ends the headers. What f",
        "A line of the body. To the server it i",
        "A line of the letter that begins with ",
        "A dot alone on a line",
    ]


def test_replies_to_pipelined_commands_are_told_by_the_command_they_answer():
    talk = "C MAIL FROM:<a@x>\nC RCPT TO:<b@x>\nC NOOP\nS 250 OK\nS 250 OK\nS 250 OK"
    assert [says for part, says in parts(talk) if part == "reply"] == [
        "Yes",
        "Yes to this one recipient",
        "Yes",
    ]
    told = dialog(small_conversation(talk))["lines"]
    assert "letter has begun" in told[3]["says"]
    assert "nothing has changed" in told[5]["says"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("S 250-SIZE 10485760", "The largest letter"),
        ("S 250 NOTKNOWN", "Yes: the command was done"),
    ],
)
def test_the_lines_after_ehlo_are_extensions(line, says):
    talk = f"C EHLO a.example\nS 250-mx1.example.com Hello\n{line}"
    assert dialog(small_conversation(talk))["lines"][-1]["says"].startswith(says)


def test_an_enhanced_code_adds_its_own_sentence():
    told = dialog(small_conversation("C RCPT TO:<x@example.com>\nS 550 5.1.1 no such user here"))["lines"][-1]
    assert told["says"].endswith("the name before the @ is not.")
    assert told["rfc"]["name"] == "RFC 3463 section 3.2"


def test_a_code_that_nobody_explained_is_told_by_its_class():
    told = dialog(small_conversation("C NOOP\nS 459 strange"))["lines"][-1]
    assert told["says"] == "Not now: the same command may succeed later."


def test_lower_case_verbs_and_what_is_no_command():
    assert [part for part, _ in parts("C mail FROM:<a@x>\nC CAKE")] == ["MAIL", "CAKE"]
    told = [dialog(small_conversation(f"C {line}"))["lines"][0]["says"] for line in ("data", "DATA", "CAKE", "cake")]
    assert told[0] == f"{told[1]} Either case will do."
    assert told[2] == told[3]
    assert told[2].startswith("No command of SMTP")


def test_the_code_says_the_same_lines_again():
    """Against the small server, which gives no enhanced codes."""
    code = dialog(small_conversation())["code"]
    assert code.splitlines()[0] == 'step = lab.step("mail.example.net", "mx1.example.com")'
    names: dict = {"lab": SmallLab()}
    exec(code, names)
    assert names["step"].state == "closed"
    assert dialog(small_conversation('C NOOP "x" é'))["code"].endswith('step.say("NOOP \\"x\\" é")')


def test_the_table_has_a_row_for_each_line():
    assert table(dialog(small_conversation()))[1] == ["C", "HELO mail.example.net"]


class TestScript:
    plan = staticmethod(lambda: letter_script("c.example", sender="a@x", recipient="b@x", letter=".dot\n\nend\n"))

    def test_a_letter_is_stuffed(self):
        assert self.plan() == [
            "HELO c.example",
            "MAIL FROM:<a@x>",
            "RCPT TO:<b@x>",
            "DATA",
            "..dot",
            "",
            "end",
            ".",
            "QUIT",
        ]

    def test_the_seeds_letter_is_the_default(self):
        lines = letter_script("c.example", sender="a@x", recipient="b@x")
        assert "\n".join(lines[4:-2]) + "\n" == cake

    def test_it_goes_on_from_where_the_server_is(self):
        script = Script(self.plan())
        assert script.next("connected") == "HELO c.example"
        assert script.next("sender") == "RCPT TO:<b@x>"  # the learner said HELO and MAIL alone
        assert script.next("greeted") == "MAIL FROM:<a@x>"  # and then RSET
        assert script.next("text") == "..dot"
        script.said("text")
        assert script.next("text") == ""
        assert script.next("closed") is None

    def test_after_a_refusal_and_after_the_letter_it_says_goodbye(self):
        for verb, success in (("RCPT", False), (".", True)):
            script = Script(self.plan())
            script.answered(verb, success)
            assert script.next("sender") == "QUIT"
