"""The lessons in a real JupyterLab: they run from top to bottom, keep their answers covered, deliver a letter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from labmail.lessons.book import BOOK

ROOT = Path(__file__).resolve().parents[2]
LESSONS = [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
SEED = """\
S 220 mx1.example.com SMTP server ready
C HELO mail.example.net
S 250 mx1.example.com Hello mail.example.net [192.0.2.67]
C MAIL FROM:<alice@example.net>
S 250 OK
C RCPT TO:<bob@example.com>
S 250 Accepted
C DATA
S 354 Enter message, ending with "." on a line by itself
C From: Alice <alice@example.net>
C To: Bob <bob@example.com>
C Date: Mon, 01 Jun 2026 09:00:00 +0000
C Subject: Re: The Cake
C
C Don't forget to bring the cake!
C .
S 250 OK
C QUIT
S 221 closing connection""".splitlines()


def code(lesson: str) -> list[str]:
    notebook = nbformat.read(ROOT / "notebooks" / f"{lesson}.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def predictions(cells: list[str]) -> Iterator[tuple[int, str]]:
    for index, source in enumerate(cells):
        if source.startswith('predict("'):
            yield index, source.split('"')[1]


def test_it_runs_and_each_answer_is_covered_until_the_commit(house, lesson):
    """No answer is in the page, nor in its accessibility tree; then, by keyboard alone, a wrong choice opens it."""
    cells = code(lesson)
    with house.notebook(*cells) as book:
        assert book.errors() == []
        for index, id in predictions(cells):
            question, asked, result = BOOK.question(id), book.widget(index), book.widget(index + 1)
            seen = "".join(place.inner_text() + place.aria_snapshot() for place in (asked, result))
            assert question.because not in seen, id
            assert not any(choice.says in seen for choice in question.choices if choice.says), id
            place, wrong = next((n, choice) for n, choice in enumerate(question.choices) if choice.says)
            asked.get_by_role("radio").nth(place).press("Space")
            asked.get_by_role("button", name="Commit").press("Enter")
            result.get_by_text(question.because).wait_for()
            assert wrong.says in result.text_content(), id  # drawn or not: it may be scrolled out of sight
        assert book.errors() == []


def test_a_learner_delivers_the_letter_of_the_notes(house):
    """Step by step in lesson 01, each reply predicted before it comes; then it lies in Bob's mailbox."""
    cells = code("01-smtp-dialog")
    stepper = next(index for index, source in enumerate(cells) if "Stepper(" in source)
    with house.notebook(*cells[: stepper + 1], 'lab.mailbox("bob@example.com")') as book:
        widget = book.widget(stepper)
        forward, rows = widget.get_by_role("button", name="Next"), widget.get_by_role("option")
        for _ in range(60):
            if rows.count() == len(SEED) and not widget.locator("[aria-busy]").count():
                break
            before = widget.inner_text()
            if (radio := widget.get_by_role("radio").first).count() and radio.is_enabled():
                radio.check()
                widget.get_by_role("button", name="Commit").click()
            else:
                forward.click()
            house.page.wait_for_function(
                "([e, before]) => e.innerText !== before && !e.querySelector('[aria-busy]')",
                arg=[widget.element_handle(), before],
            )
        said = [" ".join(row.split()) for row in rows.locator(".lm-wire").all_inner_texts()]
        assert [line.rstrip("␍␊ ") for line in said] == [line[2:] for line in SEED]
        book.run(stepper + 1)
        assert "Re: The Cake" in str(book.outputs(stepper + 1))
        assert book.errors() == []


def test_bob_reads_the_letter_in_the_webmail(house):
    """The end of lesson 00: he logs in, opens Alice's letter, and below the page stands the IMAP that brought it."""
    cells = code("00-start")
    with house.notebook(*cells) as book:
        widget = book.widget(len(cells) - 1)
        page = widget.locator("iframe.lm-page").content_frame
        page.get_by_label("Name").fill("bob@example.com")
        page.get_by_label("Password").fill("teaching-bob")
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("link", name="Re: The Cake").last.click()
        page.get_by_text("bring the cake").first.wait_for()
        assert "FETCH" in widget.get_by_role("listbox").inner_text()
        assert book.errors() == []


def test_two_devices_of_bob(house):
    """Lesson 03, begun in the middle: the phone hears of the other device's QUIT, and what each believes is shown."""
    cells = code("03-reading-mail")
    wanted = [index for index, source in enumerate(cells) if "pop-while-idle" in source or "Mailboxes(" in source]
    with house.notebook(*cells[:4], *(cells[index] for index in wanted)) as book:
        asked, result, mailboxes = (book.widget(4 + place) for place in range(3))
        assert "EXPUNGE" not in result.inner_text()
        asked.get_by_role("radio", name="at DELE").check()
        asked.get_by_role("button", name="Commit").click()
        rows = result.get_by_role("option")
        rows.first.press("End")
        rows.filter(has_text="EXPUNGE").wait_for()
        for column in ("server", "phone", "laptop"):
            mailboxes.get_by_text(column, exact=True).first.wait_for()
        assert "own copy" in mailboxes.inner_text()
        assert book.errors() == []


def test_a_wrong_answer_gets_its_hint_and_a_right_one_is_taken(house):
    """Lesson 03: a learner tries a command that marks the letters, then one that does not."""
    cells = code("03-reading-mail")
    tried = 'check("leave-unread", "FETCH 1:* BODY{}[HEADER.FIELDS (FROM SUBJECT)]")'
    with house.notebook(cells[0], tried.format(""), tried.format(".PEEK")) as book:
        book.widget(1).get_by_text("3 of 3 letters").wait_for()
        book.widget(2).get_by_text("none of them marked").wait_for()
        assert book.errors() == []


def test_a_picture_that_tracks_its_reader_is_not_fetched(house):
    """Lesson 04, part 8 alone: Bob reads in his webmail, which says whom the picture would have told."""
    cells = code("04-inside-a-message")
    first = cells.index('predict("the-dot")')
    with house.notebook(*cells[:2], *cells[first : first + 2]) as book:
        asked, result = book.widget(2), book.widget(3)
        assert "mallory.example" not in result.inner_text()
        assert result.locator("iframe").count() == 0
        asked.get_by_role("radio", name="that bob@example.com has opened it").check()
        asked.get_by_role("button", name="Commit").click()
        page = result.locator("iframe.lm-page").content_frame
        page.get_by_text("1 picture was not fetched: it would have told mallory.example").wait_for()
        page.get_by_role("link", name="Source").click()
        page.get_by_text("seen.gif?reader=bob@example.com").first.wait_for()
        assert book.errors() == []


def test_a_message_is_mended_in_two_steps(house):
    """Lesson 04: each mistake that is left is named, and the right one is taken."""
    broken = next(source for source in code("04-inside-a-message") if "broken = " in source).partition("mended = ")[0]
    once = 'check("mend", broken.replace(b"boundary=next-part-7", b"boundary=next-part-1"))'
    twice = once.replace('-1"))', '-1").replace(b"us-ascii", b"utf-8"))')
    with house.notebook(code("04-inside-a-message")[0], f'{broken}\ncheck("mend", broken)', once, twice) as book:
        book.widget(1).get_by_text("Nothing has changed yet.").wait_for()
        book.widget(2).get_by_text("Which charset are its bytes in?").wait_for()
        book.widget(3).get_by_text("Two parts, and both are").wait_for()
        assert book.errors() == []


def test_one_ending_lets_mallory_pass(house):
    """Lesson 06: on the bench a learner finds it, foretells every row that changes, and reads why."""
    cells = code("06-spf")
    bench = next(source for source in cells if "RecordBench(" in source)
    with house.notebook(*cells[:2], bench) as book:
        widget = book.widget(2)
        assert "delivered" not in widget.locator("tbody tr").last.inner_text()
        widget.get_by_role("textbox").fill("v=spf1 ip4:192.0.2.67 +all")
        for host in ("mx.mailhost.example", "mx.alumni.example", "mallory.example"):
            widget.get_by_role("checkbox", name=host).check()
        widget.get_by_role("button", name="Replay").click()
        widget.get_by_text("What changed?").wait_for()
        rows = widget.locator("tbody tr")
        assert [row.count("right") for row in rows.all_inner_texts()] == [0, 1, 1, 1]
        assert "pass" in rows.last.inner_text() and "250 delivered" in rows.last.inner_text()
        assert book.errors() == []


def test_a_record_gets_the_hint_of_its_mistake(house):
    """Lesson 06: the include first, which holds on a good day alone; then last, which holds on both."""
    words = ["include:_spf.mailhost.example", "ip4:192.0.2.67"]
    tried = 'check("newsletter", "v=spf1 {} {} -all")'
    with house.notebook(code("06-spf")[0], tried.format(*words), tried.format(*reversed(words))) as book:
        book.widget(1).get_by_text("On the bad day 192.0.2.67 gets permerror").wait_for()
        told = book.widget(2)
        told.get_by_text("The same three connections").wait_for()
        assert told.inner_text().count("permerror") == 2
        assert book.errors() == []


def test_one_octet_breaks_the_hash_of_the_body_alone(house):
    """Lesson 07, part 5: a learner types over one sign of the signed letter, and takes it back."""
    cells = code("07-dkim")
    view = next(source for source in cells if "DkimView(send()" in source)
    with house.notebook(*cells[:2], view) as book:
        widget = book.widget(2)
        judged = widget.locator(".lm-judged .lm-is")
        widget.locator(".lm-signed-letter [role=option]").filter(has_text="forget").first.click()
        widget.get_by_label("octet 30:").click()
        house.page.keyboard.type(".")
        widget.get_by_text("hash differs", exact=True).wait_for()
        assert judged.all_text_contents()[2:] == ["hash differs", "signature fits"]
        widget.get_by_role("button", name="Undo all changes").click()
        widget.get_by_text("hash is the same", exact=True).wait_for()
        assert judged.all_text_contents()[2:] == ["hash is the same", "signature fits"]
        assert book.errors() == []


def test_what_can_be_added_to_a_signed_letter_is_named(house):
    """Lesson 07: nothing tried yet; To: can be changed; a second From: added; at last neither of them."""
    tried = next(source for source in code("07-dkim") if 'check("nothing-added"' in source).replace("...", "weak")
    closed = tried.replace("length=True", "length=False").replace("simple/simple", "relaxed/relaxed")
    named = closed.replace('["from", "subject"]', '["from", "to", "date", "subject"]')
    whole = named.replace("oversign=[]", 'oversign=["from", "to", "subject"]')
    with house.notebook(code("07-dkim")[0], tried, closed, named, whole) as book:
        book.widget(1).get_by_text("Nothing has changed yet.").wait_for()
        book.widget(2).get_by_text("Is it among headers?").wait_for()
        book.widget(3).get_by_text("How do you say that there is none more?").wait_for()
        book.widget(4).get_by_text("Every attack fails").wait_for()
        assert book.errors() == []


def test_a_policy_changes_what_becomes_of_the_list_and_the_spoof(house):
    """Lesson 08: foretold on the bench; and a newsletter whose envelope names somebody else gets its hint."""
    cells = code("08-dmarc")
    bench = next(source for source in cells if "RecordBench(" in source)
    own = 'check("forgotten-sender", {"mail_from": "bounces@mailhost.example", "spf": "v=spf1 ip4:192.0.2.67 -all"})'
    with house.notebook(*cells[:2], bench, own) as book:
        widget = book.widget(2)
        widget.get_by_role("textbox").fill("v=DMARC1; p=quarantine")
        for host in ("list.alumni.example", "mallory.example"):
            widget.get_by_role("checkbox", name=host).check()
        widget.get_by_role("button", name="Replay").click()
        widget.get_by_text("What changed?").wait_for()
        rows = widget.locator("tbody tr")
        assert [row.count("right") for row in rows.all_inner_texts()] == [0, 0, 1, 1]
        assert "into Junk" in rows.last.inner_text()
        book.widget(3).get_by_text("which does not belong to example.net").wait_for()
        assert book.errors() == []
