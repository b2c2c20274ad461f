"""The widgets without a browser: what they say as text, what they send, what they never send."""

import gc
import json
import weakref

import pytest

import labmail.widgets as widgets
from labmail.errors import LabError
from labmail.lessons.book import Commitment
from labmail.widgets.face import Face, static_table
from tests.lessons.sample import BOOK
from tests.widgets.small import SmallLab, small_conversation

PICTURE = "application/vnd.jupyter.widget-view+json"


def heard(face, message):
    """What the widget answers to a message of the browser."""
    said = []
    face.send = lambda content, buffers=None: said.append(content)
    face._hear(face, message, [])
    return said


class TestFace:
    def test_every_display_has_text_html_and_picture(self):
        face = widgets.Conversation(small_conversation())
        bundle, _ = face._repr_mimebundle_()
        assert bundle["text/plain"] == repr(small_conversation()) == repr(face)
        assert bundle["text/html"].count("<tr>") == 19
        assert PICTURE in bundle

    def test_an_ask_is_answered_under_its_id(self):
        class Adds(Face):
            _esm = "export default {}"

        face = Adds({}, add=lambda a, b: a + b)
        assert heard(face, {"id": "7", "ask": "add", "args": {"a": 1, "b": 2}}) == [{"id": "7", "answer": 3}]
        assert heard(face, {}) == []  # a knock
        [fault] = heard(face, {"id": "8", "ask": "add", "args": {"a": 1, "b": "x"}})
        assert fault == {"id": "8", "fault": "TypeError: unsupported operand type(s) for +: 'int' and 'str'"}

    def test_a_lab_error_is_its_sentence_and_an_interrupt_is_answered(self):
        def fails(how):
            raise {"lab": LabError("no such host"), "stop": KeyboardInterrupt()}[how]

        class Fails(Face):
            _esm = "export default {}"

        face = Fails({}, fail=fails)
        assert heard(face, {"id": "1", "ask": "fail", "args": {"how": "lab"}})[0]["fault"] == "no such host"
        assert "KeyboardInterrupt" in heard(face, {"id": "1", "ask": "fail", "args": {"how": "stop"}})[0]["fault"]

    def test_static_tables_need_no_style_and_escape(self):
        assert "&lt;b&gt;" in static_table([["<b>"]], head=["<i>"], caption="a & b")

    def test_an_unknown_widget_names_those_there_are(self):
        with pytest.raises(AttributeError, match="has no 'Stepr'; it has .*Stepper"):
            widgets.Stepr  # noqa: B018


class TestReveal:
    @pytest.fixture
    def result(self):
        commitment = Commitment()
        return commitment, widgets.Reveal(BOOK.question("the-difference"), commitment, "the result")

    def test_before_the_commit_no_trait_holds_result_or_answer(self, result):
        _, face = result
        sent = json.dumps(
            {key: value for key, value in face.get_state().items() if not key.startswith("_")}, default=str
        )
        assert "the result" not in sent and "another address" not in sent and "line that the server" not in sent

    def test_after_it_all_stands_there(self, result):
        commitment, face = result
        commitment.commit("b")
        assert face.data["text"] == "the result"
        assert face.data["answer"] == {"key": "d", "text": "in a line that the server writes"}
        assert face.data["says"] == "He repeated these two lines. Compare them letter by letter."

    def test_text_is_never_covered(self, result):
        assert repr(result[1]) == ("the result\n\nAnswer: d. In the reply to HELO the server wrote another address.")

    @pytest.mark.parametrize(
        ("value", "picture"),
        [
            ("text", {"text": "text"}),
            ([1, 2], {"text": "[1, 2]"}),
            (type("Drawn", (), {"_repr_html_": lambda self: "<b>x</b>"})(), {"html": "<b>x</b>"}),
        ],
    )
    def test_a_value_is_shown_as_it_shows_itself(self, value, picture):
        commitment = Commitment()
        face = widgets.Reveal(BOOK.question("the-difference"), commitment, value)
        commitment.commit("d")
        assert {key: face.data[key] for key in picture} == picture

    def test_a_record_gets_its_own_widget_only_once_it_is_open(self):
        commitment = Commitment()
        face = widgets.Reveal(BOOK.question("the-difference"), commitment, small_conversation())
        assert "inner" not in face.data
        commitment.commit("d")
        assert face.data["inner"].startswith("anywidget:")


class TestStepper:
    @pytest.fixture
    def lab(self):
        return SmallLab()

    @pytest.fixture
    def stepper(self, lab):
        return widgets.Stepper(lab)

    @staticmethod
    def whole(stepper, choose=0):
        for _ in range(50):
            if stepper.data["asked"]:
                stepper.commit(stepper.data["asked"]["choices"][choose]["key"])
            elif stepper.data["next"]:
                stepper.next()
            else:
                return

    def test_it_says_the_seeds_lines(self, stepper):
        self.whole(stepper)
        assert repr(stepper).splitlines()[1:] == [
            "S: 220 mx1.example.com SMTP server ready",
            "C: HELO mail.example.net",
            "S: 250 mx1.example.com Hello mail.example.net [192.0.2.67]",
            "C: MAIL FROM:<alice@example.net>",
            "S: 250 OK",
            "C: RCPT TO:<bob@example.com>",
            "S: 250 Accepted",
            "C: DATA",
            'S: 354 Enter message, ending with "." on a line by itself',
            "C: From: Alice <alice@example.net>",
            "C: To: Bob <bob@example.com>",
            "C: Date: Mon, 01 Jun 2026 09:00:00 +0000",
            "C: Subject: Re: The Cake",
            "C:",
            "C: Don't forget to bring the cake!",
            "C: .",
            "S: 250 OK",
            "C: QUIT",
            "S: 221 closing connection",
        ]
        assert [line["state"] for line in stepper.data["lines"]][-1] == "closed"

    def test_nothing_is_opened_before_the_first_step(self, stepper):
        assert stepper.data["open"] is False
        assert repr(stepper) == (
            "mail.example.net [192.0.2.67] to mx1.example.com [198.51.100.1] port 25\nNothing has been said yet."
        )

    def test_a_held_reply_is_in_no_trait(self, stepper):
        while not (stepper.data["asked"] and "DATA" in stepper.data["asked"]["question"]):
            self.step(stepper)
        assert "Enter message" not in json.dumps(stepper.data)
        assert "nothing to say yes to" not in json.dumps(stepper.data)
        for act in (stepper.next, lambda: stepper.say("NOOP")):
            with pytest.raises(LabError, match="first commit your prediction"):
                act()
        stepper.commit("250")
        assert stepper.data["lines"][-1]["asked"]["answer"] == "354"

    @staticmethod
    def step(stepper):
        asked = stepper.data["asked"]
        stepper.commit(asked["choices"][0]["key"]) if asked else stepper.next()

    def test_a_refused_line_ends_the_script_with_a_goodbye(self, lab):
        stepper = widgets.Stepper(lab, recipient="nobody@example.com", predict=False)
        self.whole(stepper)
        assert [line["text"] for line in stepper.data["lines"]][-4:] == [
            "RCPT TO:<nobody@example.com>",
            "550 no such user here",
            "QUIT",
            "221 closing connection",
        ]

    def test_a_reply_that_nobody_expected_decides_and_speaks_for_itself(self, lab):
        stepper = widgets.Stepper(lab, recipient="nobody@example.com")
        while not (stepper.data["asked"] and "recipient" in stepper.data["asked"]["question"]):
            self.step(stepper)
        stepper.commit("250")
        asked = stepper.data["lines"][-1]["asked"]
        assert (asked["answer"], asked["says"]) == ("550", "")

    def test_a_second_stepper_retires_the_first_and_a_dead_lab_is_a_sentence(self, lab, stepper):
        newer = widgets.Stepper(lab)
        assert stepper.data["retired"] and not newer.data["retired"]
        with pytest.raises(LabError, match="earlier run of its cell"):
            stepper.next()

    def test_a_widget_keeps_no_lab_running(self):
        lab = SmallLab()
        stepper, gone = widgets.Stepper(lab), weakref.ref(lab)
        del lab
        gc.collect()
        assert gone() is None
        with pytest.raises(LabError, match="the lab of this widget has ended"):
            stepper.next()

    def test_the_code_names_what_was_said(self, stepper):
        stepper.next()
        stepper.say('NOOP "quoted"')
        assert stepper.data["code"].splitlines() == [
            'lab = Lab("01-smtp-dialog")',
            'step = lab.step("mail.example.net", "mx1.example.com")',
            'step.say("NOOP \\"quoted\\"")',
        ]


def test_registering_outside_a_notebook_does_nothing():
    widgets.register()


def test_in_a_kernel_a_bare_conversation_shows_itself_and_its_text_stays():
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    try:
        shell.kernel = object()
        widgets.register()
        data, _ = shell.display_formatter.format(small_conversation())
        assert PICTURE in data
        assert data["text/plain"] == repr(small_conversation())
    finally:
        InteractiveShell.clear_instance()
