"""Predict and reveal: before the commit there is nothing of the answer in the page."""

SECRETS = ("another address", "Compare them", "220 mx1", "Answer", "the server wrote")
CELLS = (
    "from tests.lessons.sample import *\nfrom tests.widgets.small import small_conversation",
    "predict('the-difference')",
    "reveal('the-difference', small_conversation())",
)


def tree_of(widget) -> str:
    """What a screen reader is given."""
    return widget.aria_snapshot()


def test_nothing_of_the_answer_before_the_commit_and_all_of_it_after(house):
    with house.notebook(*CELLS) as book:
        asked, result = book.widget(1), book.widget(2)
        for widget in (asked, result):
            seen = widget.evaluate("(e) => e.outerHTML") + tree_of(widget)
            assert [secret for secret in SECRETS if secret in seen] == []
        asked.get_by_role("radio", name="in the HELO line").check()
        asked.get_by_role("button", name="Commit").click()
        result.get_by_text("He repeated these two lines.").wait_for()
        said = result.text_content()
        assert "In the reply to HELO the server wrote another address." in said
        assert "in a line that the server writes" in said
        marks = result.locator(".lm-said dd").all_inner_texts()
        assert [" ".join(mark.split()) for mark in marks] == [
            "b in the HELO line wrong",
            "d in a line that the server writes the answer",
        ]
        assert result.get_by_role("option").count() == 19  # the conversation's own widget
        result.get_by_role("option").nth(3).click()
        assert "RFC 5321 section 4.1.1.2" in result.text_content()
        assert book.errors() == []


def test_a_choice_once_committed_stays(house):
    with house.notebook(*CELLS) as book:
        asked = book.widget(1)
        assert asked.get_by_text("prediction 1 of 2").count() == 1
        commit = asked.get_by_role("button", name="Commit")
        commit.click(force=True)  # nothing chosen yet
        assert asked.get_by_role("radio").first.is_enabled()
        asked.get_by_role("radio").nth(3).check()
        commit.click()
        asked.get_by_text("Committed: d.").wait_for()
        assert asked.get_by_role("radio").nth(0).is_disabled()
        assert asked.get_by_role("radio").nth(3).is_checked()
        assert not commit.is_visible()
        assert house.page.evaluate("() => document.activeElement.className") == "lm-live"


def test_by_keyboard_alone(house):
    with house.notebook(*CELLS) as book:
        asked = book.widget(1)
        asked.get_by_role("radio").first.focus()
        for key in ("Space", "ArrowDown", "Tab", "Enter"):
            house.page.keyboard.press(key)
        asked.get_by_text("Committed: b.").wait_for()
        book.widget(2).get_by_text("He repeated these two lines.").wait_for()


def test_the_predict_cell_run_again_covers_the_next_result(house):
    with house.notebook(*CELLS) as book:
        book.widget(1).get_by_role("radio").nth(3).check()
        book.widget(1).get_by_role("button", name="Commit").click()
        book.widget(2).get_by_text("in the reply to HELO").wait_for()
        book.run(2)  # a second reveal opens at once
        book.widget(2).get_by_text("in the reply to HELO").wait_for()
        book.run(1)
        book.run(2)
        assert "Commit your prediction above, then this opens." in book.widget(2).text_content()


def test_text_is_never_covered_and_html_is_folded(house):
    with house.notebook(*CELLS) as book:
        [output] = book.outputs(2)
        assert output["data"]["text/plain"].endswith(
            "S: 221 2.0.0 closing connection\n\nAnswer: d. In the reply to HELO the server wrote another address."
        )
        assert output["data"]["text/html"].startswith("<details><summary>Result: open it after your prediction")


def test_check_says_one_thing_at_a_time(house):
    cells = [f"check('five-records', dict(a='pass', c={value}))" for value in ("'pass'", "'fail'", "...")]
    with house.notebook(CELLS[0], *cells) as book:
        said = [" ".join(book.widget(i).inner_text().split()) for i in (1, 2, 3)]
        assert said[0] == "Exercise: five records not yet You read past a match. Which word of c matches first?"
        assert said[1].startswith("Exercise: five records right All five. a pass 203.0.113.0/24")
        section = book.widget(2).get_by_role("link", name="RFC 7208 §5.6")
        assert section.get_attribute("href") == "https://www.rfc-editor.org/rfc/rfc7208#section-5.6"
        assert said[2] == "Exercise: five records still open c."


def test_a_record_in_a_question_has_a_line_of_its_own(house):
    with house.notebook('from labmail.lessons import predict\npredict("void")') as book:
        assert "-all\nNone of the three" in book.widget(0).locator("legend").inner_text()
