"""The dialog stepper against a real server: by mouse, by keyboard, in the wrong order, and after the end."""

import pytest

CELLS = (
    "from labmail import Lab\nfrom labmail.widgets import Stepper\nlab = Lab('01-smtp-dialog')",
    "stepper = Stepper(lab)\nstepper",
)
SECRETS = ("354", "Enter message", "go on\u201d", "nothing to say yes to")


class Hand:
    """A learner at a stepper."""

    def __init__(self, book, page):
        self.page, self.book, self.widget = page, book, book.widget(1)
        self.rows = self.widget.get_by_role("option")

    def next(self, times=1):
        for _ in range(times):
            before = self.widget.evaluate("(e) => e.textContent")
            self.widget.get_by_role("button", name="Next").click()
            self.changed(before)

    def changed(self, before):
        self.page.wait_for_function(
            "([e, before]) => e.textContent !== before && !e.querySelector('[aria-busy]')",
            arg=[self.widget.element_handle(), before],
        )

    def commit(self, name):
        before = self.widget.evaluate("(e) => e.textContent")
        self.widget.get_by_role("radio", name=name).check()
        self.widget.get_by_role("button", name="Commit and release the answer").click()
        self.changed(before)

    def type(self, line):
        before = self.rows.count()
        field = self.widget.get_by_label("Your own line")
        field.fill(line)
        field.press("Enter")
        self.page.wait_for_function(
            "([e, n]) => e.querySelectorAll('[role=option]').length > n && !e.querySelector('[aria-busy]')",
            arg=[self.widget.element_handle(), before],
        )

    def lines(self):
        return [line.rstrip("\u240d\u240a") for line in self.rows.locator(".lm-wire").all_text_contents()]

    def live(self):
        return self.widget.locator(".lm-live").inner_text()

    def state(self):
        return self.widget.locator(".lm-strip [aria-current=step]").all_inner_texts()

    def to_data(self):
        self.next(3)
        self.commit("yes, and the address it sees")
        self.next(3)
        self.commit("yes, this mailbox is here")
        self.next()


@pytest.fixture
def hand(house):
    with house.notebook(*CELLS) as book:
        yield Hand(book, house.page)
        assert book.errors() == []


def test_the_letter_is_delivered(hand):
    assert "Not connected yet." in hand.widget.inner_text()
    hand.to_data()
    assert hand.live() == "The client said DATA. What will the server answer?"
    assert hand.widget.get_by_role("button", name="Next").is_disabled()
    seen = hand.widget.evaluate("(e) => e.outerHTML").replace('value="354"', "").replace("<b>354</b>", "")
    seen = seen.replace('data-key="354 go on, send the letter"', "")
    assert [secret for secret in SECRETS if secret in seen] == []
    hand.commit("yes, the letter is accepted")
    assert hand.live() == "The server answered 354. You said 250."
    assert hand.state() == ["text"]
    assert "Not 250: no line of the letter has been sent." in hand.widget.inner_text()
    hand.next(7)
    hand.commit("yes, I have it")
    assert hand.state() == ["greeted"]
    hand.next(2)
    assert hand.lines()[-1] == "221 closing connection"
    assert hand.state() == ["closed"]
    hand.book.page.evaluate(
        "() => jupyterapp.shell.currentWidget.content.model.sharedModel.addCell("
        "{cell_type: 'code', source: \"print(lab.mailbox('bob@example.com')[0]['Subject'], end='')\"})"
    )
    hand.book.run(2)
    assert hand.book.outputs(2)[0]["text"] == "Re: The Cake"


def test_by_keyboard_alone(hand, house):
    press = house.page.keyboard.press
    hand.widget.get_by_role("button", name="Next").focus()
    for count in (0, 1, 2):
        press("Enter")
        house.page.wait_for_function(
            "([e, n]) => e.querySelectorAll('[role=option]').length === n && !e.querySelector('[aria-busy]')",
            arg=[hand.widget.element_handle(), count],
        )
    house.page.wait_for_function("() => document.activeElement.type === 'radio'")
    for key in ("Space", "ArrowDown", "Tab", "Enter"):
        press(key)
    hand.widget.get_by_text("The server answered 250. You said 250.").wait_for()
    house.page.wait_for_function("() => document.activeElement.textContent === 'Next'")
    press("Enter")
    hand.widget.get_by_text("The client said MAIL FROM:<alice@example.net>.").wait_for()


def test_back_looks_and_undoes_nothing(hand):
    hand.to_data()
    before = hand.lines()
    for _ in range(4):
        hand.widget.get_by_role("button", name="Back").click()
    assert hand.lines() == before
    assert hand.state() == ["greeted"]
    assert hand.live() == "The client said MAIL FROM:<alice@example.net>."
    assert "RFC 5321 section 4.1.1.2" in hand.widget.inner_text()
    hand.rows.first.focus()
    hand.rows.first.press("ArrowUp")
    hand.rows.first.press("End")
    assert hand.live() == "The client said DATA. What will the server answer?"


def test_at_either_end_of_the_walk_the_focus_stays(hand):
    """A button that is idle there is not disabled: that would drop the focus to the page."""
    hand.next(3)
    back = hand.widget.get_by_role("button", name="Back")
    back.focus()
    back.press("Enter")
    assert hand.widget.locator(".lm-count").inner_text() == "line 1 of 2"
    assert back.is_disabled()
    back.press("Enter")
    assert hand.widget.locator(".lm-count").inner_text() == "line 1 of 2"
    assert back.evaluate("(e) => e === document.activeElement")


def test_a_line_of_ones_own_gets_the_servers_own_answer(hand):
    hand.next(2)
    hand.type("MAIL FROM:<alice@example.net>")
    assert hand.lines()[-1].startswith("503 ")
    assert hand.state() == ["connected"]
    hand.type("HELO mallory.example")
    hand.type("MAIL FROM:<alice@example.net>")
    hand.type("RCPT TO:<nobody@example.com>")
    assert hand.lines()[-1].startswith("550 ")
    assert "It remembers: from <alice@example.net>." in hand.widget.inner_text()
    assert hand.rows.nth(-2).locator(".lm-tag").inner_text() == "yours"
    hand.next()  # the script goes on from where the server is
    assert hand.lines()[-1] == "RCPT TO:<bob@example.com>"


def test_inside_the_letter_a_command_is_only_text(hand):
    hand.to_data()
    hand.commit("go on, send the letter")
    hand.type("QUIT")
    assert hand.state() == ["text"]
    assert "A line of the body" in hand.widget.inner_text()
    hand.type(".")
    assert hand.lines()[-1] == "250 OK"


def test_the_code_that_recreates_it_really_runs(hand):
    hand.to_data()
    hand.commit("go on, send the letter")
    hand.type("no header, just a line")
    hand.type(".")
    hand.widget.get_by_text("Code that recreates this").click()
    code = hand.widget.locator("details pre").inner_text()
    assert code.startswith('lab = Lab("01-smtp-dialog")\nstep = lab.step("mail.example.net", "mx1.example.com")\n')
    names: dict = {}
    exec("from labmail import Lab\n" + code, names)
    with names["lab"] as lab:
        again = lab.conversation("mail.example.net", "mx1.example.com")
        assert [line[3:].strip() for line in again.lines] == hand.lines()


def test_a_cut_wire_is_a_sentence_and_one_can_start_over(hand):
    hand.next(2)
    hand.book.page.evaluate(
        "() => jupyterapp.shell.currentWidget.content.model.sharedModel.addCell("
        "{cell_type: 'code', source: 'lab.reset()'})"
    )
    hand.book.run(2)
    hand.widget.get_by_role("button", name="Next").click()
    hand.widget.get_by_role("alert").get_by_text("hung up").wait_for()
    assert hand.state() == ["closed"]
    hand.widget.get_by_role("button", name="Start over").click()
    hand.widget.get_by_text("Not connected yet.").wait_for()
    hand.next(2)
    assert hand.lines() == ["220 mx1.example.com SMTP server ready"]


def test_a_cell_that_is_run_again_retires_the_older_stepper(house):
    with house.notebook(*CELLS, "Stepper(lab)") as book:
        book.widget(2)
        older = book.widget(1)
        older.get_by_text("This is from an earlier run of its cell; the newer one goes on.").wait_for()
        assert older.get_by_role("button", name="Next").is_disabled()
